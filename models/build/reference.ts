import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { type InputSize, normalisation, outputNames, savedSize } from './nanodet.ts';
import { reference, type TfModel } from './tfjs/model.ts';

/**
 * The model run by TensorFlow.js itself (its WebAssembly backend in Node), as the truth the converted file is held to. Installed
 * under `.cache` when it is wanted; never a dependency of the project.
 */
const version = '4.22.0';
const packages = ['tfjs-core', 'tfjs-converter', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}`);

/** A picture as a camera gives it to the model: R, G, B, row by row. */
export type Picture = InputSize & { rgb: Uint8Array };

/** Float tensors by the names the converted files give them. */
export type Outputs = Record<string, Float32Array>;

type Tf = {
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: number[]): unknown;
};
type Executor = { execute(input: unknown, names: string[]): { dataSync(): Float32Array }[] };
type Converter = { loadGraphModelSync(artifacts: unknown): Executor };
type Wasm = { setWasmPaths(folder: string): void };

/** Installs TensorFlow.js under `folder`, unless it is there. */
export function installTensorFlow(folder: string): void {
  if (existsSync(join(folder, 'node_modules', packages.at(-1)!, 'package.json'))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const wanted = packages.map((name) => `${name}@${version}`);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm could not install TensorFlow.js.');
}

/** Loads NanoDet into TensorFlow.js for an input size; the answer runs one picture. */
export async function loadReference(
  folder: string,
  source: { model: TfModel; weights: Uint8Array },
  size: InputSize,
): Promise<(picture: Picture) => Outputs> {
  const require = createRequire(join(folder, 'package.json'));
  const tf = require(packages[0]!) as Tf;
  const { loadGraphModelSync } = require(packages[1]!) as Converter;
  const { setWasmPaths } = require(packages[2]!) as Wasm;
  setWasmPaths(join(folder, 'node_modules', packages[2]!, 'dist') + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly backend here.');
  const { modelTopology, weightsManifest, signature } = source.model;
  const executor = loadGraphModelSync({
    modelTopology: resizedTopology(modelTopology, size),
    signature: { outputs: signature.outputs },
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: resizedWeights(source, size),
  });
  const names = Object.keys(outputNames);
  return (picture) => {
    const made = executor.execute(tf.tensor(normalised(picture), [1, 3, size.height, size.width]), names);
    return Object.fromEntries(names.map((name, i) => [outputNames[name]!, made[i]!.dataSync()]));
  };
}

function resizedTopology(topology: TfModel['modelTopology'], { width, height }: InputSize): unknown {
  const shape = { dim: [1, 3, height, width].map((dim) => ({ size: String(dim) })) };
  const node = topology.node.map((one) =>
    one.op === 'Placeholder' ? { ...one, attr: { ...one.attr, shape: { shape } } } : one,
  );
  return { ...topology, node };
}

/** Fixed sizes inside the graph are the second inputs of its Resizes: whole numbers of four bytes. */
function resizedWeights({ model, weights }: { model: TfModel; weights: Uint8Array }, size: InputSize): ArrayBuffer {
  const bytes = Uint8Array.from(weights);
  const view = new DataView(bytes.buffer);
  const resizes = model.modelTopology.node.filter(({ op }) => op === 'ResizeBilinear');
  const targets = new Set(resizes.map(({ input }) => reference(input![1]!)!.node));
  let at = 0;
  for (const { name, shape, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
    if (targets.has(name)) {
      view.setInt32(at, (view.getInt32(at, true) * size.height) / savedSize.height, true);
      view.setInt32(at + 4, (view.getInt32(at + 4, true) * size.width) / savedSize.width, true);
    }
    at += shape.reduce((product, dim) => product * dim, quantization ? 2 : 4);
  }
  return bytes.buffer;
}

/** What the published model expects: planes B, G, R, each less its mean and over its deviation. */
function normalised({ rgb, width, height }: Picture): Float32Array {
  const plane = width * height;
  const floats = new Float32Array(3 * plane);
  for (const [to, from] of [2, 1, 0].entries()) {
    const mean = normalisation.mean[from]!;
    const deviation = normalisation.deviation[from]!;
    for (let i = 0; i < plane; i += 1) floats[to * plane + i] = (rgb[3 * i + from]! - mean) / deviation;
  }
  return floats;
}
