import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outputsFrom } from '../check/tiny-models.ts';
import type { Manifest } from '../manifest/schema.ts';
import { detectionsOf, likelihoodsOf } from './finish.ts';
import { fitPicture, toPicture } from './fit.ts';
import { overlap, suppress } from './nms.ts';
import { planOf } from './plan.ts';
import type { RawDetection } from './types.ts';

const classes = ['person', 'bicycle', 'car', 'truck', 'motorcycle', 'dog'];
const index = (name: string) => classes.indexOf(name);
const manifest = (post: Partial<Manifest['post']> = {}): Manifest => ({
  ...{ name: 'm', file: 'm.onnx', sha256: '', licence: '', source: '', operators: [], classes },
  map: { person: 'person', bicycle: 'bicycle', car: 'vehicle', truck: 'vehicle', motorcycle: 'vehicle' },
  input: {
    ...{ name: 'image', dtype: 'u8', layout: 'nhwc', width: 640, height: 384, colour: 'rgb', scale: 1 },
    ...{ mean: [0, 0, 0], std: [1, 1, 1], fit: 'letterbox', align: 'centre', pad: 114 },
  },
  output: {
    ...{ kind: 'end2end', name: 'out', columns: ['x1', 'y1', 'x2', 'y2', 'score', 'class'], coordinates: 'px' },
  },
  post: {
    ...{ scoreMin: 0.15, nms: 0.5, agnostic: [['car', 'truck']], agnosticNms: 0.55, detectionsMax: 100, ...post },
  },
});
const hd = { width: 1280, height: 720 };

/** Runs rows of [x1, y1, x2, y2, score, class] through everything after decoding. */
function found(rows: [number, number, number, number, number, string][], post: Partial<Manifest['post']> = {}) {
  const values = rows.flatMap(([x1, y1, x2, y2, score, name]) => [x1, y1, x2, y2, score, index(name)]);
  const plan = planOf(manifest(post));
  const fit = fitPicture(hd, manifest().input);
  const decoded = detectionsOf(outputsFrom([{ name: 'out', dims: [rows.length, 6], values }]), plan, fit);
  return decoded.ok
    ? decoded.value.map(({ kind, score, box }) => [
        kind,
        Number(score.toFixed(2)),
        Math.round(box.x),
        Math.round(box.y),
      ])
    : decoded.why;
}

describe('from the input of the model to the picture', () => {
  test('bars of the letterbox are taken off and the scale undone', () => {
    // 1280 × 720 lies as 640 × 360 at y = 12.
    expect(found([[100, 112, 150, 212, 0.9, 'person']])).toEqual([['person', 0.9, 200, 200]]);
  });

  test('a box is cut at the edges of the picture, and one outside of it is none', () => {
    const rows: Parameters<typeof found>[0] = [
      [-20, 0, 20, 100, 0.9, 'person'],
      [300, 0, 340, 11, 0.8, 'person'],
    ];
    expect(found(rows)).toEqual([['person', 0.9, 0, 0]]);
  });

  test('a picture laid into any input and back is where it was', () => {
    const side = fc.integer({ min: 16, max: 2048 });
    fc.assert(
      fc.property(
        fc.record({ width: side, height: side }),
        fc.record({ width: side, height: side }),
        fc.constantFrom('letterbox' as const, 'stretch' as const),
        fc.constantFrom('centre' as const, 'top-left' as const),
        (picture, input, fit, align) => {
          const laid = fitPicture(picture, { ...input, fit, align });
          const { x, y, width, height } = laid.content;
          expect(x + width).toBeLessThanOrEqual(input.width);
          expect(y + height).toBeLessThanOrEqual(input.height);
          const whole = toPicture({ x1: x, y1: y, x2: x + width, y2: y + height }, laid)!;
          expect(whole).toEqual({
            ...{ x: 0, y: 0 },
            ...{ width: expect.closeTo(picture.width, 6), height: expect.closeTo(picture.height, 6) },
          });
        },
      ),
    );
  });
});

describe('what is told of many boxes', () => {
  test('doubles of one class go, people who overlap less stay', () => {
    const rows: Parameters<typeof found>[0] = [
      [100, 100, 150, 200, 0.6, 'person'],
      [102, 100, 152, 200, 0.9, 'person'],
      [130, 100, 180, 200, 0.5, 'person'],
    ];
    expect(found(rows).length).toBe(2);
  });

  test('a car that is a truck as well is one vehicle', () => {
    const rows: Parameters<typeof found>[0] = [
      [100, 100, 300, 200, 0.5, 'truck'],
      [100, 100, 300, 195, 0.7, 'car'],
    ];
    expect(found(rows)).toEqual([['vehicle', 0.7, 200, 176]]);
  });

  test('nothing goes when nms is 1, as for models that suppress doubles themselves', () => {
    const row: [number, number, number, number, number, string] = [100, 100, 150, 200, 0.6, 'person'];
    expect(found([row, row], { nms: 1 })).toHaveLength(2);
  });

  test('classes that are mapped to nothing are not told', () => {
    expect(found([[100, 100, 150, 200, 0.9, 'dog']])).toEqual([]);
  });

  test('at most so many are told, the strongest first', () => {
    const rows: Parameters<typeof found>[0] = [0.3, 0.9, 0.5].map((score, i) => [
      i * 100,
      20,
      i * 100 + 50,
      90,
      score,
      'person',
    ]);
    expect(found(rows, { detectionsMax: 2 })).toEqual([
      ['person', 0.9, 200, 16],
      ['person', 0.5, 400, 16],
    ]);
  });
});

