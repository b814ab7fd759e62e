/** A bucket of tokens that fills by `perSecond` up to `burst`; both in whatever is counted (messages, bytes). */
export type TokenBucket = { tokens: number; atMs: number };

/** Two seconds of the rate may come at once: a gateway that reconnects sends what it had in flight. */
const burstSeconds = 2;

/** A full bucket. */
export function fullBucket(perSecond: number, atMs: number): TokenBucket {
  return { tokens: perSecond * burstSeconds, atMs };
}

/** Refills `bucket` up to `atMs` (monotonic), takes `cost` from it and answers whether there was enough. */
export function take(bucket: TokenBucket, perSecond: number, { cost, atMs }: { cost: number; atMs: number }): boolean {
  const grownBy = (Math.max(0, atMs - bucket.atMs) * perSecond) / 1000;
  bucket.tokens = Math.min(perSecond * burstSeconds, bucket.tokens + grownBy) - cost;
  bucket.atMs = atMs;
  return bucket.tokens >= 0;
}
