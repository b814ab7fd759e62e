import type { Evidence } from '@tocsin/contracts';

/** Most samples kept per stream; a chart of an alert needs no more and the contract allows 256. */
export const evidencePointsMax = 120;

/**
 * The last samples of one stream, for evidence only: decisions never read it, so it is not part of the saved state.
 * Denser series are thinned to the lowest and highest sample of each bucket, which keeps every peak.
 */
export type EvidenceRing = {
  tMs: number[];
  x: number[];
  /** Where the next sample goes once the ring is full. */
  next: number;
  openedAtMs: number;
  /** Samples kept from the newest bucket: 0, 1 or 2. */
  inBucket: number;
};

export function createRing(): EvidenceRing {
  return { tMs: [], x: [], next: 0, openedAtMs: 0, inBucket: 0 };
}

function push(ring: EvidenceRing, takenAtMs: number, value: number): void {
  if (ring.tMs.length < evidencePointsMax) {
    ring.tMs.push(takenAtMs);
    ring.x.push(value);
    return;
  }
  ring.tMs[ring.next] = takenAtMs;
  ring.x[ring.next] = value;
  ring.next = ring.next + 1 === evidencePointsMax ? 0 : ring.next + 1;
}

/** Remembers a sample that is not older than the ones before it. */
export function addSample(ring: EvidenceRing, takenAtMs: number, value: number, bucketMs: number): void {
  if (ring.inBucket === 0 || takenAtMs - ring.openedAtMs >= bucketMs) {
    push(ring, takenAtMs, value);
    ring.openedAtMs = takenAtMs;
    ring.inBucket = 1;
    return;
  }
  if (ring.inBucket === 1) {
    push(ring, takenAtMs, value);
    ring.inBucket = 2;
    return;
  }
  const size = ring.tMs.length;
  const b = size < evidencePointsMax ? size - 1 : (ring.next + size - 1) % size;
  const a = (b + size - 1) % size;
  const outside = value < Math.min(ring.x[a]!, ring.x[b]!) || value > Math.max(ring.x[a]!, ring.x[b]!);
  if (!outside) return;
  // The newcomer replaces the extreme on its own side; what stays must come first in time.
  const rising = value > Math.max(ring.x[a]!, ring.x[b]!);
  const keepsB = rising ? ring.x[b]! <= ring.x[a]! : ring.x[b]! >= ring.x[a]!;
  if (keepsB) {
    ring.tMs[a] = ring.tMs[b]!;
    ring.x[a] = ring.x[b]!;
  }
  ring.tMs[b] = takenAtMs;
  ring.x[b] = value;
}

/** The samples of a ring, oldest first. */
export function ringPoints(ring: EvidenceRing): Evidence['points'] {
  const size = ring.tMs.length;
  const start = size < evidencePointsMax ? 0 : ring.next;
  return Array.from({ length: size }, (_, i) => {
    const at = (start + i) % size;
    return [ring.tMs[at]!, ring.x[at]!];
  });
}
