import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOrderTally, type Told } from './order-tally.ts';

const refused = (why: 'altered' | 'unsigned' | 'retained' = 'altered') => ({ why, detail: `It was ${why}.`, atMs: 0 });
const countOf = ({ entries }: Pick<Told, 'entries'>) =>
  entries.reduce((sum, { folded }) => sum + (folded ? Object.values(folded).reduce((a, b) => a + b, 0) : 1), 0);

test('the first refusal is written down and shown at once, with its reason', () => {
  const told = createOrderTally().note(refused(), 5_000);
  expect(told).toEqual({
    entries: [{ why: 'altered', detail: 'It was altered.' }],
    reasons: ['altered: 1. It was altered.'],
  });
});

test('a flood is twenty entries a minute and one that counts the rest by reason', () => {
  const tally = createOrderTally();
  const told = Array.from({ length: 1_000 }, (_, n) => tally.note(refused(n % 4 === 0 ? 'unsigned' : 'altered'), n));
  expect(told.filter(({ entries }) => entries.length > 0)).toHaveLength(20);
  expect(tally.pass(59_999).entries).toEqual([]);
  const { entries, reasons } = tally.pass(60_000);
  expect(entries).toEqual([expect.objectContaining({ folded: { altered: 735, unsigned: 245 } })]);
  expect(reasons).toEqual(['altered: 750. It was altered.', 'unsigned: 250. It was unsigned.']);
});

test('the alert ends after ten quiet minutes, not before', () => {
  const tally = createOrderTally();
  tally.note(refused(), 0);
  expect(tally.pass(599_999).reasons).toHaveLength(1);
  expect(tally.isQuiet()).toBe(false);
  expect(tally.pass(600_000).reasons).toEqual([]);
  expect(tally.isQuiet()).toBe(true);
});

test('however refusals come, each is written down or counted once, and no minute has more than 44 entries', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 90_000 }), burst: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const tally = createOrderTally();
      const made: number[] = [];
      let [atMs, sent, written] = [0, 0, 0];
      const take = (told: Pick<Told, 'entries'>) => {
        written += countOf(told);
        for (const _ of told.entries) made.push(atMs);
      };
      for (const { afterMs, burst } of steps) {
        atMs += afterMs;
        take(tally.pass(atMs));
        for (let n = 0; n < burst; n += 1) take(tally.note(refused(), atMs));
        sent += burst;
      }
      take({ entries: tally.close() });
      expect(written).toBe(sent);
      for (const from of made)
        expect(made.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(44);
    }),
    { numRuns: 200 },
  );
});
