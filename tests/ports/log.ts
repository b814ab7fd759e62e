import type { Lane, Log, NewLogEntry } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryLog } from './memory-log.ts';

/**
 * What every `Log` promises. `open` gives a log with a fresh disk; `reopen` closes it and opens what is on that disk, or is left out by a
 * log that has no disk; `failAfter(n)` makes its n-th write from now fail once.
 */
export type OpenedLog = { log: Log; reopen?(): Log; failAfter(writes: number): void; dispose(): void };

export const entry = (seq: number, more: Partial<NewLogEntry> = {}): NewLogEntry => ({
  site: 'quarry',
  epoch: 'e1',
  lane: 'live',
  seq,
  receivedAtMs: 1_700_000_000_000 + seq,
  body: Uint8Array.of(seq & 255, (seq >> 8) & 255, 7),
  ...more,
});

const outcomes = (log: Log, entries: readonly NewLogEntry[]) => log.append(entries).map(({ outcome }) => outcome);
const seqs = (log: Log, after = 0) => log.read(after, 1_000_000).map(({ seq }) => seq);

/** Runs the suite over one adapter. */
export function logSuite(name: string, open: () => OpenedLog): void {
  const using = (work: (opened: OpenedLog) => void) => () => {
    const opened = open();
    try {
      work(opened);
    } finally {
      opened.dispose();
    }
  };

  test(
    `${name}: batches come back in order of arrival, byte for byte`,
    using(({ log }) => {
      expect(log.end()).toBe(0);
      const given = [entry(1), entry(1, { lane: 'urgent' }), entry(2), entry(1, { site: 'tunnel' })];
      const results = log.append(given);
      expect(results.map(({ outcome }) => outcome)).toEqual(given.map(() => 'stored'));
      const offsets = results.map(({ offset }) => offset!);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(new Set(offsets).size).toBe(4);
      const read = log.read(0, 10);
      expect(read.map(({ offset, body, ...rest }) => ({ ...rest, body: [...body] }))).toEqual(
        given.map(({ body, ...rest }) => ({ ...rest, body: [...body] })),
      );
      expect(read.map(({ offset }) => offset)).toEqual(offsets);
      expect(log.end()).toBe(offsets.at(-1));
      expect(log.read(offsets[1]!, 10).map(({ offset }) => offset)).toEqual(offsets.slice(2));
    }),
  );

  test(
    `${name}: a repeat is a duplicate, other content under a stored number is a conflict, a hole is early`,
    using(({ log }) => {
      expect(log.append([entry(1), entry(2)]).map(({ storedThrough }) => storedThrough)).toEqual([1, 2]);
      const results = log.append([entry(2), entry(1, { body: Uint8Array.of(9) }), entry(4), entry(3), entry(4)]);
      expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'conflict', 'early', 'stored', 'stored']);
      expect(results.map(({ storedThrough }) => storedThrough)).toEqual([2, 2, 2, 3, 4]);
      expect(seqs(log)).toEqual([1, 2, 3, 4]);
    }),
  );

  test(
    `${name}: a batch that lost points is compared by what the site sent`,
    using(({ log }) => {
      const sent = entry(1, { sentChecksum: 42 });
      log.append([sent]);
      expect(outcomes(log, [{ ...sent, body: Uint8Array.of(1, 2, 3, 4) }])).toEqual(['duplicate']);
      expect(outcomes(log, [{ ...sent, sentChecksum: 43 }])).toEqual(['conflict']);
    }),
  );

  test(
    `${name}: sites, epochs and lanes have marks of their own`,
    using(({ log }) => {
      log.append([entry(1), entry(2), entry(1, { epoch: 'e2' }), entry(1, { lane: 'backlog' })]);
      const mark = (site: string, epoch: string, lane: Lane) => log.mark(site, epoch, lane);
      expect([mark('quarry', 'e1', 'live'), mark('quarry', 'e2', 'live'), mark('quarry', 'e1', 'backlog')]).toEqual([
        2, 1, 1,
      ]);
      expect(mark('quarry', 'e1', 'urgent')).toBe(0);
      expect(mark('__proto__', 'constructor', 'live')).toBe(0);
    }),
  );

  test(
    `${name}: reading stops at the number of entries and at about the bytes asked for`,
    using(({ log }) => {
      log.append(Array.from({ length: 20 }, (_, i) => entry(i + 1, { body: new Uint8Array(100) })));
      expect(log.read(0, 7)).toHaveLength(7);
      expect(log.read(0, 100, 250)).toHaveLength(3);
      expect(log.read(0, 100, 1), 'Always at least one, or a reader would never get on.').toHaveLength(1);
    }),
  );

  test(
    `${name}: trimming forgets batches and keeps marks; a repeat of a forgotten batch is a duplicate`,
    using(({ log, reopen }) => {
      const last = log.append([entry(1), entry(2), entry(3)])[1]!.offset!;
      log.trim(last);
      expect(seqs(log)).toEqual([3]);
      const after = reopen?.() ?? log;
      expect(after.mark('quarry', 'e1', 'live')).toBe(3);
      expect(outcomes(after, [entry(1), entry(4)])).toEqual(['duplicate', 'stored']);
      after.trim(after.end());
      const end = after.end();
      expect(after.append([entry(5)])[0]!.offset, 'Offsets are never used twice.').toBeGreaterThan(end);
    }),
  );

  test(
    `${name}: an append is all or nothing, whichever write fails, and succeeds when repeated`,
    using(({ log, failAfter }) => {
      log.append([entry(1)]);
      const group = [entry(2), entry(3), entry(1, { site: 'tunnel' }), entry(4)];
      let failures = 0;
      for (let n = 0; ; n += 1) {
        failAfter(n);
        try {
          expect(outcomes(log, group)).toEqual(['stored', 'stored', 'stored', 'stored']);
          break;
        } catch (error) {
          if ((error as Error).name === 'AssertionError') throw error;
          failures += 1;
          expect(seqs(log), `write ${n}`).toEqual([1]);
          expect(log.mark('quarry', 'e1', 'live'), `write ${n}`).toBe(1);
          expect(log.mark('tunnel', 'e1', 'live'), `write ${n}`).toBe(0);
        }
      }
      expect(failures, 'The test must have failed some writes.').toBeGreaterThan(0);
      expect(seqs(log)).toEqual([1, 2, 3, 1, 4]);
    }),
  );

  test(
    `${name}: everything is there after it was opened again`,
    using(({ log, reopen }) => {
      log.append([entry(1), entry(2), entry(1, { lane: 'urgent' })]);
      const before = log.read(0, 10);
      const after = reopen?.() ?? log;
      expect(after.read(0, 10)).toEqual(before);
      expect(after.end()).toBe(before.at(-1)!.offset);
      expect(outcomes(after, [entry(2), entry(3)])).toEqual(['duplicate', 'stored']);
    }),
  );

  const action = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        entries: fc.array(
          fc.record({
            site: fc.constantFrom('a', 'b'),
            lane: fc.constantFrom<Lane>('live', 'urgent'),
            step: fc.integer({ min: -2, max: 2 }),
            other: fc.boolean(),
          }),
          { maxLength: 6 },
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), part: fc.nat(10) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  );

  test(`${name}: whatever is done to it, it answers like its twin in memory`, () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const opened = open();
        let { log } = opened;
        const twin = openMemoryLog();
        try {
          for (const step of actions) {
            if (step.kind === 'reopen') log = opened.reopen?.() ?? log;
            else if (step.kind === 'trim') {
              const at = Math.floor((twin.read(0, 1_000).length * step.part) / 10);
              const [ours, theirs] = [log.read(0, 1_000), twin.read(0, 1_000)];
              if (at > 0) log.trim(ours[at - 1]!.offset);
              if (at > 0) twin.trim(theirs[at - 1]!.offset);
            } else {
              const marks = new Map<string, number>();
              const entries = step.entries.map(({ site, lane, step: by, other }) => {
                const mark = marks.get(site + lane) ?? twin.mark(site, 'e1', lane);
                const seq = Math.max(1, mark + 1 + (by > 0 ? by - 1 : by));
                if (seq === mark + 1) marks.set(site + lane, seq);
                return entry(seq, { site, lane, ...(other ? { body: Uint8Array.of(99) } : {}) });
              });
              const plain = ({ outcome, storedThrough }: { outcome: string; storedThrough: number }) => ({
                outcome,
                storedThrough,
              });
              expect(log.append(entries).map(plain)).toEqual(twin.append(entries).map(plain));
            }
            const content = (one: Log) =>
              one.read(0, 10_000).map(({ offset, body, ...rest }) => ({ ...rest, body: [...body] }));
            expect(content(log)).toEqual(content(twin));
          }
        } finally {
          opened.dispose();
        }
      }),
      { numRuns: 60 },
    );
  });
}
