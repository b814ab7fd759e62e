const units: readonly [ms: number, one: string, many: string][] = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'h', 'h'],
  [60_000, 'min', 'min'],
  [1000, 's', 's'],
];

/** A length of time as people write it, in the largest unit that divides it: `10 min`, `90 s`, `250 ms`. */
export function spanText(ms: number): string {
  for (const [unitMs, one, many] of units) {
    const count = ms / unitMs;
    if (Number.isInteger(count) && count > 0) return `${count} ${count === 1 ? one : many}`;
  }
  return `${ms} ms`;
}

/** An instant as people read it, to the second, in UTC. */
export function instantText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** True for an order a person gave; an edge names itself `edge:<site>`. */
export function isPerson(issuer: string): boolean {
  return !issuer.startsWith('edge:');
}
