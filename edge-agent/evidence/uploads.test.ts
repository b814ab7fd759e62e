import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noUploads, stepUploads } from './uploads.ts';

test('over any link every picture is sent until it is answered, never two at a time, and never while it may not', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 100, max: 20_000 }),
    add: fc.boolean(),
    online: fc.boolean(),
    free: fc.boolean(),
    answers: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
      let state = noUploads;
      let atMs = 0;
      let names = 0;
      let sentAtMs = Number.NEGATIVE_INFINITY;
      const open = new Set<string>();
      const say = (event: Parameters<typeof stepUploads>[1]) => {
        const stepped = stepUploads(state, event);
        state = stepped.state;
        return stepped.send;
      };
      const tick = (online: boolean, free: boolean, answers: boolean) => {
        const before = state;
        const sent = say({ kind: 'tick', atMs, online, free });
        if (sent === undefined) return;
        expect([online, free, open.has(sent)]).toEqual([true, true, true]);
        // Another one goes only after an answer, on a new link, or when an answer is overdue.
        if (before.online && before.flying !== undefined) expect(atMs - sentAtMs).toBeGreaterThanOrEqual(30_000);
        sentAtMs = atMs;
        if (!answers) return;
        open.delete(sent);
        say({ kind: 'ended', sha256: sent });
      };
      for (const { waitMs, add, online, free, answers } of steps) {
        atMs += waitMs;
        if (add) {
          names += 1;
          open.add(`p${names}`);
          say({ kind: 'added', sha256: `p${names}`, atMs });
        }
        tick(online, free, answers);
      }
      for (let i = 0; i < 4_000 && open.size > 0; i += 1) {
        atMs += 1_000;
        tick(true, true, true);
      }
      expect([open.size, state.waiting.length]).toEqual([0, 0]);
    }),
  );
});

test('a picture that is never answered is sent ever more rarely, every ten minutes in the end', () => {
  let state = stepUploads(noUploads, { kind: 'added', sha256: 'a', atMs: 0 }).state;
  const sentAtMs: number[] = [];
  for (let atMs = 0; atMs < 3 * 3_600_000; atMs += 500) {
    const stepped = stepUploads(state, { kind: 'tick', atMs, online: true, free: true });
    state = stepped.state;
    if (stepped.send !== undefined) sentAtMs.push(atMs);
  }
  const gaps = sentAtMs.slice(1).map((atMs, i) => (atMs - sentAtMs[i]!) / 1_000);
  expect(gaps.slice(0, 7)).toEqual([30, 30, 60, 120, 240, 480, 600]);
  expect(new Set(gaps.slice(7))).toEqual(new Set([600]));
});
