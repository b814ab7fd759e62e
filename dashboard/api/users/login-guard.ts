import { type Clock, Fault } from '@tocsin/contracts';

/** So many failures are a person's typing errors; from then on each waits. */
const freeFailures = 5;
/** A quiet spell after which failures are forgotten. */
const forgetAfterMs = 15 * 60_000;
const delayFirstMs = 1_000;
const delayMaxMs = 30_000;
/** One address may try several names; it gets more patience than one name at one address. */
const addressFactor = 4;
const entriesMax = 10_000;

type Entry = { failures: number; lastAtMs: number };

export type LoginGuard = {
  /** Throws TOO_MANY_REQUESTS while this name at this address has to wait; else counts the try as failed for now. */
  begin(account: string, address: string): void;
  /** Takes the try back: it failed for another reason than the secret. */
  forgive(account: string, address: string): void;
  /** Takes the try back and remembers the address as one where this name logs in. */
  succeeded(account: string, address: string): void;
  /** Tells how many failures in a row stand behind a failed try. */
  failures(account: string, address: string): number;
};

/**
 * Slows password guessing by name and by address, and never locks: a person who logs in from the usual address
 * waits only for failures from there, whatever strangers do with the name.
 */
export function createLoginGuard(clock: Clock): LoginGuard {
  const entries = new Map<string, Entry>();
  const usual = new Set<string>();
  const keysOf = (account: string, address: string) => {
    const pair = `p ${account} ${address}`;
    return usual.has(pair) ? [pair] : [pair, `n ${account}`, `a ${address}`];
  };
  const entryOf = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry && clock.monotonicMs() - entry.lastAtMs < forgetAfterMs ? entry : undefined;
  };
  const waitMs = (key: string) => {
    const entry = entryOf(key);
    const excess = (entry?.failures ?? 0) - freeFailures * (key.startsWith('a ') ? addressFactor : 1);
    if (!entry || excess < 0) return 0;
    return entry.lastAtMs + Math.min(delayMaxMs, delayFirstMs * 2 ** excess) - clock.monotonicMs();
  };
  const forgive = (keys: readonly string[]) => {
    for (const key of keys) {
      const entry = entries.get(key);
      if (entry && entry.failures > 1) entry.failures -= 1;
      else entries.delete(key);
    }
  };
  return {
    begin(account, address) {
      const keys = keysOf(account, address);
      const wait = Math.max(...keys.map(waitMs));
      if (wait > 0) {
        const remedy = `Try again in ${Math.ceil(wait / 1_000)} s.`;
        throw new Fault('TOO_MANY_REQUESTS', 'There were too many failed tries.', { remedy });
      }
      for (const key of keys) {
        const failures = (entryOf(key)?.failures ?? 0) + 1;
        entries.delete(key);
        entries.set(key, { failures, lastAtMs: clock.monotonicMs() });
      }
      trim(entries);
    },
    forgive: (account, address) => forgive(keysOf(account, address)),
    succeeded(account, address) {
      const pair = `p ${account} ${address}`;
      forgive(keysOf(account, address));
      entries.delete(pair);
      usual.delete(pair);
      usual.add(pair);
      trim(usual);
    },
    failures: (account, address) => Math.max(...keysOf(account, address).map((key) => entryOf(key)?.failures ?? 0)),
  };
}

/** Forgets the oldest beyond the limit: a flood of invented names costs no memory. */
function trim(entries: Map<string, unknown> | Set<string>): void {
  for (const key of entries.keys()) {
    if (entries.size <= entriesMax) return;
    entries.delete(key);
  }
}
