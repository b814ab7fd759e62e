import type { RawDetection } from './types.ts';

/** Share of two boxes that both cover: intersection over union, between 0 and 1; 0 for boxes without area. */
export function overlap(a: Corners, b: Corners): number {
  const both = shared(a, b);
  return both === 0 ? 0 : both / (area(a) + area(b) - both);
}

/** Two corners of a box. */
export type Corners = { x1: number; y1: number; x2: number; y2: number };

/** Area of a box; 0 when its corners are the wrong way round. */
export function area({ x1, y1, x2, y2 }: Corners): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
}

/** Area that two boxes share. */
export function shared(a: Corners, b: Corners): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

/** Classes whose boxes compete with each other, and the overlap from which the weaker one goes. */
export type Rivalry = { groupOf(index: number): number; limitOf(group: number): number };

/**
 * Greedy non-maximum suppression: strongest first, a box goes when it overlaps a kept one of its group by its limit or more.
 * `sorted` must come strongest first; at most `keepMax` are kept.
 */
export function suppress(
  sorted: readonly RawDetection[],
  { groupOf, limitOf }: Rivalry,
  keepMax: number,
): RawDetection[] {
  const kept: RawDetection[] = [];
  const byGroup = new Map<number, RawDetection[]>();
  for (const box of sorted) {
    if (kept.length >= keepMax) break;
    const group = groupOf(box.class);
    const rivals = byGroup.get(group) ?? [];
    const limit = limitOf(group);
    // A limit of 1 keeps everything: the model has suppressed doubles itself.
    if (limit < 1 && rivals.some((rival) => overlap(rival, box) >= limit)) continue;
    rivals.push(box);
    byGroup.set(group, rivals);
    kept.push(box);
  }
  return kept;
}
