import { expect, test } from 'vitest';
import { hashSecret, secretMatches, siteAccount } from './accounts.ts';
import { brokerLimits } from './limits.ts';
import { quietLog } from './quiet-log.ts';
import { noteTakeOver, type TakeOvers } from './take-overs.ts';
import { fullBucket, take } from './token-bucket.ts';

test('A bucket gives two seconds at once, then the rate, and says when it is empty.', () => {
  const bucket = fullBucket(10, 0);
  expect(take(bucket, 10, { cost: 20, atMs: 0 })).toBe(true);
  expect(take(bucket, 10, { cost: 1, atMs: 50 })).toBe(false);
  expect(take(bucket, 10, { cost: 1, atMs: 1000 })).toBe(true);
  expect(take(bucket, 10, { cost: 20, atMs: 1_000_000 })).toBe(true);
  expect(take(bucket, 10, { cost: 1, atMs: 500 }), 'a clock that goes back gives nothing').toBe(false);
});

test('The fourth take-over within a minute is one too many; slower ones never are.', () => {
  const takeOvers: TakeOvers = new Map();
  expect([0, 1, 2, 3].map((n) => noteTakeOver(takeOvers, 'a', n * 1000))).toEqual([false, false, false, true]);
  for (let n = 0; n < 100; n += 1) expect(noteTakeOver(takeOvers, 'b', n * 20_000)).toBe(false);
  expect(takeOvers.get('b')!.length).toBeLessThanOrEqual(4);
});

test('A secret matches only its own account, and nothing matches no account or an unusable hash.', () => {
  const account = siteAccount('hill', hashSecret('s3cret'));
  const secret = Buffer.from('s3cret');
  expect(secretMatches(account, secret)).toBe(true);
  expect(secretMatches(account, Buffer.from('S3cret'))).toBe(false);
  expect(secretMatches(account, undefined)).toBe(false);
  expect(secretMatches(undefined, secret)).toBe(false);
  expect(secretMatches(undefined, Buffer.from('nobody'))).toBe(false);
  expect(secretMatches({ ...account, secretSha256: 'short' }, secret)).toBe(false);
  expect(secretMatches({ ...account, secretSha256: hashSecret('') }, Buffer.alloc(0))).toBe(false);
});

test('Limits have defaults; an unknown or impossible limit is an error.', () => {
  expect(brokerLimits()).toMatchObject({ connectBytesMax: 16_384, packetBytesMax: 1_048_576, stallMs: 3000 });
  expect(brokerLimits({ stallMs: 10 }).stallMs).toBe(10);
  expect(() => brokerLimits({ connectionsMax: -1 })).toThrow();
  expect(() => brokerLimits({ conectionsMax: 1 } as object)).toThrow();
});

test('The same warning is written once in ten seconds and then says how many were left out.', () => {
  let atMs = 0;
  const lines: object[] = [];
  const clock = { nowMs: () => 0, monotonicMs: () => atMs, after: () => () => {} };
  const warn = quietLog({ info() {}, warn: (fields) => void lines.push(fields), error() {} }, clock);
  for (; atMs < 10_000; atMs += 1000) warn('a', { atMs }, 'text');
  warn('a', { atMs }, 'text');
  warn('b', { atMs }, 'text');
  expect(lines).toEqual([{ atMs: 0 }, { atMs: 10_000, leftOut: 9 }, { atMs: 10_000 }]);
});
