import type { FaultCode } from '@tocsin/contracts';
import type { DeviceConfig } from '../../site/types.ts';
import { excerpt, parsePayload } from '../payload.ts';
import { fromAnyUnit, type Quantity, toNumber } from '../quantity.ts';
import type { Decoded, SensorFormat } from '../types.ts';
import { SenmlDevice } from './config.ts';
import { encodeSenmlJson } from './encode.ts';
import { toUcum } from './units.ts';

/** Most records of one pack. */
export const recordsMax = 1_000;
/** Newest SenML version (RFC 8428 §4.4); later ones are refused, because their meaning is not known. */
const versionMax = 10;
/** Times below this many seconds count from now instead of from 1970 (RFC 8428 §4.5.3). */
const relativeBelowS = 2 ** 28;

type Base = { name: string; timeS: number; unit: unknown; value: number | undefined };
type RawRecord = { [label: string]: unknown };
type Refusal = { code: FaultCode; detail: string };

const baseTypes = { bn: 'string', bt: 'number', bu: 'string', bv: 'number', bver: 'number' } as const;

/** Takes the base fields of a record into `base` (they hold until replaced), or says why the pack cannot be read on. */
function takeBase(base: Base, record: RawRecord): Refusal | undefined {
  for (const [label, type] of Object.entries(baseTypes)) {
    const given = own(record, label);
    if (given === undefined) continue;
    if (typeof given !== type || given === Number.POSITIVE_INFINITY || given === Number.NEGATIVE_INFINITY) {
      return { code: 'PAYLOAD_MALFORMED', detail: `${label} is ${excerpt(given)}.` };
    }
    if (label === 'bver' && (given as number) > versionMax) {
      return { code: 'VERSION_UNKNOWN', detail: `bver is ${given}, known are versions up to ${versionMax}.` };
    }
    if (label === 'bn') base.name = given as string;
    if (label === 'bt') base.timeS = given as number;
    if (label === 'bu') base.unit = given;
    if (label === 'bv') base.value = given as number;
  }
  // RFC 8428 §4.4: a label ending in "_" must be understood, and none such is defined.
  const mandatory = Object.keys(record).find((label) => label.endsWith('_'));
  return mandatory === undefined
    ? undefined
    : { code: 'VERSION_UNKNOWN', detail: `The mandatory label ${excerpt(mandatory)} is not known.` };
}

function own(record: RawRecord, label: string): unknown {
  return Object.hasOwn(record, label) ? record[label] : undefined;
}

type Channel = { id: string; n: string; read: (record: RawRecord, base: Base) => Quantity };

function compileChannel({ id, n, unit, map }: SenmlDevice['channels'][number]): Channel {
  const states = map === undefined ? undefined : new Map(Object.entries(map).map(([state, value]) => [state, value]));
  const toUnit = fromAnyUnit(unit);
  const read = (record: RawRecord, base: Base): Quantity => {
    const flag = own(record, 'vb');
    if (flag !== undefined) {
      if (typeof flag !== 'boolean') return { code: 'VALUE_NOT_FINITE', detail: `vb is ${excerpt(flag)}.` };
      return toNumber(flag, states);
    }
    if (own(record, 'vs') !== undefined || own(record, 'vd') !== undefined) {
      return { code: 'VALUE_NOT_FINITE', detail: 'Text (vs) or data (vd) is not a number.' };
    }
    const given = own(record, 'v');
    const number = toNumber(given === undefined ? 0 : given, undefined);
    if (!('value' in number)) return number;
    const sum = toNumber(number.value + (base.value ?? 0), undefined);
    if (!('value' in sum)) return sum;
    const said = own(record, 'u') ?? base.unit;
    return toUnit(sum.value, typeof said === 'string' ? toUcum(said, unit) : said);
  };
  return { id, n, read };
}

/** True when a record measures something; one that only sets base fields or sums does not. */
function hasValue(record: RawRecord, base: Base): boolean {
  if (['v', 'vb', 'vs', 'vd'].some((label) => own(record, label) !== undefined)) return true;
  const named = own(record, 'n') !== undefined || own(record, 't') !== undefined;
  return named && base.value !== undefined && own(record, 's') === undefined;
}

/**
 * The channel a record belongs to: its whole name first, then its own `n`, then a last part that starts after a
 * separator.
 */
