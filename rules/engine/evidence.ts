import type { Evidence } from '@tocsin/contracts';

/** Most samples kept per stream; a chart of an alert needs no more and the contract allows 256. */
export const evidencePointsMax = 120;

/**
 * The last samples of each stream, for evidence only: decisions never read it, so it is not part of the saved state. Dense
 * series are thinned to the lowest and highest sample of each bucket, which keeps every peak. The open bucket of a stream is
 * one cache line of a table; only when it closes do its extremes go to the stream's ring, which is made at that moment.
 */
export type EvidenceStore = { buckets: Float64Array; rings: (Ring | undefined)[] };
type Ring = { tMs: number[]; x: number[]; next: number };

/** The open bucket's two extremes must find room beside the ring. */
const ringMax = evidencePointsMax - 2;
const slots = 8;
const closesAtMs = 0;
const lowAtMs = 1;
const low = 2;
const highAtMs = 3;
const high = 4;
const empty = -1;

export function createEvidence(streams: number): EvidenceStore {
  return { buckets: new Float64Array(streams * slots).fill(empty), rings: new Array(streams).fill(undefined) };
}

/** Remembers a sample that is not older than those before it; buckets are anchored on their own first sample. */
export function remember(
  store: EvidenceStore,
  index: number,
  [takenAtMs, value]: [number, number],
  bucketMs: number,
): void {
  if (!widen(store, index, takenAtMs, value)) openBucket(store, index, [takenAtMs, value], bucketMs);
}

/** Takes a sample into the open bucket; answers false when the bucket is over, which `openBucket` must then follow. */
export function widen({ buckets }: EvidenceStore, index: number, takenAtMs: number, value: number): boolean {
  const at = index * slots;
  if (takenAtMs >= buckets[at + closesAtMs]!) return false;
  if (value < buckets[at + low]!) {
    buckets[at + low] = value;
    buckets[at + lowAtMs] = takenAtMs;
  } else if (value > buckets[at + high]!) {
    buckets[at + high] = value;
    buckets[at + highAtMs] = takenAtMs;
  }
  return true;
}

/** Closes the open bucket of a stream and opens the next one with its first sample. */
export function openBucket(
  store: EvidenceStore,
  index: number,
  [takenAtMs, value]: [number, number],
  bucketMs: number,
): void {
  const { buckets, rings } = store;
  const at = index * slots;
  if (buckets[at + lowAtMs] !== empty) {
    rings[index] ??= { tMs: [], x: [], next: 0 };
    for (const [tMs, x] of extremes(buckets, at)) push(rings[index], tMs, x);
  }
  buckets[at + closesAtMs] = takenAtMs + bucketMs;
  buckets[at + lowAtMs] = buckets[at + highAtMs] = takenAtMs;
  buckets[at + low] = buckets[at + high] = value;
}

/** The lowest and highest sample of the open bucket, in order of time; one when they are the same. */
function extremes(buckets: Float64Array, at: number): [tMs: number, x: number][] {
  const lowest: [number, number] = [buckets[at + lowAtMs]!, buckets[at + low]!];
  const highest: [number, number] = [buckets[at + highAtMs]!, buckets[at + high]!];
  if (lowest[0] === empty) return [];
  if (lowest[0] === highest[0]) return [lowest];
  return lowest[0] < highest[0] ? [lowest, highest] : [highest, lowest];
}

function push(ring: Ring, takenAtMs: number, value: number): void {
  if (ring.tMs.length < ringMax) {
    ring.tMs.push(takenAtMs);
    ring.x.push(value);
    return;
  }
  ring.tMs[ring.next] = takenAtMs;
  ring.x[ring.next] = value;
  ring.next = ring.next + 1 === ringMax ? 0 : ring.next + 1;
}

/** What is remembered of a stream, oldest first. */
export function pointsOf({ buckets, rings }: EvidenceStore, index: number): Evidence['points'] {
  const { tMs, x, next } = rings[index] ?? { tMs: [], x: [], next: 0 };
  const closed = tMs.map((_, i): [number, number] => {
    const at = (next + i) % tMs.length;
    return [tMs[at]!, x[at]!];
  });
  return [...closed, ...extremes(buckets, index * slots)];
}
