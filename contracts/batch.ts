import { Decoder, Encoder } from 'cbor-x';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { AlertTransition } from './alert.ts';
import { Command, Receipt } from './command.ts';
import { Fault } from './faults.ts';
import { Finite, InstantMs, Name, oneOf } from './names.ts';
import { PictureHash, PictureNote } from './picture.ts';
import { type Lane, lanes } from './topics.ts';
import { readWire, type Wire } from './wire.ts';

/**
 * What a site sends up a lane. On the wire it is one CBOR map: a head, a table of series, columns as RFC 8746 typed arrays
 * (each in the narrowest type that holds it exactly) and a list of events. `(site, epoch, lane, seq)` names it for ever.
 *
 * Wire form: { v, site, epoch, lane, seq, sentAtMs, series: [[device, channel, unit]…], baseMs,
 *              s: Uint8/16/32Array index into series, t: Uint8/16/32Array or Float64Array of milliseconds after baseMs,
 *              x: Float64Array values, q?: Uint8Array quality (absent when all are good), events: […] }
 */
export const readingsPerBatchMax = 10_000;
export const seriesPerBatchMax = 10_000;
export const eventsPerBatchMax = 256;
/** Larger frames are refused by the broker after log-in (reliability.md §1.5) and by the decoder. */
export const batchBytesMax = 1_048_576;

/** Something that happened at a site and is worth keeping for ever. */
export const SiteEvent = Type.Union([
  Type.Object({ kind: Type.Literal('alert'), transition: AlertTransition }),
  Type.Object({ kind: Type.Literal('command'), command: Command }),
  Type.Object({ kind: Type.Literal('receipt'), receipt: Receipt }),
  Type.Object({
    kind: Type.Literal('gap'),
    what: Type.String({ maxLength: 300, description: 'What was dropped or lost, and why.' }),
    readings: Type.Integer({ minimum: 0 }),
    fromMs: InstantMs,
    toMs: InstantMs,
    pictures: Type.Optional(
      Type.Array(PictureHash, { maxItems: 64, description: 'Pictures that will never come any more.' }),
    ),
  }),
  Type.Object({ kind: Type.Literal('picture'), note: PictureNote }),
  Type.Object({
    kind: Type.Literal('note'),
    code: Type.String({ maxLength: 64 }),
    text: Type.String({ maxLength: 500 }),
    atMs: InstantMs,
  }),
]);
export type SiteEvent = Static<typeof SiteEvent>;

export type SeriesName = { device: string; channel: string; unit: string };

/** Readings as columns; all arrays have the same length. */
export type Columns = {
  series: Uint8Array | Uint16Array | Uint32Array;
  takenAtMs: Float64Array;
  value: Float64Array;
  quality: Uint8Array;
};

export type Batch = {
  site: string;
  epoch: string;
  lane: Lane;
  seq: number;
  sentAtMs: number;
  series: SeriesName[];
  columns: Columns;
  events: SiteEvent[];
};

const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: true, variableMapSize: true });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });

const Head = Compile(
  Type.Object({
    v: Type.Literal(1),
    site: Name,
    epoch: Name,
    lane: oneOf(lanes),
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    sentAtMs: InstantMs,
    series: Type.Array(Type.Tuple([Name, Name, Type.String({ minLength: 1, maxLength: 32 })]), {
      maxItems: seriesPerBatchMax,
    }),
    baseMs: Finite,
  }),
);
const Event = Compile(SiteEvent);

function narrowest(values: ArrayLike<number>, max: number): Uint8Array | Uint16Array | Uint32Array {
  return max < 256 ? Uint8Array.from(values) : max < 65_536 ? Uint16Array.from(values) : Uint32Array.from(values);
}

/** Encodes a batch as CBOR with typed-array columns. */
export function encodeBatch(batch: Batch): Uint8Array {
  const { series, takenAtMs, value, quality } = batch.columns;
  const n = series.length;
  let baseMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  let whole = true;
  let good = true;
  for (let i = 0; i < n; i += 1) {
    const t = takenAtMs[i]!;
    if (t < baseMs) baseMs = t;
    if (t > lastMs) lastMs = t;
    if (!Number.isInteger(t)) whole = false;
    if (quality[i] !== 0) good = false;
  }
  if (n === 0) baseMs = lastMs = 0;
  const narrow = whole && lastMs - baseMs < 2 ** 32;
  const deltas = new Float64Array(n);
  for (let i = 0; i < n; i += 1) deltas[i] = takenAtMs[i]! - baseMs;
  return encoder.encode({
    v: 1,
    site: batch.site,
    epoch: batch.epoch,
    lane: batch.lane,
    seq: batch.seq,
    sentAtMs: batch.sentAtMs,
    series: batch.series.map(({ device, channel, unit }) => [device, channel, unit]),
    baseMs,
    s: narrowest(series, batch.series.length),
    t: narrow ? narrowest(deltas, lastMs - baseMs) : deltas,
    x: value,
    ...(good ? {} : { q: quality }),
    events: batch.events,
  });
}

function isIndexColumn(column: unknown): column is Uint8Array | Uint16Array | Uint32Array {
  return column instanceof Uint8Array || column instanceof Uint16Array || column instanceof Uint32Array;
}