function channelOf(channels: readonly Channel[], name: string, ownName: string): Channel | undefined {
  return (
    channels.find(({ n }) => n === name) ??
    channels.find(({ n }) => n === ownName) ??
    channels.find(({ n }) => name.endsWith(n) && !/[A-Za-z0-9]/.test(name.charAt(name.length - n.length - 1)))
  );
}

/** The instant of a record. A relative time counts from the arrival; without one it is left to the gateway. */
function instantOf(timeS: number, receivedAtMs: number | undefined): number | undefined {
  if (timeS >= relativeBelowS) return Math.round(timeS * 1000);
  if (timeS === 0 || receivedAtMs === undefined) return undefined;
  return Math.round(receivedAtMs + timeS * 1000);
}

function decodePack(pack: unknown[], channels: readonly Channel[], receivedAtMs: number | undefined): Decoded {
  const into: Decoded = { values: [], refused: [] };
  const base: Base = { name: '', timeS: 0, unit: undefined, value: undefined };
  let known = 0;
  let firstUnknown: string | undefined;
  for (const entry of pack) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      into.refused.push({ code: 'PAYLOAD_MALFORMED', detail: `A record is ${excerpt(entry)}.` });
      continue;
    }
    const record = entry as RawRecord;
    const refusal = takeBase(base, record);
    if (refusal !== undefined) {
      into.refused.push(refusal);
      return into;
    }
    if (!hasValue(record, base)) continue;
    const n = own(record, 'n') ?? '';
    const t = own(record, 't') ?? 0;
    if (typeof n !== 'string' || typeof t !== 'number' || !Number.isFinite(base.timeS + t)) {
      into.refused.push({ code: 'PAYLOAD_MALFORMED', detail: `n is ${excerpt(n)} and t is ${excerpt(t)}.` });
      continue;
    }
    const channel = channelOf(channels, base.name + n, n);
    if (channel === undefined) {
      firstUnknown ??= base.name + n;
      continue;
    }
    known += 1;
    const atMs = instantOf(base.timeS + t, receivedAtMs);
    if (atMs !== undefined && !Number.isFinite(atMs)) {
      into.refused.push({
        code: 'TIME_IMPLAUSIBLE',
        detail: `${channel.id}: ${base.timeS + t} s is beyond any calendar.`,
      });
      continue;
    }
    const quantity = channel.read(record, base);
    if (!('value' in quantity)) {
      into.refused.push({ code: quantity.code, detail: `${channel.id}: ${quantity.detail}` });
      continue;
    }
    into.values.push({ channel: channel.id, value: quantity.value, ...(atMs === undefined ? {} : { atMs }) });
  }
  if (known === 0 && into.refused.length === 0) {
    const detail =
      firstUnknown === undefined
        ? 'No record has a value.'
        : `No channel is called ${excerpt(firstUnknown)} or its end.`;
    into.refused.push({ code: firstUnknown === undefined ? 'PAYLOAD_MALFORMED' : 'CHANNEL_UNKNOWN', detail });
  }
  return into;
}

/** SenML in JSON (RFC 8428): names, units and times travel with the values, so units are checked message by message. */
export const senmlJson: SensorFormat = {
  format: 'senml-json',
  device: SenmlDevice,
  check(config) {
    const { channels } = config as unknown as SenmlDevice;
    return channels.flatMap(({ n }, i) =>
      channels.findIndex((other) => other.n === n) === i ? [] : [`/channels/${i}/n: Two channels read the name ${n}.`],
    );
  },
  encode: encodeSenmlJson,
  compile(config: DeviceConfig) {
    const channels = (config as unknown as SenmlDevice).channels.map(compileChannel);
    return (payload, receivedAtMs) => {
      const parsed = parsePayload(payload);
      if (!parsed.ok) return { values: [], refused: [{ code: parsed.code, detail: parsed.detail }] };
      const { json } = parsed;
      if (!Array.isArray(json)) {
        return { values: [], refused: [{ code: 'PAYLOAD_MALFORMED', detail: 'SenML is a list of records.' }] };
      }
      if (json.length > recordsMax) {
        const detail = `${json.length} records, at most ${recordsMax}.`;
        return { values: [], refused: [{ code: 'PAYLOAD_TOO_LARGE', detail }] };
      }
      return decodePack(json, channels, receivedAtMs);
    };
  },
};
