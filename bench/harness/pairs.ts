/**
 * Runs contestants in turn, forwards and backwards by rounds (A B C, C B A, …), so that a drift of the machine hits
 * all alike.
 */
export async function interleaved<Name extends string, Result>(
  contestants: Record<Name, () => Promise<Result>>,
  rounds: number,
  onResult: (name: Name, result: Result, round: number) => void = () => {},
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(contestants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const result = await contestants[name]();
      results[name].push(result);
      onResult(name, result, round);
    }
  }
  return results;
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value at `share` (0 to 1) of the sorted values; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Median over the rounds of `a[i] / b[i]`: each pair saw the same machine. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, at) => value / (b[at] ?? Number.NaN)));
}
