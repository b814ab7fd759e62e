import type { SignalName } from '@tocsin/edge-agent/sensors';
import type { Site } from '@tocsin/edge-agent/site';
import { type RefusedRow, type ReplayRow, type ReplaySource, replayRows } from './rows.ts';
import type { SignalChange } from './signal-log.ts';

/**
 * States of a signal in the order of their times, and the streams of the site on which they are told. A log tells changes only, so what
 * holds is told again every `repeatMs` until the log ends at `untilMs`.
 */
export type SignalFeed = {
  changes: Iterable<SignalChange>;
  streams: Partial<Record<SignalName, string>>;
  repeatMs: number;
  untilMs: number;
};

/** Positions are written down only while somebody is seen; a longer silence than this is taken for a camera that was off. */
const emptyForMs = 600_000;

/** Shorter than any camera may be silent. */
const toldBeforeMs = 100;

type Row = ReplayRow | RefusedRow;
const isRefused = (row: Row): row is RefusedRow => 'why' in row;

async function* sortedRows(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  const kept: ReplayRow[] = [];
  for await (const row of rows)
    if (isRefused(row)) yield row;
    else kept.push(row);
  yield* kept.sort((a, b) => a.atMs - b.atMs);
}

/** Puts in the pictures on which nobody was, because a file of positions has no row for them. */
async function* withEmptyPictures(rows: AsyncIterable<Row>, everyMs: number): AsyncGenerator<Row> {
  let before: number | undefined;
  for await (const row of rows) {
    if (isRefused(row) || row.track === undefined) {
      yield row;
      continue;
    }
    if (before !== undefined && row.atMs - before <= emptyForMs)
      for (let atMs = before + everyMs; atMs < row.atMs - everyMs / 2; atMs += everyMs)
        yield { atMs, line: 0, values: [], made: 'emptyPicture' };
    before = row.atMs;
    yield row;
  }
}

function signalRow({ atMs, signal, state }: SignalChange, streams: SignalFeed['streams']): ReplayRow | undefined {
  const stream = streams[signal];
  if (stream === undefined) return undefined;
  const [device, channel] = stream.split('/') as [string, string];
  return { atMs, line: 0, values: [{ device, channel, value: state }], made: 'signal' };
}

/**
 * A state from before the recording. A walk or a clearance that runs keeps its beginning, because it says how long it still lasts; anything
 * else is told just before the first row: an earlier time would only make the camera look as if it had been silent since.
 */
function heldFrom(change: SignalChange, firstRowMs: number): SignalChange {
  const runs = change.signal === 'phase' && change.state !== 0;
  return runs ? change : { ...change, atMs: Math.max(change.atMs, firstRowMs - toldBeforeMs) };
}

/** Tells each state of the signal when it began; of those from before the recording only what still holds. */
async function* withSignal(
  rows: AsyncIterable<Row>,
  { changes, streams, repeatMs, untilMs }: SignalFeed,
): AsyncGenerator<Row> {
  const upcoming = changes[Symbol.iterator]();
  let next = upcoming.next();
  let begun = false;
  const held = new Map<SignalName, SignalChange>();
  const toldAtMs = new Map<SignalName, number>();
  function* tell(change: SignalChange, again = false): Generator<ReplayRow> {
    toldAtMs.set(change.signal, change.atMs);
    const made = signalRow(change, streams);
    if (made !== undefined) yield again ? { ...made, made: 'again' } : made;
  }
  for await (const row of rows) {
    if (isRefused(row)) {
      yield row;
      continue;
    }
    for (; !next.done && next.value.atMs <= row.atMs; next = upcoming.next()) {
      held.delete(next.value.signal);
      held.set(next.value.signal, next.value);
      if (begun) yield* tell(next.value);
    }
    if (!begun) {
      const known = [...held.values()].map((change) => heldFrom(change, row.atMs));
      for (const change of known.sort((a, b) => a.atMs - b.atMs)) yield* tell(change);
    }
    begun = true;
    if (row.atMs <= untilMs)
      for (const change of held.values())
        if (row.atMs - toldAtMs.get(change.signal)! >= repeatMs) yield* tell({ ...change, atMs: row.atMs }, true);
    yield row;
  }
}

async function* signalAlone({ changes, streams }: SignalFeed): AsyncGenerator<Row> {
  for (const change of changes) {
    const made = signalRow(change, streams);
    if (made) yield made;
  }
}

/** Everything that happens in a replay in the order of time: the rows of the file, empty pictures, and the signal. */
export function mergedRows(source: ReplaySource, site: Site): AsyncIterable<Row> {
  const { signal, pictures, file } = source;
  if (file === '') return signalAlone(signal!);
  let rows: AsyncIterable<Row> = replayRows(source, site);
  if (pictures !== undefined) {
    if (!pictures.isSorted) rows = sortedRows(rows);
    rows = withEmptyPictures(rows, pictures.everyMs);
  }
  return signal === undefined ? rows : withSignal(rows, signal);
}