/** A batch and the events in it that do not fit their contract (kept out of the batch, with the reason). */
export type DecodedBatch = { batch: Batch; badEvents: { event: unknown; why: string }[] };

/** A frame whose shape is known to fit; what is left to judge are series indexes and events. */
type Frame = Omit<Wire, 'events' | 'q'> & { q: Uint8Array | undefined; events: unknown };

function isListOfEvents(events: unknown): events is unknown[] {
  return Array.isArray(events) && events.length <= eventsPerBatchMax;
}

/** The frame as `encodeBatch` writes it, or undefined for any other, which `generalFrame` judges. */
function quickFrame(bytes: Uint8Array): Frame | undefined {
  const wire = readWire(bytes, { readings: readingsPerBatchMax, series: seriesPerBatchMax });
  if (wire === undefined) return undefined;
  // One byte, an array of nothing: most batches carry readings only.
  if (wire.events.length === 1 && wire.events[0] === 0x80) return { ...wire, events: [] };
  try {
    return { ...wire, events: decoder.decode(wire.events) };
  } catch {
    return undefined;
  }
}

/** Any CBOR map of the contract, in whatever form and order; says in words what does not fit. */
function generalFrame(bytes: Uint8Array): Frame {
  let wire: Record<string, unknown>;
  try {
    wire = decoder.decode(bytes) as Record<string, unknown>;
  } catch (cause) {
    throw new Fault('PAYLOAD_MALFORMED', 'Not CBOR.', { cause });
  }
  if (typeof wire !== 'object' || wire === null) throw new Fault('PAYLOAD_MALFORMED', 'Not a CBOR map.');
  if (wire.v !== 1) throw new Fault('VERSION_UNKNOWN', `v is ${spoken(wire.v)}, known is 1.`);
  if (!Head.Check(wire)) {
    const [error] = Head.Errors(wire);
    throw new Fault('CONTRACT_BROKEN', `Batch head${error?.instancePath ?? ''}: ${error?.message ?? 'does not fit'}.`);
  }
  const { s, t, x, q, events } = wire as Record<string, unknown>;
  if (!isIndexColumn(s) || !(isIndexColumn(t) || t instanceof Float64Array) || !(x instanceof Float64Array)) {
    throw new Fault('CONTRACT_BROKEN', 'Columns s, t and x must be typed arrays (RFC 8746).');
  }
  const n = s.length;
  if (n > readingsPerBatchMax || t.length !== n || x.length !== n) {
    throw new Fault(
      'CONTRACT_BROKEN',
      `Columns of ${s.length}, ${t.length} and ${x.length} rows, at most ${readingsPerBatchMax}.`,
    );
  }
  if (q !== undefined && !(q instanceof Uint8Array && q.length === n))
    throw new Fault('CONTRACT_BROKEN', 'Column q has another length.');
  const takenAtMs = new Float64Array(n);
  for (let i = 0; i < n; i += 1) takenAtMs[i] = wire.baseMs + t[i]!;
  const { site, epoch, lane, seq, sentAtMs } = wire;
  const series = wire.series.map(([device, channel, unit]) => ({ device, channel, unit }));
  return { site, epoch, lane, seq, sentAtMs, series, s, takenAtMs, x, q, events };
}

/** Whatever a sender put where the version belongs, in a few characters. */
function spoken(version: unknown): string {
  if (version === undefined) return 'missing';
  return typeof version === 'number' || typeof version === 'string' ? `${version}`.slice(0, 40) : `a ${typeof version}`;
}

/**
 * Decodes and checks the frame of a batch: head, column shapes and events. Single values are not judged here, because a bad
 * point must not cost its neighbours; ingest refuses points one by one. The table of series may be shared with other batches.
 * Throws PAYLOAD_TOO_LARGE, PAYLOAD_MALFORMED, VERSION_UNKNOWN or CONTRACT_BROKEN.
 */
export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  if (bytes.byteLength > batchBytesMax)
    throw new Fault('PAYLOAD_TOO_LARGE', `${bytes.byteLength} bytes of ${batchBytesMax}.`);
  const { site, epoch, lane, seq, sentAtMs, series, s, takenAtMs, x, q, events } =
    quickFrame(bytes) ?? generalFrame(bytes);
  if (!isListOfEvents(events)) {
    throw new Fault('CONTRACT_BROKEN', `events must be a list of at most ${eventsPerBatchMax}.`);
  }
  const n = s.length;
  for (let i = 0; i < n; i += 1)
    if (s[i]! >= series.length)
      throw new Fault('CONTRACT_BROKEN', `Row ${i} names series ${s[i]} of ${series.length}.`);
  const good: SiteEvent[] = [];
  const badEvents: DecodedBatch['badEvents'] = [];
  for (const event of events) {
    if (Event.Check(event)) good.push(event);
    else badEvents.push({ event, why: Event.Errors(event)[0]?.message ?? 'does not fit' });
  }
  const columns: Columns = { series: s, takenAtMs, value: x, quality: q ?? new Uint8Array(n) };
  return { batch: { site, epoch, lane, seq, sentAtMs, series, columns, events: good }, badEvents };
}
