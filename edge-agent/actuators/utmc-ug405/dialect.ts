import { asked } from '../snmp/asked.ts';
import type { ReadObject, Values, WriteObject } from '../snmp/line.ts';
import type { Ask, Dialect, Sight } from '../snmp/types.ts';

/** One request to an outstation: the stage it should bring in and keep. */
export type StageAsk = Ask & { scn: string; stage: number };

/** UTMC-UTMCFULLUTCTYPE2-MIB (UG405). */
const type2 = '1.3.6.1.4.1.13267.3.2';
const objects = {
  /** Whole seconds without a write until the outstation leaves UTC control by itself. */
  operationModeTimeout: `${type2}.2.4.0`,
  /** 1 standalone, 2 monitor, 3 UTC control. */
  operationMode: `${type2}.4.1.0`,
  /** Rows are named by 1 (now) and the system code number, octet by octet. */
  force: (row: string) => `${type2}.4.2.1.5.${row}`,
  takeOver: (row: string) => `${type2}.4.2.1.15.${row}`,
  stageConfirm: (row: string) => `${type2}.5.1.1.3.${row}`,
  manualControl: (row: string) => `${type2}.5.1.1.15.${row}`,
  flashing: (row: string) => `${type2}.5.1.1.36.${row}`,
};
const standalone = 1;
const utcControl = 3;
/** Stage bits of the largest junction. */
const stageOctetsMax = 8;

type Row = { force: Uint8Array; takeOver: number; confirm: Uint8Array; manual: number; flash: number };

const rowOf = (scn: string) => [1, scn.length, ...Array.from(scn, (letter) => letter.charCodeAt(0))].join('.');
const has = (bits: Uint8Array, stage: number) => ((bits[(stage - 1) >> 3] ?? 0) & (1 << ((stage - 1) & 7))) !== 0;

/** UG405 for the requests of one outstation. */
export function ug405Dialect(asks: readonly StageAsk[]): Dialect<StageAsk> {
  const scns = [...new Set(asks.map(({ scn }) => scn))];
  const flag = (oid: string, max = 1): ReadObject => ({ oid, type: 'Integer', max });
  const bits = (oid: string): ReadObject => ({ oid, type: 'OctetString', max: stageOctetsMax });
  const reads: ReadObject[] = [
    flag(objects.operationModeTimeout, 65_535),
    flag(objects.operationMode, utcControl),
    ...scns
      .map(rowOf)
      .flatMap((row) => [
        bits(objects.force(row)),
        flag(objects.takeOver(row)),
        bits(objects.stageConfirm(row)),
        flag(objects.manualControl(row)),
        flag(objects.flashing(row)),
      ]),
  ];
  let mode = 0;
  /** UTC control was taken by this agent, and not by somebody else. */
  let ours = false;
  let rows = new Map<string, Row>();

  function take(values: Values) {
    const [timeoutS, now, ...rest] = values;
    mode = now as number;
    if (mode !== utcControl) ours = false;
    rows = new Map(
      scns.map((scn, i) => {
        const [force, takeOver, confirm, manual, flash] = rest.slice(i * 5, i * 5 + 5);
        return [scn, { force, takeOver, confirm, manual, flash } as Row];
      }),
    );
    return { watchdogMs: (timeoutS as number) * 1000, rebooted: false };
  }

  function sight({ scn, stage, action, rest }: StageAsk): Sight {
    const row = rows.get(scn)!;
    const stands = mode === utcControl && row.takeOver === 1 && has(row.force, stage);
    const state = stands ? (has(row.confirm, stage) ? action : asked) : rest;
    return { stands, state, withdraw: faultOf(row), refusal: faultOf(row) ?? takenBy(row, stage) };
  }

  function takenBy({ force }: Row, stage: number): string | undefined {
    if (mode === utcControl && !ours) return 'somebody else has the outstation under UTC control';
    const other = asks.find((ask) => ask.stage !== stage && has(force, ask.stage));
    return other === undefined ? undefined : `stage ${other.stage} is forced`;
  }

  function writes(all: readonly StageAsk[], wanted: ReadonlySet<string>): WriteObject[] {
    const any = wanted.size > 0;
    ours = any;
    return [
      { oid: objects.operationMode, value: any ? utcControl : standalone },
      ...scns.flatMap((scn) => {
        const stages = all.filter((ask) => ask.scn === scn && wanted.has(ask.actuator)).map(({ stage }) => stage);
        const highest = Math.max(...all.filter((ask) => ask.scn === scn).map(({ stage }) => stage));
        const force = new Uint8Array(Math.ceil(highest / 8));
        for (const stage of stages) force[(stage - 1) >> 3]! |= 1 << ((stage - 1) & 7);
        return [
          { oid: objects.takeOver(rowOf(scn)), value: stages.length > 0 ? 1 : 0 },
          { oid: objects.force(rowOf(scn)), value: force },
        ];
      }),
    ];
  }

  return { reads, take, sight, writes };
}

function faultOf({ manual, flash }: Row): string | undefined {
  if (manual !== 0) return 'the junction is under manual control';
  return flash === 0 ? undefined : 'the junction flashes';
}