describe('two-wheelers and people', () => {
  const person: [number, number, number, number, number, string] = [100, 100, 140, 200, 0.8, 'person'];
  test.each([
    ['a bicycle below its rider', [95, 150, 145, 220, 0.7, 'bicycle'], false],
    ['a weak motorcycle seen in a wheelchair', [100, 120, 140, 200, 0.2, 'motorcycle'], false],
    ['a bicycle beside a person', [145, 150, 200, 210, 0.7, 'bicycle'], true],
    ['a motorcycle far more certain than the person', [100, 120, 140, 200, 1, 'motorcycle'], true],
  ] as const)('%s', (_, row, isTold) => {
    const weak = row[4] === 1 ? ([100, 100, 140, 200, 0.3, 'person'] as typeof person) : person;
    const kinds = (found([weak, [...row]]) as unknown[][]).map(([kind]) => kind);
    expect(kinds.some((kind) => kind !== 'person')).toBe(isTold);
    expect(kinds).toContain('person');
  });

  test('a car behind a person stays', () => {
    expect(found([person, [90, 90, 150, 210, 0.6, 'car']])).toHaveLength(2);
  });
});

describe('suppression', () => {
  const box = fc.record({
    class: fc.nat(2),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    x: fc.nat(60),
    y: fc.nat(60),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
  });
  const rivalry = { groupOf: (of: number) => Math.min(of, 1), limitOf: (group: number) => (group === 0 ? 0.5 : 0.3) };
  const boxes = fc.array(box, { maxLength: 40 }).map((list) =>
    list
      .map(
        ({ x, y, width, height, ...rest }): RawDetection => ({
          ...rest,
          x1: x,
          y1: y,
          x2: x + width,
          y2: y + height,
        }),
      )
      .sort((a, b) => b.score - a.score),
  );

  test('no two kept boxes of a group overlap too much, every other is beaten by a stronger one, and twice changes nothing', () => {
    fc.assert(
      fc.property(boxes, (sorted) => {
        const kept = suppress(sorted, rivalry, 100);
        const rivals = (a: RawDetection, b: RawDetection) =>
          rivalry.groupOf(a.class) === rivalry.groupOf(b.class) &&
          overlap(a, b) >= rivalry.limitOf(rivalry.groupOf(a.class));
        kept.forEach((a, i) => {
          for (const b of kept.slice(i + 1)) expect(rivals(a, b)).toBe(false);
        });
        for (const gone of sorted.filter((one) => !kept.includes(one))) {
          expect(kept.some((one) => one.score >= gone.score && rivals(one, gone))).toBe(true);
        }
        expect(suppress(kept, rivalry, 100)).toEqual(kept);
      }),
    );
  });

  test('boxes without area overlap nothing', () => {
    expect(overlap({ x1: 1, y1: 1, x2: 1, y2: 5 }, { x1: 0, y1: 0, x2: 9, y2: 9 })).toBe(0);
    expect(overlap({ x1: 5, y1: 5, x2: 1, y2: 1 }, { x1: 5, y1: 5, x2: 1, y2: 1 })).toBe(0);
  });
});

describe('a classifier', () => {
  const plan = (exclusive: boolean) =>
    planOf({
      ...manifest(),
      classes: ['open fire', 'burning car', 'smoke', 'normal'],
      map: { 'open fire': 'flame', 'burning car': 'flame', smoke: 'smoke' },
      output: { kind: 'classifier', name: 'out', activation: 'none', exclusive },
    });
  const outputs = outputsFrom([{ name: 'out', dims: [1, 4], values: [0.3, 0.25, 0.05, 0.4] }]);

  test('adds classes of one kind when a picture is of one class', () => {
    expect(likelihoodsOf(outputs, plan(true))).toEqual({
      ok: true,
      value: { flame: expect.closeTo(0.55, 6), smoke: expect.closeTo(0.05, 6) },
    });
  });

  test('takes the largest when classes are independent', () => {
    expect(likelihoodsOf(outputs, plan(false))).toMatchObject({ value: { flame: expect.closeTo(0.3, 6) } });
  });

  test('finds no boxes, and a detector gives no likelihoods', () => {
    const fit = fitPicture(hd, manifest().input);
    expect(detectionsOf(outputs, plan(true), fit)).toMatchObject({ ok: false });
    expect(likelihoodsOf(outputs, planOf(manifest()))).toMatchObject({ ok: false });
  });
});
