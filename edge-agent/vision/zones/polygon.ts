import type { Point } from '../ground/ground.ts';

/** Corners of a zone at most. */
export const cornersMax = 64;
/** Two corners this close are one. */
const sameM = 0.01;

/** Twice the signed area of the triangle a b c; positive where it turns left. */
const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function isBetween(a: Point, b: Point, p: Point): boolean {
  return (
    Math.min(a[0], b[0]) <= p[0] &&
    p[0] <= Math.max(a[0], b[0]) &&
    Math.min(a[1], b[1]) <= p[1] &&
    p[1] <= Math.max(a[1], b[1])
  );
}

/** True where two stretches have a point in common. */
function meet([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (Math.sign(abc) * Math.sign(abd) < 0 && Math.sign(cda) * Math.sign(cdb) < 0) return true;
  return (
    (abc === 0 && isBetween(a, b, c)) ||
    (abd === 0 && isBetween(a, b, d)) ||
    (cda === 0 && isBetween(c, d, a)) ||
    (cdb === 0 && isBetween(c, d, b))
  );
}

/** The stretches of a polygon, the last one back to the first corner. */
export function edgesOf(polygon: readonly Point[]): [Point, Point][] {
  return polygon.map((corner, i) => [corner, polygon[(i + 1) % polygon.length]!]);
}

/** Area in square metres. */
export function areaOf(polygon: readonly Point[]): number {
  const [first] = polygon;
  if (first === undefined) return 0;
  return Math.abs(edgesOf(polygon).reduce((sum, [a, b]) => sum + turn(first, a, b), 0)) / 2;
}

/** What is wrong with a polygon, in words; undefined if nothing is. */
export function polygonRefusal(polygon: readonly Point[]): string | undefined {
  if (polygon.length < 3) return `${polygon.length} corners are given, at least 3 are needed.`;
  if (polygon.length > cornersMax) return `${polygon.length} corners are given, at most ${cornersMax} are taken.`;
  for (const [i, corner] of polygon.entries())
    if (!corner.every(Number.isFinite)) return `Corner ${i + 1} is not a place.`;
  const edges = edgesOf(polygon);
  for (const [i, [a, b]] of edges.entries()) {
    const next = ((i + 1) % edges.length) + 1;
    if (Math.hypot(b[0] - a[0], b[1] - a[1]) < sameM) return `Corners ${i + 1} and ${next} are the same place.`;
  }
  for (let i = 0; i < edges.length; i += 1) {
    for (let j = i + 1; j < edges.length; j += 1) {
      const isNext = j === i + 1 || (i === 0 && j === edges.length - 1);
      if (!isNext && meet(edges[i]!, edges[j]!)) return `Edges ${i + 1} and ${j + 1} cross each other.`;
      // Neighbours share a corner; they must not run back over each other.
      const [middle, far] = i === 0 && j === edges.length - 1 ? [edges[i]!, edges[j]![0]] : [edges[i]!, edges[j]![1]];
      if (isNext && edges.length > 3 && turn(...middle, far) === 0 && isBetween(...middle, far))
        return `Edges ${i + 1} and ${j + 1} cross each other.`;
    }
  }
  return areaOf(polygon) < sameM ? 'The corners enclose nothing.' : undefined;
}

/** Distance of a point from the border of a polygon, in metres. */
export function borderM(polygon: readonly Point[], [x, y]: Point): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const [a, b] of edgesOf(polygon)) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const share = Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)));
    nearest = Math.min(nearest, Math.hypot(x - a[0] - share * dx, y - a[1] - share * dy));
  }
  return nearest;
}

/**
 * True for a point inside a polygon. A point on an edge is inside if the inner side lies towards larger y (of a level
 * edge) or larger x, so that of two zones that share an edge exactly one has it.
 */
export function isInside(polygon: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (const [a, b] of edgesOf(polygon)) {
    if (a[1] > y === b[1] > y) continue;
    // Always from the lower end, so that both zones at an edge reckon the same number.
    const [low, high] = a[1] < b[1] ? [a, b] : [b, a];
    if (x < low[0] + ((y - low[1]) * (high[0] - low[0])) / (high[1] - low[1])) inside = !inside;
  }
  return inside;
}
