import { isName } from './names.ts';
import { type Lane, lanes } from './topics.ts';

/**
 * The quick reader of batches: it knows the one CBOR form that `encodeBatch` writes (definite lengths, known keys once each, ASCII names,
 * little-endian RFC 8746 columns) and answers undefined for anything else, which the general decoder then judges. So it may refuse to
 * read, but what it reads is read exactly as the general decoder would. A table of series that a site has sent before is recognised by
 * its bytes and not built again: nine tenths of a batch are names that were the same a second ago.
 */
export type WireSeries = { device: string; channel: string; unit: string };
export type Wire = {
  site: string;
  epoch: string;
  lane: Lane;
  seq: number;
  sentAtMs: number;
  /** Shared between batches that name the same series; never changed. */
  series: WireSeries[];
  s: Uint8Array | Uint16Array | Uint32Array;
  takenAtMs: Float64Array;
  x: Float64Array;
  q: Uint8Array | undefined;
  /** The CBOR of the list of events. */
  events: Uint8Array;
};

/** Limits of the batch contract, handed in so that they are written down once. */
export type WireLimits = { readings: number; series: number };

type Reader = { bytes: Uint8Array; view: DataView; at: number };
/** Where a typed array lies: bytes per element and number of elements. */
type Column = { at: number; width: 1 | 2 | 4 | 8; length: number };

const unreadable = Symbol('not the form we write');
const latin = new TextDecoder('latin1');
const lastInstantMs = 253_402_300_799_999;

/** Tables kept by site and bytes. When a limit is reached all are forgotten, which costs one slow batch per site. */
const tablesMax = 65_536;
/** As objects the tables take about ten times these bytes. */
const tableBytesMax = 8_000_000;
const tables = new Map<string, WireSeries[]>();
let tableBytes = 0;

/** The argument of an item of the wanted major type (RFC 8949 §3). */
function argument(r: Reader, major: number): number {
  const first = r.bytes[r.at];
  if (first === undefined || first >> 5 !== major) throw unreadable;
  r.at += 1;
  const info = first & 31;
  if (info < 24) return info;
  const at = r.at;
  if (info === 24) {
    r.at += 1;
    return r.view.getUint8(at);
  }
  if (info === 25) {
    r.at += 2;
    return r.view.getUint16(at);
  }
  if (info === 26) {
    r.at += 4;
    return r.view.getUint32(at);
  }
  throw unreadable;
}

function numberAt(r: Reader): number {
  const first = r.bytes[r.at];
  if (first === 0xfb) {
    r.at += 9;
    return r.view.getFloat64(r.at - 8);
  }
  if (first === 0x1b) {
    r.at += 9;
    const high = r.view.getUint32(r.at - 8);
    // Beyond 2^53 the general decoder answers a bigint.
    if (high >= 0x20_0000) throw unreadable;
    return high * 2 ** 32 + r.view.getUint32(r.at - 4);
  }
  return argument(r, 0);
}

/** Steps over a text of at most `max` bytes and answers where it begins. */
function skipText(r: Reader, max: number): number {
  const length = argument(r, 3);
  const at = r.at;
  if (length > max || at + length > r.bytes.length) throw unreadable;
  r.at = at + length;
  return at;
}

/** Short ASCII text. */
function text(r: Reader, max: number): string {
  const from = skipText(r, max);
  let read = '';
  for (let i = from; i < r.at; i += 1) {
    const code = r.bytes[i]!;
    if (code > 126) throw unreadable;
    read += String.fromCharCode(code);
  }
  return read;
}

function name(r: Reader): string {
  const read = text(r, 64);
  if (!isName(read)) throw unreadable;
  return read;
}

function buildTable(r: Reader, count: number): WireSeries[] {
  const table: WireSeries[] = [];
  for (let i = 0; i < count; i += 1) {
    if (argument(r, 4) !== 3) throw unreadable;
    const device = name(r);
    const channel = name(r);
    const unit = text(r, 32);
    if (unit === '') throw unreadable;
    table.push({ device, channel, unit });
  }
  return table;
}

