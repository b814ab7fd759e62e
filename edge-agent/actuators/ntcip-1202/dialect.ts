import { asked } from '../snmp/asked.ts';
import type { ReadObject, Values, WriteObject } from '../snmp/line.ts';
import type { Ask, Dialect, Sight } from '../snmp/types.ts';

/** One request to a controller: which of its objects asks for it, and for which phase. */
export type PhaseAsk = Ask & { register: 'hold' | 'call'; phase: number; conflicting: readonly number[] };

/** Actuated signal controller (NTCIP 1202 v1 to v3): the node its objects hang from. */
const asc = '1.3.6.1.4.1.1206.4.2.1';
const objects = {
  /** RFC 1213; it going back is a restart of the controller. */
  sysUpTime: '1.3.6.1.2.1.1.3.0',
  /** Whole seconds without a SET of a control object until the controller drops every request; 0 is never. */
  unitBackupTime: `${asc}.3.3.0`,
  unitFlashStatus: `${asc}.3.6.0`,
  /** Whole seconds. */
  phasePedestrianClear: (phase: number) => `${asc}.1.2.1.3.${phase}`,
  status: (column: number, group: number) => `${asc}.1.4.1.${column}.${group}`,
  /** phaseControlGroupHold and phaseControlGroupPedCall; the force-off and the omits are left out on purpose. */
  control: { hold: (group: number) => `${asc}.1.5.1.4.${group}`, call: (group: number) => `${asc}.1.5.1.7.${group}` },
};
/** Columns of phaseStatusGroupTable. */
const statusColumns = { reds: 2, yellows: 3, greens: 4, dontWalks: 5, pedClears: 6, walks: 7, pedCalls: 9, ons: 10 };
type Column = keyof typeof statusColumns;
const columns = Object.keys(statusColumns) as Column[];
/** unitFlashStatus notFlash. */
const notFlash = 2;

type Pedestrian = 'walk' | 'clearance' | 'dontWalk';
type Vehicle = 'red' | 'yellow' | 'green';
type Group = Record<Column | 'hold' | 'call', number>;
/** The masks of a group in the order they are read. */
const names: readonly (keyof Group)[] = [...columns, 'hold', 'call'];
type Reading = { flash: number; groups: Map<number, Group>; clearanceMs: Map<number, number> };

const groupOf = (phase: number) => Math.ceil(phase / 8);
const bitOf = (phase: number) => 1 << ((phase - 1) % 8);

/** NTCIP 1202 for the requests of one controller. */
export function ntcipDialect(asks: readonly PhaseAsk[]): Dialect<PhaseAsk> {
  const groups = [...new Set(asks.flatMap(({ phase, conflicting }) => [phase, ...conflicting]).map(groupOf))];
  const phases = [...new Set(asks.map(({ phase }) => phase))];
  const mask = (oid: string): ReadObject => ({ oid, type: 'Integer', max: 255 });
  const reads: ReadObject[] = [
    { oid: objects.sysUpTime, type: 'TimeTicks', max: 0xff_ff_ff_ff },
    { oid: objects.unitBackupTime, type: 'Integer', max: 65_535 },
    { oid: objects.unitFlashStatus, type: 'Integer', max: 8 },
    ...phases.map((phase) => mask(objects.phasePedestrianClear(phase))),
    ...groups.flatMap((group) => [
      ...columns.map((column) => mask(objects.status(statusColumns[column], group))),
      mask(objects.control.hold(group)),
      mask(objects.control.call(group)),
    ]),
  ];
  let reading: Reading = { flash: 0, groups: new Map(), clearanceMs: new Map() };
  let upTime = 0;
  /** Per phase the last instant at which its clearance had certainly not begun. */
  const beforeClearanceMs = new Map<number, number>();

  function take(values: Values, askedAtMs: number) {
    const [up, backupS, flash, ...rest] = values as number[];
    // It wraps after 497 days, which then looks like a restart and only makes the desk careful.
    const rebooted = up! < upTime;
    upTime = up!;
    if (rebooted) beforeClearanceMs.clear();
    const clearanceMs = new Map(phases.map((phase, i) => [phase, rest[i]! * 1000]));
    const known = new Map<number, Group>();
    groups.forEach((number, i) => {
      const group = {} as Group;
      names.forEach((name, place) => {
        group[name] = rest[phases.length + i * names.length + place]!;
      });
      known.set(number, group);
    });
    reading = { flash: flash!, groups: known, clearanceMs };
    for (const phase of phases)
      if (pedestrianOf(reading, phase) !== 'clearance') beforeClearanceMs.set(phase, askedAtMs);
    return { watchdogMs: backupS! * 1000, rebooted };
  }

  function sight(ask: PhaseAsk, landsAtMs: number): Sight {
    const { phase, register, action, rest } = ask;
    const group = reading.groups.get(groupOf(phase))!;
    const stands = (group[register] & bitOf(phase)) !== 0;
    const pedestrian = pedestrianOf(reading, phase);
    const walking = pedestrian === 'walk' || pedestrian === 'clearance';
    const called = (group.pedCalls & bitOf(phase)) !== 0;
    const effective = walking || (register === 'call' && called);
    const state = stands ? (effective ? action : asked) : rest;
    const withdraw = faultOf(reading, ask) ?? (register === 'hold' ? holdFault(reading, ask) : undefined);
    const refusal = register === 'hold' ? tooLate(phase, landsAtMs) : callFault(reading, ask);
    return { stands, state, withdraw, refusal: withdraw ?? refusal };
  }

  /** A hold must arrive before the clearance can have ended, or it would meet a yellow or a vehicle green. */
  function tooLate(phase: number, landsAtMs: number): string | undefined {
    const sinceMs = beforeClearanceMs.get(phase);
    if (sinceMs === undefined) return `the beginning of the clearance of phase ${phase} was not seen`;
    const endsAtMs = sinceMs + reading.clearanceMs.get(phase)!;
    return landsAtMs < endsAtMs ? undefined : `the clearance of phase ${phase} may end before the request arrives`;
  }

  function writes(all: readonly PhaseAsk[], wanted: ReadonlySet<string>): WriteObject[] {
    const written: WriteObject[] = [];
    for (const register of ['hold', 'call'] as const)
      for (const [number, group] of reading.groups) {
        const ours = all.filter((ask) => ask.register === register && groupOf(ask.phase) === number);
        let mine = 0;
        let set = 0;
        for (const { phase, actuator } of ours) {
          mine |= bitOf(phase);
          if (wanted.has(actuator)) set |= bitOf(phase);
        }
        // Whatever other masters ask for is written back as it was read.
        if (set !== 0 || (group[register] & mine) !== 0)
          written.push({ oid: objects.control[register](number), value: (group[register] & ~mine) | set });
      }
    return written;
  }

  return { reads, take, sight, writes };
}

