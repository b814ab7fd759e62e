/** Columns whose share of the largest diagonal element falls below this are not determined by the rows. */
const rankTolerance = 1e-10;

/**
 * The vector that solves `rows · x ≈ right` with the least sum of squares, by Householder reflections (Golub and Van
 * Loan, Matrix Computations §5.3): the normal equations, which square the condition, are never formed. Undefined where
 * the rows do not determine it.
 */
export function leastSquares(rows: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const a = rows.map((row, i) => [...row, right[i]!]);
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || a.length < columns) return undefined;
  const diagonal: number[] = [];
  for (let k = 0; k < columns; k += 1) diagonal.push(reflect(a, k));
  const largest = Math.max(...diagonal.map(Math.abs));
  if (!(largest > 0) || diagonal.some((value) => !(Math.abs(value) > rankTolerance * largest))) return undefined;
  const x = new Array<number>(columns).fill(0);
  for (let k = columns - 1; k >= 0; k -= 1) {
    let sum = a[k]![columns]!;
    for (let j = k + 1; j < columns; j += 1) sum -= a[k]![j]! * x[j]!;
    x[k] = sum / diagonal[k]!;
  }
  return x;
}

/** Turns column `k` into zeros below the diagonal, in place, and gives the diagonal element. */
function reflect(a: number[][], k: number): number {
  let norm = 0;
  for (let i = k; i < a.length; i += 1) norm = Math.hypot(norm, a[i]![k]!);
  if (!(norm > 0)) return 0;
  const alpha = a[k]![k]! > 0 ? -norm : norm;
  const v = a.slice(k).map((row) => row[k]!);
  v[0] = v[0]! - alpha;
  const vv = v.reduce((sum, value) => sum + value * value, 0);
  for (let j = k; j < a[k]!.length; j += 1) {
    const dot = v.reduce((sum, value, i) => sum + value * a[k + i]![j]!, 0);
    for (let i = 0; i < v.length; i += 1) a[k + i]![j] = a[k + i]![j]! - (2 * dot * v[i]!) / vv;
  }
  return alpha;
}
