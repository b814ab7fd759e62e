/** Where things are: one time axis for all, names to the right of it. All lengths are px. */
export const width = 1200;
export const left = 66;
export const right = 986;
export const namesAt = right + 12;
/** Letters that fit beside the plot. */
export const nameChars = 30;
export const ink = '#222b33';
export const faint = '#6b7680';
export const rule = '#e3e8ec';

export type Scale = (value: number) => number;

/** Maps `low`..`high` to `from`..`to`; a range of nothing lands in the middle. */
export function scale([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const span = high - low;
  return (value) => (span > 0 ? from + ((value - low) / span) * (to - from) : (from + to) / 2);
}

export type Label = { x: number; width: number; rank: number };
export type Placed<T> = { label: T; row: number; side: 'right' | 'left' };

/**
 * Gives labels rows in which none touches another, most important (smallest rank) first; what finds no room is counted. Ties go to
 * the earlier. A label stands to the right of its x, or to the left where it would leave the plot.
 */
export function placeLabels<T extends Label>(
  labels: readonly T[],
  rows: number,
): { placed: Placed<T>[]; leftOut: number } {
  const taken: (readonly [number, number])[][] = Array.from({ length: rows }, () => []);
  const placed: Placed<T>[] = [];
  for (const label of labels.toSorted((a, b) => a.rank - b.rank || a.x - b.x)) {
    const side = label.x + label.width > right ? 'left' : 'right';
    const from = side === 'right' ? label.x - 6 : label.x - label.width;
    const to = side === 'right' ? label.x + label.width : label.x + 6;
    const row = taken.findIndex((spans) => spans.every(([a, b]) => to + 4 < a || from - 4 > b));
    if (row < 0) continue;
    taken[row]!.push([from, to]);
    placed.push({ label, row, side });
  }
  return { placed, leftOut: labels.length - placed.length };
}