/** What pedestrians of a phase see; undefined when the masks contradict each other. */
function pedestrianOf({ groups }: Reading, phase: number): Pedestrian | undefined {
  const { walks, pedClears, dontWalks } = groups.get(groupOf(phase))!;
  return onlyOne(phase, { walk: walks, clearance: pedClears, dontWalk: dontWalks });
}

/** What vehicles of a phase see; undefined when the masks contradict each other. */
function vehicleOf({ groups }: Reading, phase: number): Vehicle | undefined {
  const { reds, yellows, greens } = groups.get(groupOf(phase))!;
  return onlyOne(phase, { red: reds, yellow: yellows, green: greens });
}

function onlyOne<S extends string>(phase: number, masks: Record<S, number>): S | undefined {
  let shown: S | undefined;
  for (const state in masks) {
    if ((masks[state] & bitOf(phase)) === 0) continue;
    if (shown !== undefined) return undefined;
    shown = state;
  }
  return shown;
}

/** What forbids every request. */
function faultOf(reading: Reading, { phase }: PhaseAsk): string | undefined {
  if (reading.flash !== notFlash) return `the controller flashes or is pre-empted (unitFlashStatus ${reading.flash})`;
  if (pedestrianOf(reading, phase) === undefined) return `the controller's word on phase ${phase} contradicts itself`;
  return undefined;
}

function holdFault(reading: Reading, { phase, conflicting }: PhaseAsk): string | undefined {
  if (pedestrianOf(reading, phase) === 'dontWalk') return `phase ${phase} is in neither walk nor clearance`;
  const moving = conflicting.find((other) => vehicleOf(reading, other) !== 'red');
  return moving === undefined ? undefined : `phase ${moving} is not red`;
}

function callFault(reading: Reading, { phase, conflicting }: PhaseAsk): string | undefined {
  if (pedestrianOf(reading, phase) === 'walk') return `phase ${phase} has its walk`;
  const { yellows, ons, reds, dontWalks } = reading.groups.get(groupOf(phase))!;
  const others = conflicting.filter((other) => groupOf(other) === groupOf(phase));
  const watched = others.length === 0 ? 255 : others.reduce((all, other) => all | bitOf(other), bitOf(phase));
  if (yellows & watched) return 'a phase is in yellow';
  // A phase that is on and red, while its pedestrians have to wait, is in its red clearance.
  return ons & reds & dontWalks & watched ? 'a phase is in red clearance' : undefined;
}