function seriesTable(r: Reader, site: string, max: number): WireSeries[] {
  const from = r.at;
  const count = argument(r, 4);
  if (count > max) throw unreadable;
  const first = r.at;
  for (let i = 0; i < count; i += 1) {
    if (argument(r, 4) !== 3) throw unreadable;
    skipText(r, 64);
    skipText(r, 64);
    skipText(r, 32);
  }
  const end = r.at;
  const key = `${site} ${latin.decode(r.bytes.subarray(from, end))}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  r.at = first;
  const table = buildTable(r, count);
  if (tables.size >= tablesMax || tableBytes + key.length > tableBytesMax) {
    tables.clear();
    tableBytes = 0;
  }
  tables.set(key, table);
  tableBytes += key.length;
  return table;
}

const widths = new Map<number, Column['width']>([
  [64, 1],
  [69, 2],
  [70, 4],
  [86, 8],
]);

/** A byte string under a tag of RFC 8746: 64 uint8, 69 uint16, 70 uint32, 86 float64, all little endian. */
function column(r: Reader): Column {
  const width = widths.get(argument(r, 6));
  const bytes = argument(r, 2);
  const at = r.at;
  if (width === undefined || bytes % width !== 0 || at + bytes > r.bytes.length) throw unreadable;
  r.at = at + bytes;
  return { at, width, length: bytes / width };
}

/** Copies a column, because its place in a frame is not aligned. Every machine Tocsin runs on keeps the little end first. */
function copied<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(r: Reader, from: Column, to: T): T {
  new Uint8Array(to.buffer).set(r.bytes.subarray(from.at, from.at + from.length * from.width));
  return to;
}

function indexColumn(r: Reader, from: Column): Wire['s'] {
  if (from.width === 1) return copied(r, from, new Uint8Array(from.length));
  if (from.width === 2) return copied(r, from, new Uint16Array(from.length));
  if (from.width === 4) return copied(r, from, new Uint32Array(from.length));
  throw unreadable;
}

function times(r: Reader, from: Column, baseMs: number): Float64Array {
  if (from.width === 8) {
    const offsets = copied(r, from, new Float64Array(from.length));
    for (let i = 0; i < offsets.length; i += 1) offsets[i] = baseMs + offsets[i]!;
    return offsets;
  }
  const { at, width, length } = from;
  const result = new Float64Array(length);
  const { bytes, view } = r;
  if (width === 1) for (let i = 0; i < length; i += 1) result[i] = baseMs + bytes[at + i]!;
  else if (width === 2) for (let i = 0; i < length; i += 1) result[i] = baseMs + view.getUint16(at + 2 * i, true);
  else for (let i = 0; i < length; i += 1) result[i] = baseMs + view.getUint32(at + 4 * i, true);
  return result;
}

const keysInOrder = ['v', 'site', 'epoch', 'lane', 'seq', 'sentAtMs', 'series', 'baseMs', 's', 't', 'x'] as const;

function key(r: Reader, wanted: string): void {
  if (text(r, 8) !== wanted) throw unreadable;
}

function read(r: Reader, limits: WireLimits): Wire {
  const count = argument(r, 5);
  const [v, siteKey, epochKey, laneKey, seqKey, sentKey, seriesKey, baseKey, sKey, tKey, xKey] = keysInOrder;
  key(r, v);
  if (numberAt(r) !== 1) throw unreadable;
  key(r, siteKey);
  const site = name(r);
  key(r, epochKey);
  const epoch = name(r);
  key(r, laneKey);
  const lane = text(r, 8) as Lane;
  key(r, seqKey);
  const seq = numberAt(r);
  key(r, sentKey);
  const sentAtMs = numberAt(r);
  key(r, seriesKey);
  const series = seriesTable(r, site, limits.series);
  key(r, baseKey);
  const baseMs = numberAt(r);
  key(r, sKey);
  const s = column(r);
  key(r, tKey);
  const t = column(r);
  key(r, xKey);
  const x = column(r);
  let q: Column | undefined;
  if (count === keysInOrder.length + 2) {
    key(r, 'q');
    q = column(r);
  }
  key(r, 'events');
  const n = s.length;
  const fits =
    lanes.includes(lane) &&
    Number.isSafeInteger(seq) &&
    seq >= 1 &&
    sentAtMs >= 0 &&
    sentAtMs <= lastInstantMs &&
    Number.isFinite(baseMs) &&
    count === keysInOrder.length + (q === undefined ? 1 : 2) &&
    n <= limits.readings &&
    t.length === n &&
    x.length === n &&
    x.width === 8 &&
    (q === undefined || (q.width === 1 && q.length === n));
  if (!fits) throw unreadable;
  return {
    site,
    epoch,
    lane,
    seq,
    sentAtMs,
    series,
    s: indexColumn(r, s),
    takenAtMs: times(r, t, baseMs),
    x: copied(r, x, new Float64Array(n)),
    q: q === undefined ? undefined : copied(r, q, new Uint8Array(n)),
    events: r.bytes.subarray(r.at),
  };
}

/** Reads a frame in the form we write, or answers undefined; the list of events is left as CBOR for the general decoder. */
export function readWire(bytes: Uint8Array, limits: WireLimits): Wire | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return read({ bytes, view, at: 0 }, limits);
  } catch (error) {
    // A RangeError is a view that ends early: the general decoder says so in words.
    if (error === unreadable || error instanceof RangeError) return undefined;
    throw error;
  }
}
