import type { Detection, Seen } from '@tocsin/edge-agent/vision';
import { expect, test } from 'vitest';
import { atRate, repeated } from './clip-frames.ts';
import { countByHand, crowdsOf, holdTracks } from './clip-judge.ts';
import { drawClip } from './clip-plot.ts';
import { type Path, type Run, runChain, switchesOf } from './clip-run.ts';
import type { HandTruth } from './clip-truth.ts';

const cells = 64 * 36;
const grid = (atMs: number) => ({
  ...{ columns: 64, rows: 36, sharpness: 400, noise: 1.5 },
  y: Uint8Array.from({ length: cells }, (_, i) => 60 + ((i * 37) % 97) + ((i * 7 + atMs / 10) % 3)),
  cb: new Uint8Array(cells).fill(128),
  cr: new Uint8Array(cells).fill(128),
});
const picture = { width: 640, height: 360 };
const person = (x: number): Detection => ({ kind: 'person', score: 0.8, box: { x, y: 100, width: 30, height: 80 } });
const seen = (number: number, capturedAtMs: number, detections: Detection[]): Seen => ({
  ...{ number, capturedAtMs, picture, detections, grid: grid(capturedAtMs) },
  timesMs: { decode: 1, infer: 1, post: 1 },
});
/** Two seconds of somebody who walks, 12.5 pictures a second. */
const walk = Array.from({ length: 25 }, (_, i) => seen(i, 1_000 + i * 80, [person(100 + 4 * i)]));
const walkTruth: HandTruth = {
  every: 12,
  boxes: Object.fromEntries([0, 12, 24].map((n) => [n, [{ who: 'walker', ...person(100 + 4 * n) }]])),
};

test.each([
  [12.5, 25],
  [10, 20],
  [5, 10],
])('at %d pictures a second %d of 25 are left', (rate, left) => {
  const fewer = atRate(walk, rate);
  expect(Math.abs(fewer.length - left)).toBeLessThanOrEqual(1);
  expect(fewer[0]).toBe(walk[0]);
});

test('a repeated clip goes on at its own pace, without a pause or a repeated instant', () => {
  const times = repeated(walk, 10_000).map(({ capturedAtMs }) => capturedAtMs);
  expect(times.length).toBe(125);
  expect(new Set(times.slice(1).map((time, i) => time - times[i]!))).toEqual(new Set([80]));
});

test('one walk is one track over every box drawn by eye, and a plot without anything else', () => {
  const run = runChain(walk, { model: 'any', fps: 12.5 });
  expect(run).toMatchObject({ begun: 1, troubles: [], paths: [{ kind: 'person', hasMoved: true }] });
  // A track is told from its third sighting on.
  expect(holdTracks(walk, run, walkTruth)).toMatchObject({ covered: 2, visible: 3, switches: 0, onNothing: [] });
  expect(countByHand(walk, walkTruth)).toEqual([{ kind: 'person', visible: 3, found: 3, wrong: 0 }]);
  expect(crowdsOf(walk)[0]).toEqual({ kind: 'person', median: 1, most: 1, none: 0 });
  const plot = {
    title: 'A <walk>',
    seen: walk,
    run,
    moment: 12,
    byHand: walkTruth.boxes[12]!,
    lines: ['One.'],
    credit: '',
  };
  const svg = drawClip(plot);
  expect(svg).toContain('A &lt;walk&gt;');
  expect(svg.match(/<path /g)).toHaveLength(1);
  expect(svg).not.toMatch(/<image|NaN|undefined/);
});

test('a box where nobody is counts as false, and a track there lies on nothing', () => {
  const ghost = walk.map((one) => ({ ...one, detections: [...one.detections!, person(500)] }));
  expect(countByHand(ghost, walkTruth)).toEqual([{ kind: 'person', visible: 3, found: 3, wrong: 3 }]);
  const { onNothing } = holdTracks(ghost, runChain(ghost, { model: 'any', fps: 12.5 }), walkTruth);
  expect(onNothing).toMatchObject([{ hasMoved: false }]);
});

test('a second id over the same person is a switch', () => {
  const follow = (id: number, at: number) => [
    { id, kind: 'person', box: person(100 + 4 * at).box, score: 1, isSeen: true },
  ];
  const run = { followed: walk.map(({ number }) => follow(number < 18 ? 1 : 2, number)), paths: [] } as unknown as Run;
  expect(holdTracks(walk, run, walkTruth)).toMatchObject({ covered: 3, switches: 1 });
});

const path = (id: number, firstAtMs: number, seenAtMs: number, [from, to]: [number, number]): Path => ({
  ...{ id, kind: 'person', firstAtMs, seenAtMs, hasMoved: true, height: 80 },
  feet: [from, to].map((xPx) => ({ atMs: 0, xPx, yPx: 200 })),
});
test.each([
  ['near by and soon', 1, path(2, 2_500, 4_000, [110, 200])],
  ['far away', 0, path(2, 2_500, 4_000, [300, 400])],
  ['much later', 0, path(2, 9_000, 9_900, [110, 200])],
  ['before the end of the first', 0, path(2, 1_500, 4_000, [110, 200])],
])('a track that begins %s is taken for %i switches', (_, switches, next) => {
  expect(switchesOf([path(1, 0, 2_000, [20, 100]), next])).toBe(switches);
});
