import { type Columns, encodeBatch, type Lane, type Reading, type SeriesName, type SiteEvent } from '@tocsin/contracts';

/** Readings that are being collected for one batch; columns grow, the series table holds each stream once. */
export type ReadingColumns = {
  series: SeriesName[];
  index: Map<string, number>;
  rows: number[];
  takenAtMs: number[];
  value: number[];
  quality: number[];
};

/** Small enough for a frame of 1 MiB even when every reading is of another series with the longest names. */
export const readingsPerRowMax = 5_000;
const eventsPerRowMax = 64;
/** Frames stay below the broker's limit of 1 MiB with room for the head. */
const bodyBytesMax = 900_000;

/** An empty collection. */
export function emptyColumns(): ReadingColumns {
  return { series: [], index: new Map(), rows: [], takenAtMs: [], value: [], quality: [] };
}

/** Adds one reading; `quality` may carry more flags than the reading itself. */
export function addReading(columns: ReadingColumns, reading: Reading, unit: string, quality: number): void {
  const { device, channel } = reading;
  const name = `${device}/${channel}/${unit}`;
  let at = columns.index.get(name);
  if (at === undefined) {
    at = columns.series.length;
    columns.series.push({ device, channel, unit });
    columns.index.set(name, at);
  }
  columns.rows.push(at);
  columns.takenAtMs.push(reading.takenAtMs);
  columns.value.push(reading.value);
  columns.quality.push(quality);
}

/** What a row of the outbox will carry, before it has a number. */
export type Draft = { lane: Lane; readings?: ReadingColumns; events: readonly SiteEvent[] };

/** A row ready to be stored: `from` and `to` span the event times of what it carries. */
export type Row = {
  lane: Lane;
  epoch: string;
  seq: number;
  readings: number;
  fromMs: number;
  toMs: number;
  gap: boolean;
  body: Uint8Array;
};

/** The instant an event is about. */
export function eventAtMs(event: SiteEvent): number {
  switch (event.kind) {
    case 'alert':
      return event.transition.decidedAtMs;
    case 'command':
      return event.command.notBeforeMs;
    case 'receipt':
      return event.receipt.atMs;
    case 'note':
      return event.atMs;
    case 'gap':
      return event.toMs;
    case 'picture':
      return event.note.takenAtMs;
    default:
      return event satisfies never;
  }
}

function typed(readings: ReadingColumns | undefined): Columns {
  return {
    series: Uint32Array.from(readings?.rows ?? []),
    takenAtMs: Float64Array.from(readings?.takenAtMs ?? []),
    value: Float64Array.from(readings?.value ?? []),
    quality: Uint8Array.from(readings?.quality ?? []),
  };
}

export type RowHead = { site: string; epoch: string; seq: number; sentAtMs: number };

/** Encodes one draft as one row. */
export function encodeRow({ site, epoch, seq, sentAtMs }: RowHead, { lane, readings, events }: Draft): Row {
  const columns = typed(readings);
  const body = encodeBatch({
    site,
    epoch,
    lane,
    seq,
    sentAtMs,
    series: readings?.series ?? [],
    columns,
    events: [...events],
  });
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  const span = (from: number, to = from) => {
    if (from < fromMs) fromMs = from;
    if (to > toMs) toMs = to;
  };
  for (const atMs of columns.takenAtMs) span(atMs);
  for (const event of events) span(event.kind === 'gap' ? event.fromMs : eventAtMs(event), eventAtMs(event));
  if (fromMs > toMs) fromMs = toMs = sentAtMs;
  return { lane, epoch, seq, readings: columns.series.length, fromMs, toMs, gap: false, body };
}

/** Encodes drafts as rows numbered onward from `next` of their lane; a draft too large for one frame becomes several rows. */
export function encodeDrafts(head: Omit<RowHead, 'seq'>, drafts: readonly Draft[], next: Record<Lane, number>): Row[] {
  const rows: Row[] = [];
  const numbers = { ...next };
  const put = (draft: Draft): void => {
    const row = encodeRow({ ...head, seq: numbers[draft.lane] }, draft);
    const many = draft.events.length;
    if (many > eventsPerRowMax || (many > 1 && row.body.byteLength > bodyBytesMax)) {
      put({ ...draft, events: draft.events.slice(0, many >> 1) });
      put({ lane: draft.lane, events: draft.events.slice(many >> 1) });
      return;
    }
    numbers[draft.lane] += 1;
    rows.push(row);
  };
  for (const draft of drafts) put(draft);
  return rows;
}
