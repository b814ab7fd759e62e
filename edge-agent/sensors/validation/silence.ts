import { gapIntervals, isSporadic, type Report, type Stream } from './stream.ts';

/** Finds the streams whose next reading is overdue, also those that never spoke since `awakeSinceMs`. */
export function findSilent(streams: readonly Stream[], atMs: number, awakeSinceMs: number, report: Report): void {
  for (const stream of streams) {
    const { state, device } = stream;
    if (state.silent || isSporadic(stream)) continue;
    const sinceMs = Math.max(state.arrivedAtMs, awakeSinceMs);
    if (atMs - sinceMs <= gapIntervals * device.intervalMs) continue;
    state.silent = true;
    stream.dirty = true;
    const last =
      state.arrivedAtMs < 0 ? 'It has never spoken' : `Silent since ${new Date(state.arrivedAtMs).toISOString()}`;
    report(stream, 'noData', true, `${last}; a reading is due every ${device.intervalMs} ms.`, atMs);
  }
}
