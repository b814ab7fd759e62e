import type { Box } from '@tocsin/edge-agent/vision';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportOf, reportText } from './report.ts';
import { atScore, averagePrecision, iou, judge, type Told, type Truth } from './score.ts';

const box = (x: number, y = 0, width = 10, height = 10): Box => ({ x, y, width, height });
const truth = (x: number, more: Partial<Truth> = {}): Truth => ({ frame: 'f', kind: 'person', box: box(x), ...more });
const told = (x: number, score: number, more: Partial<Told> = {}): Told => ({
  ...{ frame: 'f', kind: 'person', box: box(x), score },
  ...more,
});
const ap = (truths: Truth[], list: Told[], overlap = 0.5) =>
  averagePrecision(judge({ truths, told: list, kind: 'person' }, overlap));

test.each([
  ['the same box', box(0), box(0), 1],
  ['half beside', box(0), box(5), 50 / 150],
  ['apart', box(0), box(10), 0],
  ['one inside', box(0), box(2, 2, 5, 5), 0.25],
])('the overlap of %s', (_, a, b, share) => {
  expect(iou(a, b)).toBeCloseTo(share, 12);
});

/**
 * Worked by hand on 101 recalls: with two truths, recalls up to .50 are 51 of them and those up to 1 are the other 50.
 */
describe('average precision by hand', () => {
  test.each<[string, Truth[], Told[], number]>([
    ['everything found, nothing else', [truth(0), truth(50)], [told(0, 0.9), told(50, 0.8)], 1],
    ['nothing found', [truth(0)], [], 0],
    ['only false', [truth(0)], [told(50, 0.9)], 0],
    // One true of two: precision 1 up to recall .5.
    ['half found', [truth(0), truth(50)], [told(0, 0.9)], 51 / 101],
    // True, false, true: precision 1 up to .5, then 2/3.
    [
      'a false one between two true ones',
      [truth(0), truth(50)],
      [told(0, 0.9), told(100, 0.8), told(50, 0.7)],
      (51 + (50 * 2) / 3) / 101,
    ],
    // False first: both recalls are reached with at most 2/3.
    ['a false one before all', [truth(0), truth(50)], [told(100, 0.9), told(0, 0.8), told(50, 0.7)], 2 / 3],
    // The weaker double of a found truth is false: 1 up to .5 and nothing beyond.
    ['a double', [truth(0), truth(50)], [told(0, 0.9), told(1, 0.8)], 51 / 101],
    // 4 truths; true, true, false, true: 1 to .5 (51), then 3/4 to .75 (25), nothing beyond.
    [
      'three of four with one false',
      [truth(0), truth(20), truth(40), truth(60)],
      [told(0, 0.9), told(20, 0.8), told(99, 0.7), told(40, 0.6)],
      (51 + 25 * 0.75) / 101,
    ],
  ])('%s', (_, truths, list, expected) => {
    expect(ap(truths, list)).toBeCloseTo(expected, 10);
  });

  test('no truth at all has no precision', () => expect(ap([], [told(0, 1)])).toBeUndefined());
});

