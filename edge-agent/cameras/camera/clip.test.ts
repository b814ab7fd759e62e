import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClipEvent, type ClipState, emptyClip, type Keep, stepClip } from './clip.ts';

const config = { beforeMs: 3_000, afterMs: 3_000, pictures: 5 };
const alert = (takenAtMs: number, occurrence = 1): Extract<ClipEvent, { kind: 'alert' }> => ({
  kind: 'alert',
  alert: 'street/slow/cam',
  occurrence,
  takenAtMs,
});
const picture = (capturedAtMs: number, bytes = 10): Extract<ClipEvent, { kind: 'picture' }> => ({
  kind: 'picture',
  frame: { jpeg: new Uint8Array(bytes), capturedAtMs },
  picture: { width: 640, height: 360 },
  boxes: [],
});

function play(events: readonly ClipEvent[], start = emptyClip) {
  let state: ClipState = start;
  const kept: Keep[] = [];
  for (const event of events) {
    const stepped = stepClip(state, event, config);
    state = stepped.state;
    kept.push(...stepped.keep);
  }
  return { state, kept };
}
const every = (fromMs: number, toMs: number, stepMs = 100) =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => picture(fromMs + i * stepMs));
const told = (kept: readonly Keep[]) => kept.map(({ role, still }) => [role, still.capturedAtMs]);

test('an alert gets pictures from before it, of its instant and after it', () => {
  const { kept } = play([...every(0, 10_000), alert(10_000), ...every(10_100, 20_000)]);
  const [first, second, at, ...after] = told(kept);
  expect(first![1]).toBeGreaterThanOrEqual(6_800);
  expect(first![1]).toBeLessThanOrEqual(7_000);
  expect(second![1]).toBeLessThanOrEqual(8_500);
  expect(at).toEqual(['at', 10_000]);
  expect(after).toEqual([
    ['after', 11_500],
    ['after', 13_000],
  ]);
});

test('an alert that is decided late still shows the picture it was decided on', () => {
  const { kept } = play([...every(0, 10_300), alert(10_000)]);
  const [, at] = told(kept)
    .filter(([role]) => role === 'at' || role === 'before')
    .slice(-2);
  expect(at![0]).toBe('at');
  expect(Math.abs(Number(at![1]) - 10_000)).toBeLessThanOrEqual(250);
});

test('the same occurrence told twice gets its pictures once, the next occurrence gets its own', () => {
  const once = play([...every(0, 5_000), alert(5_000), alert(5_000)]);
  expect(once.kept.filter(({ role }) => role === 'at')).toHaveLength(1);
  expect(play([alert(5_000, 2)], once.state).kept.some(({ occurrence }) => occurrence === 2)).toBe(true);
});

test('an alert without any picture waits for those that follow', () => {
  const { kept } = play([alert(1_000), ...every(1_200, 6_000)]);
  expect(kept.map(({ role }) => role)).toEqual(['after', 'after']);
});

test('a camera that died long ago has nothing to say about an alert', () => {
  expect(told(play([...every(0, 5_000), alert(60_000)]).kept)).toEqual([]);
});

test('a clock that is set back lets no picture of before stand for the alert', () => {
  const { kept } = play([
    ...every(100_000, 105_000),
    ...every(20_000, 25_000),
    alert(25_000),
    ...every(25_100, 30_000),
  ]);
  expect(told(kept).map(([role]) => role)).toEqual(['before', 'before', 'at', 'after', 'after']);
  expect(told(kept).every(([, atMs]) => Number(atMs) < 40_000)).toBe(true);
});

test('whatever comes in whatever order, memory stays bounded and nothing is kept that was never shown', () => {
  const event = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 3_000_000 }))
      .map(([t, n]) => picture(t, n)),
    fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 200 })).map(([t, n]) => alert(t, n)),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 150 }), (events) => {
      const { state, kept } = play(events);
      expect(state.stills.length).toBeLessThanOrEqual(49);
      const bytes = state.stills.reduce((sum, { jpeg }) => sum + jpeg.byteLength, 0);
      expect(bytes).toBeLessThanOrEqual(16_777_216);
      expect(state.due.length).toBeLessThanOrEqual(64);
      const shown = new Set<Uint8Array>(events.flatMap((one) => (one.kind === 'picture' ? [one.frame.jpeg] : [])));
      for (const { still } of kept) expect(shown.has(still.jpeg)).toBe(true);
    }),
  );
});
