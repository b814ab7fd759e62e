import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { parseManifest } from '../../edge-agent/vision/manifest/parse.ts';
import type { Manifest } from '../../edge-agent/vision/manifest/schema.ts';
import { type GraphToWrite, writeOnnx } from '../../edge-agent/vision/onnx/write.ts';
import { decode, run } from './compare.ts';
import { difference, goldenOf } from './golden.ts';
import { manifestOf } from './manifest.ts';
import { measure } from './measure.ts';
import {
  convertNanodet,
  type InputSize,
  letterboxGrey,
  savedSize,
  storedAsHalf,
  withPictureFolded,
} from './nanodet.ts';
import { letterboxed } from './pictures.ts';
import { calibrate, oneThread } from './quantise/calibrate.ts';
import { quantise, tensorsToQuantise } from './quantise/quantise.ts';
import { installTensorFlow, loadReference } from './reference.ts';
import { cameraPicture, cleanPicture } from './scenes.ts';
import { fetchNanodet } from './source.ts';

/**
 * Rebuilds the files of `models/` from the published weights: fetch, convert, hold against TensorFlow.js, calibrate, quantise,
 * compare, measure. `--size=384x640 --out=FOLDER` builds another input size elsewhere.
 */
const top = resolve(import.meta.dirname, '../..');
const cache = join(top, '.cache/models');
const { values: options } = parseArgs({
  options: { size: { type: 'string' }, out: { type: 'string', default: join(top, 'models') } },
});

type Source = Awaited<ReturnType<typeof fetchNanodet>>;

/** Largest difference from TensorFlow.js, as a share of each tensor's largest magnitude. */
const parityMax = 1e-4;
/** Seeds of the drawn pictures: to calibrate with, and others to compare with. */
const calibrationSeeds = Array.from({ length: 25 }, (_, i) => i);
const comparisonSeeds = Array.from({ length: 25 }, (_, i) => 1_000 + i);
const goldenPicture = 'golden/street.png';
const goldenSeed = 2_018;

function sizes(): { size: InputSize; keepsReference: boolean }[] {
  const wanted = options.size === undefined ? ['384x640', '256x416'] : [options.size];
  return wanted.map((text, i) => {
    const [, height, width] = /^(\d+)x(\d+)$/.exec(text) ?? [];
    if (height === undefined) throw new Error(`--size=${text}: write HEIGHTxWIDTH, such as 384x640.`);
    return { size: { width: Number(width), height: Number(height) }, keepsReference: i === 0 };
  });
}

/** Holds the converted graph against TensorFlow.js on one picture and prints a table. */
async function checkParity(source: Source, size: InputSize, picture: Uint8Array) {
  const wanted = (await loadReference(join(cache, 'tfjs'), source, size))({ ...size, rgb: picture });
  const session = await InferenceSession.create(
    writeOnnx(storedAsHalf(convertNanodet(source.model, source.weights, size))),
    oneThread,
  );
  const found = await run(session, size, picture);
  await session.release();
  const rows = Object.keys(wanted).map((tensor) => {
    const share = difference(wanted[tensor]!, found[tensor]!);
    return {
      size: `${size.height}x${size.width}`,
      tensor,
      values: wanted[tensor]!.length,
      'difference / max': share.toExponential(1),
      share,
    };
  });
  console.table(rows.map(({ share, ...row }) => row));
  const worst = rows.find(({ share }) => !(share <= parityMax));
  if (worst) throw new Error(`${worst.tensor} differs from TensorFlow.js by ${worst.share} of its maximum.`);
  return wanted;
}

async function quantised(graph: GraphToWrite, pictures: readonly Uint8Array[]): Promise<GraphToWrite> {
  const folded = withPictureFolded(graph);
  const picture = { bytes: 'image/nchw', float: 'image/centred', scale: 1, zeroPoint: letterboxGrey };
  const tensors = tensorsToQuantise(folded, picture.float);
  return quantise({ graph: folded, ranges: await calibrate(folded, tensors, pictures), picture });
}

/** Writes a model and its manifest, and gives the manifest as the edge agent reads it. */
function save(name: string, size: InputSize, graph: GraphToWrite, how: string): Manifest {
  const bytes = writeOnnx(storedAsHalf({ ...graph, name }));
  const file = join(options.out, `${name}.json`);
  writeFileSync(join(options.out, `${name}.onnx`), bytes);
  writeJson(file, manifestOf(name, size, bytes, how));
  const parsed = parseManifest(readFileSync(file, 'utf8'));
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  return parsed.manifest;
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  spawnSync(join(top, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'ignore' });
}

async function build(source: Source): Promise<void> {
  const goldenFile = join(options.out, goldenPicture);
  if (!existsSync(goldenFile)) writeFileSync(goldenFile, await cleanPicture(goldenSeed));
  const golden = readFileSync(goldenFile);
  console.error('models: drawing pictures (about a minute)');
  const drawn = new Map<number, Uint8Array>();
  for (const seed of [...calibrationSeeds, ...comparisonSeeds]) drawn.set(seed, await cameraPicture(seed));
  const laid = (seeds: number[], size: InputSize) =>
    Promise.all(seeds.map((seed) => letterboxed(drawn.get(seed)!, size)));
  await checkParity(source, savedSize, await letterboxed(golden, savedSize));
  const rows: object[] = [];
  for (const { size, keepsReference } of sizes()) {
    const picture = await letterboxed(golden, size);
    const outputs = await checkParity(source, size, picture);
    const base = `nanodet-g-${size.height}x${size.width}`;
    const float = convertNanodet(source.model, source.weights, size);
    const light = await quantised(float, await laid(calibrationSeeds, size));
    const int8 = save(`${base}-int8`, size, light, 'Quantised to 8 bits (QDQ) with drawn pictures.');
    const loaded = { float: await load(float), int8: await load(light) };
    if (keepsReference) save(base, size, float, 'Not quantised; weights stored as half floats, which loses nothing.');
    writeJson(join(options.out, `golden/${base}.json`), goldenOf(goldenPicture, outputs, decode(int8, outputs)));
    rows.push(...(await measure(loaded, int8, await laid(comparisonSeeds, size))));
  }
  console.table(rows);
}

function load(graph: GraphToWrite): Promise<InferenceSession> {
  return InferenceSession.create(writeOnnx(graph), oneThread);
}

mkdirSync(join(options.out, 'golden'), { recursive: true });
console.error('models: fetching the source (144 MB, once) and TensorFlow.js');
const source = await fetchNanodet(cache);
installTensorFlow(join(cache, 'tfjs'));
await build(source);