describe('matching', () => {
  test('a box must overlap enough, in its own frame and of its own kind', () => {
    const shifted = [told(3, 0.9)];
    // 70 / 130 = .538
    expect([ap([truth(0)], shifted, 0.5), ap([truth(0)], shifted, 0.55)]).toEqual([1, 0]);
    expect(ap([truth(0)], [told(0, 0.9, { frame: 'g' })])).toBe(0);
    expect(ap([truth(0)], [told(0, 0.9, { kind: 'vehicle' })])).toBe(0);
  });

  test('the stronger box takes the truth it overlaps most', () => {
    const judgement = judge({ truths: [truth(0), truth(4)], told: [told(3, 0.9), told(4, 0.8)], kind: 'person' }, 0.3);
    // The strong one takes the nearer truth at 4, the weak one still reaches the other.
    expect(judgement.judged.map(({ isTrue }) => isTrue)).toEqual([true, true]);
  });

  test('what is ignored neither counts as missed nor makes a box false; a crowd takes any number', () => {
    const truths = [truth(0), truth(50, { isIgnored: true }), truth(100, { isCrowd: true, box: box(100, 0, 100, 10) })];
    const list = [told(0, 0.9), told(50, 0.8), told(110, 0.7), told(120, 0.6), told(300, 0.5)];
    const { judged, truths: count } = judge({ truths, told: list, kind: 'person' }, 0.5);
    expect([count, judged.map(({ isTrue }) => isTrue)]).toEqual([1, [true, false]]);
  });

  test('outside of a range truths are ignored and unmatched boxes left out', () => {
    const inRange = ({ width }: Box) => width >= 20;
    const truths = [truth(0), truth(50, { box: box(50, 0, 30, 10) })];
    const list = [told(0, 0.9), told(200, 0.8), told(50, 0.7, { box: box(50, 0, 30, 10) })];
    const { judged, truths: count } = judge({ truths, told: list, kind: 'person' }, 0.5, inRange);
    expect([count, judged]).toEqual([1, [{ score: 0.7, isTrue: true }]]);
  });

  test('recall and precision count from a score', () => {
    const judgement = judge(
      { truths: [truth(0), truth(50)], told: [told(0, 0.9), told(99, 0.8), told(50, 0.3)], kind: 'person' },
      0.5,
    );
    expect(atScore(judgement, 0.4)).toEqual({ recall: 0.5, precision: 0.5, falseCount: 1 });
    expect(atScore(judgement, 0.95)).toEqual({ recall: 0, precision: undefined, falseCount: 0 });
  });

  test('average precision lies between 0 and 1 and falls when a stronger false box is added', () => {
    const list = fc.array(fc.tuple(fc.nat(60), fc.double({ min: 0.01, max: 0.99, noNaN: true })), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }), list, (places, boxes) => {
        const truths = places.map((x) => truth(x));
        const many = boxes.map(([x, score]) => told(x, score));
        const before = ap(truths, many)!;
        const after = ap(truths, [...many, told(500, 1)])!;
        expect(before).toBeGreaterThanOrEqual(0);
        expect(before).toBeLessThanOrEqual(1 + 1e-9);
        expect(after).toBeLessThanOrEqual(before + 1e-9);
      }),
    );
  });
});

test('a report has a row per kind that is labelled, sizes in the network’s input, and names what it cannot judge', () => {
  const tall = { x: 100, y: 0, width: 40, height: 100 };
  const low = { x: 0, y: 0, width: 20, height: 40 };
  const report = reportOf({
    frames: ['f', 'g'],
    truths: [truth(0, { box: tall }), truth(0, { box: low })],
    told: [told(0, 0.9, { box: tall }), told(0, 0.6, { kind: 'vehicle' }), told(300, 0.5)],
    // 40 px become 20 px in the input.
    ...{ scaleOf: () => 0.5, score: 0.4 },
  });
  expect(report.kinds).toMatchObject([
    { kind: 'person', truths: 2, recall: 0.5, precision: 0.5, ap50: expect.closeTo(51 / 101, 10), falsePerFrame: 0.5 },
  ]);
  expect(report.unjudged).toEqual(['vehicle']);
  expect(report.sizes.map(({ size, truths, recall }) => [size, truths, recall])).toEqual([
    ['small, under 32² px', 1, 0],
    ['medium, under 96² px', 1, 1],
    ['large', 0, undefined],
    ['under 25 px tall in the input', 1, 0],
    ['25 px or more', 1, 1],
  ]);
  const text = reportText(report);
  expect(text).toContain('No vehicle is labelled');
  // Nothing is large, so no row says so.
  expect(text).not.toContain('large');
});

test('a report says what other scores would find and what they would cost', () => {
  const report = reportOf({
    frames: ['f', 'g'],
    truths: [truth(0), truth(200)],
    told: [told(0, 0.55), told(200, 0.25), told(400, 0.35)],
    ...{ scaleOf: () => 1, score: 0.4 },
  });
  const rows = report.scores.map(({ score, recall, precision, falsePerFrame }) => [
    score,
    recall,
    precision,
    falsePerFrame,
  ]);
  expect(rows).toEqual([
    [0.15, 1, 2 / 3, 0.5],
    [0.2, 1, 2 / 3, 0.5],
    [0.3, 0.5, 0.5, 0.5],
    [0.4, 0.5, 1, 0],
    [0.5, 0.5, 1, 0],
    [0.6, 0, undefined, 0],
  ]);
  expect(reportText(report)).toMatch(/person +0\.20 +1\.000 +0\.667 +0\.50\n/);
});
