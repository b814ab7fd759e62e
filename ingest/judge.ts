import { type Batch, type FaultCode, qualityFlags } from '@tocsin/contracts';

/** What a site said a channel measures: unit and physical limits (infinite where it named none). */
export type ChannelLimits = { unit: string; min: number; max: number };
/** All that a site ever said of its channels, by device and channel; one entry per unit. */
export type SiteChannels = ReadonlyMap<string, ReadonlyMap<string, readonly ChannelLimits[]>>;

/** Points refused for one reason, with the first of them as an example. */
export type Refusal = { reason: FaultCode; count: number; example: object };

/** `batch` holds what may be stored; `changed` says that it is no longer what the site sent, so that it must be encoded afresh. */
export type Judged = { batch: Batch; changed: boolean; refused: Refusal[] };

/** Readings dated before this are a clock that was never set (reliability.md §5 fault 13). */
export const oldestTakenAtMs = Date.UTC(2000, 0, 1);
/** A reading dated later than this after its arrival is refused. */
export const futureMaxMs = 86_400_000;
/** A reading dated later than this after its arrival is kept and flagged `clockSuspect`. */
export const futureSuspectMs = 300_000;

/** Index in this list is what the loops below write per series and per row; 0 is fine. */
const reasons = [
  undefined,
  'VALUE_NOT_FINITE',
  'TIME_IMPLAUSIBLE',
  'DEVICE_UNKNOWN',
  'CHANNEL_UNKNOWN',
  'UNIT_WRONG',
  'VALUE_OUT_OF_RANGE',
] as const satisfies readonly (FaultCode | undefined)[];
const notFinite = reasons.indexOf('VALUE_NOT_FINITE');
const wrongTime = reasons.indexOf('TIME_IMPLAUSIBLE');
const outOfRange = reasons.indexOf('VALUE_OUT_OF_RANGE');

type Limits = { verdict: Uint8Array; min: Float64Array; max: Float64Array };

/** Tables of series come again with every batch of a site; what was looked up for one holds while the site describes itself the same. */
const remembered = new WeakMap<Batch['series'], { channels: SiteChannels; limits: Limits }>();

/** Limits of each series of the batch, looked up once a table and not once a reading. */
function limitsOf({ series }: Batch, channels: SiteChannels | undefined): Limits | undefined {
  if (channels === undefined) return undefined;
  const known = remembered.get(series);
  if (known?.channels === channels) return known.limits;
  const limits = lookUp(series, channels);
  remembered.set(series, { channels, limits });
  return limits;
}

function lookUp(series: Batch['series'], channels: SiteChannels): Limits {
  const n = series.length;
  const limits = { verdict: new Uint8Array(n), min: new Float64Array(n), max: new Float64Array(n) };
  for (let s = 0; s < n; s += 1) {
    const { device, channel, unit } = series[s]!;
    const known = channels.get(device);
    const units = known?.get(channel);
    const described = units?.find((one) => one.unit === unit);
    if (known === undefined) limits.verdict[s] = reasons.indexOf('DEVICE_UNKNOWN');
    else if (units === undefined) limits.verdict[s] = reasons.indexOf('CHANNEL_UNKNOWN');
    else if (described === undefined) limits.verdict[s] = reasons.indexOf('UNIT_WRONG');
    else {
      limits.min[s] = described.min;
      limits.max[s] = described.max;
    }
  }
  return limits;
}

/**
 * Judges every point of a batch by itself: the rest of a batch is kept whatever one point says. Without a description of the site only
 * value and time can be judged. A value outside the physical range is kept when the edge flagged it as such, else refused.
 */
export function judgeBatch(batch: Batch, channels: SiteChannels | undefined, receivedAtMs: number): Judged {
  const { series, takenAtMs, value, quality } = batch.columns;
  const limits = limitsOf(batch, channels);
  const latest = receivedAtMs + futureMaxMs;
  const suspectAfter = receivedAtMs + futureSuspectMs;
  const n = series.length;
  let verdicts: Uint8Array | undefined;
  let flagged: Uint8Array | undefined;
  for (let i = 0; i < n; i += 1) {
    const x = value[i]!;
    const t = takenAtMs[i]!;
    let why = 0;
    if (limits !== undefined) {
      const s = series[i]!;
      why = limits.verdict[s]!;
      if (why === 0 && (x < limits.min[s]! || x > limits.max[s]!) && (quality[i]! & qualityFlags.range) === 0)
        why = outOfRange;
    }
    // NaN and the infinities are the only numbers that differ from themselves when subtracted.
    if (x - x !== 0) why = notFinite;
    else if (why === 0 && !(t >= oldestTakenAtMs && t <= latest)) why = wrongTime;
    if (why !== 0) {
      verdicts ??= new Uint8Array(n);
      verdicts[i] = why;
    } else if (t > suspectAfter && (quality[i]! & qualityFlags.clockSuspect) === 0) {
      flagged ??= Uint8Array.from(quality);
      flagged[i] = flagged[i]! | qualityFlags.clockSuspect;
    }
  }
  if (verdicts === undefined && flagged === undefined) return { batch, changed: false, refused: [] };
  const columns = flagged === undefined ? batch.columns : { ...batch.columns, quality: flagged };
  const kept = { ...batch, columns };
  if (verdicts === undefined) return { batch: kept, changed: true, refused: [] };
  return { batch: without(kept, verdicts), changed: true, refused: refusals(batch, verdicts) };
}

/** JSON knows no NaN and no infinity, so an example says them as text. */
const spoken = (x: number): number | string => (Number.isFinite(x) ? x : String(x));

function refusals({ columns, series }: Batch, verdicts: Uint8Array): Refusal[] {
  const found: (Refusal | undefined)[] = [];
  for (let i = 0; i < verdicts.length; i += 1) {
    const why = verdicts[i]!;
    if (why === 0) continue;
    const entry = found[why];
    if (entry !== undefined) entry.count += 1;
    else {
      const example = {
        ...series[columns.series[i]!],
        value: spoken(columns.value[i]!),
        takenAtMs: spoken(columns.takenAtMs[i]!),
        quality: columns.quality[i],
      };
      found[why] = { reason: reasons[why]!, count: 1, example };
    }
  }
  return found.filter((entry) => entry !== undefined);
}

/** The batch without the refused rows; its series table stays whole, so that indexes keep their meaning. */
function without(batch: Batch, verdicts: Uint8Array): Batch {
  const { series, takenAtMs, value, quality } = batch.columns;
  const keep = (_: number, i: number) => verdicts[i] === 0;
  return {
    ...batch,
    columns: {
      series: series.filter(keep),
      takenAtMs: takenAtMs.filter(keep),
      value: value.filter(keep),
      quality: quality.filter(keep),
    },
  };
}
