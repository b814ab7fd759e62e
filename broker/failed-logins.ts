/**
 * Remembers failed log-ins per account and per address and says how long the next refusal is to be held back. Only
 * refusals wait: the right secret is always answered at once, so that nobody can lock a device out by guessing at its
 * account, while a guesser's own connections fill up and its attempts come ever more slowly.
 */
export type FailedLogins = Map<string, { count: number; atMs: number }>;

/** Wait after the first failure; it doubles with each further one. */
const firstDelayMs = 250;
const delayMsMax = 5_000;
/** A key that did not fail for this long is forgiven. */
const forgetAfterMs = 300_000;
/** Keys remembered; the one that failed longest ago is forgotten first. */
const keysMax = 10_000;

/** Notes a failure under each of `keys` and answers how long to hold the refusal back, in milliseconds. */
export function noteFailure(failures: FailedLogins, keys: readonly string[], atMs: number): number {
  return Math.max(...keys.map((key) => delayMs(noteOne(failures, key, atMs))));
}

function noteOne(failures: FailedLogins, key: string, atMs: number): number {
  const before = failures.get(key);
  const count = before !== undefined && atMs - before.atMs < forgetAfterMs ? before.count + 1 : 1;
  // Deleting first moves the key to the end, which keeps the map in order of the last failure.
  failures.delete(key);
  failures.set(key, { count, atMs });
  if (failures.size > keysMax) failures.delete(failures.keys().next().value!);
  return count;
}

function delayMs(count: number): number {
  return Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(count - 1, 16));
}
