import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../edge-agent/vision/manifest/parse.ts';
import type { Manifest } from '../edge-agent/vision/manifest/schema.ts';
import { readOnnx } from '../edge-agent/vision/onnx/read.ts';
import type { Detection } from '../edge-agent/vision/types.ts';
import { decode, overlap, run } from './build/compare.ts';
import { type Golden, largest, sampleOf } from './build/golden.ts';
import { letterboxed } from './build/pictures.ts';
import { oneThread } from './build/quantise/calibrate.ts';
import type { Outputs } from './build/reference.ts';

/** The committed files are what their manifests say, and see in one committed picture what TensorFlow.js sees there. */
const folder = import.meta.dirname;
const reference = 'nanodet-g-384x640';
const names = [reference, 'nanodet-g-384x640-int8', 'nanodet-g-256x416-int8'];

function manifestOf(name: string): Manifest {
  const parsed = parseManifest(readFileSync(join(folder, `${name}.json`), 'utf8'));
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  return parsed.manifest;
}

describe('committed models', () => {
  test('every model has a manifest and every manifest a model', () => {
    const files = readdirSync(folder);
    const stems = (suffix: string) =>
      files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
    expect(stems('.onnx').sort()).toEqual([...names].sort());
    expect(stems('.json').sort()).toEqual([...names].sort());
  });

  test('the licence of the weights lies beside them, and the notice says what was changed', () => {
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('Apache License');
    const notice = readFileSync(join(folder, 'NOTICE'), 'utf8');
    expect(notice).toContain('RangiLyu');
    expect(notice).toMatch(/converted .* quantised/);
    for (const name of names) expect(notice).toContain(`${name}.onnx`);
  });

  test.each(names)(
    '%s is the file its manifest names, complete in itself, with the inputs and outputs it names',
    (name) => {
      const { file, sha256, licence, input, output } = manifestOf(name);
      const bytes = readFileSync(join(folder, file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect(licence).toBe('Apache-2.0');
      const model = readOnnx(bytes);
      if (typeof model === 'string') throw new Error(model);
      expect(model.externals).toEqual([]);
      expect(model.opsets).toEqual(new Map([['', 13]]));
      expect(model.inputs).toEqual([{ name: 'image', type: 'uint8', dims: [1, input.height, input.width, 3] }]);
      const cells = (stride: number) => (input.height / stride) * (input.width / stride);
      const heads = output.kind === 'nanodet-dfl' ? output.heads : [];
      const expected = heads.flatMap((head) =>
        'stride' in head
          ? [
              { name: head.scores, type: 'float32', dims: [1, cells(head.stride), 80] },
              { name: head.boxes, type: 'float32', dims: [1, cells(head.stride), 44] },
            ]
          : [],
      );
      expect(expected).toHaveLength(6);
      expect(new Set(model.outputs)).toEqual(new Set(expected));
    },
  );

  test('the 8-bit files stay small', () => {
    for (const name of names.slice(1))
      expect(readFileSync(join(folder, `${name}.onnx`)).length).toBeLessThan(4_100_000);
  });
});

type Look = { golden: Golden; outputs: Outputs; found: Detection[] };

/** Looks at the golden picture with one model. */
async function look(name: string, goldenName: string): Promise<Look> {
  const golden = JSON.parse(readFileSync(join(folder, `golden/${goldenName}.json`), 'utf8')) as Golden;
  const manifest = manifestOf(name);
  const session = await InferenceSession.create(join(folder, manifest.file), oneThread);
  const rgb = await letterboxed(readFileSync(join(folder, golden.picture)), manifest.input);
  const outputs = await run(session, manifest.input, rgb);
  await session.release();
  return { golden, outputs, found: decode(manifest, outputs) };
}

/** The best partner of a detection, of the same kind. */
function partner(one: Detection, others: readonly Detection[]) {
  return others
    .filter(({ kind }) => kind === one.kind)
    .map((other) => ({ iou: overlap(one.box, other.box), scoreError: Math.abs(one.score - other.score) }))
    .sort((a, b) => b.iou - a.iou)[0];
}

describe('the reference, of a picture that TensorFlow.js has seen', () => {
  let seen: Look;
  beforeAll(async () => {
    seen = await look(reference, reference);
  });

  test('makes the same of it in every tensor, to 1e-4 of its largest magnitude', () => {
    const { golden, outputs } = seen;
    expect(Object.keys(golden.tensors)).toHaveLength(6);
    for (const [name, { length, max }] of Object.entries(golden.tensors)) {
      const values = outputs[name]!;
      const sample = sampleOf(golden, name);
      expect(values.length, name).toBe(length);
      expect(sample.length, name).toBeGreaterThan(100);
      const worst = sample.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i * golden.step]!)), 0);
      expect(worst / max, name).toBeLessThanOrEqual(1e-4);
      expect(Math.abs(largest(values) - max) / max, name).toBeLessThanOrEqual(1e-4);
    }
  });

  test('finds the same people and vehicles', () => {
    const { golden, found } = seen;
    expect(golden.detections.length).toBeGreaterThan(5);
    expect(found).toHaveLength(golden.detections.length);
    for (const one of golden.detections) {
      const match = partner(one, found);
      expect(match?.iou).toBeGreaterThan(0.99);
      expect(match?.scoreError).toBeLessThan(0.001);
    }
  });
});

describe.each([
  ['nanodet-g-384x640-int8', 'nanodet-g-384x640'],
  ['nanodet-g-256x416-int8', 'nanodet-g-256x416'],
])('%s, of a picture that TensorFlow.js has seen', (name, goldenName) => {
  let seen: Look;
  beforeAll(async () => {
    seen = await look(name, goldenName);
  });

  test('gives finite scores between 0 and 1', () => {
    const scores = Object.entries(seen.outputs).filter(([tensor]) => tensor.startsWith('scores'));
    expect(scores).toHaveLength(3);
    for (const [tensor, values] of scores) {
      expect(
        values.every((score) => score >= 0 && score <= 1),
        tensor,
      ).toBe(true);
    }
  });

  // Other processors round otherwise: golden frames hold to IoU 0.8 and 0.05 of a score.
  test('finds the same people and vehicles of score 0.4 and more, and no others', () => {
    const { golden, found } = seen;
    const wanted = golden.detections.filter(({ score }) => score >= 0.4);
    expect(wanted.filter(({ kind }) => kind === 'person').length).toBeGreaterThanOrEqual(4);
    for (const one of wanted) {
      const match = partner(one, found);
      expect(match?.iou).toBeGreaterThanOrEqual(0.8);
      expect(match?.scoreError).toBeLessThanOrEqual(0.05);
    }
    for (const one of found.filter(({ score }) => score >= 0.45)) {
      expect(partner(one, golden.detections)?.iou).toBeGreaterThanOrEqual(0.8);
    }
  });
});
