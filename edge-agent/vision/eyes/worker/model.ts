import * as ort from 'onnxruntime-node';
import { checkModel, tensorElementsMax } from '../../check/check.ts';
import { detectionsOf, likelihoodsOf } from '../../decoders/finish.ts';
import { type Fit, fitPicture, type Size } from '../../decoders/fit.ts';
import { decoderOf } from '../../decoders/index.ts';
import { type Plan, planOf } from '../../decoders/plan.ts';
import type { Decoded, Outputs, Tensor } from '../../decoders/types.ts';
import type { LoadedManifest } from '../../manifest/load.ts';
import { readModel } from '../../manifest/read-model.ts';
import { readOnnx } from '../../onnx/read.ts';
import type { Detection, Likelihoods } from '../../types.ts';
import type { LoadedModel } from '../messages.ts';
import { createFeed } from './feed.ts';
import type { Pixels } from './picture.ts';
import { Refused } from './refused.ts';

/** A model that was checked, loaded, and answered a blank picture. */
export type Model = {
  loaded: LoadedModel;
  /** How a picture of that size lies in the input. */
  fit(picture: Size): Fit;
  /** Runs the model; refused as `MODEL_FAILED` when onnxruntime does. */
  infer(pixels: Pixels, fit: Fit): Promise<Outputs>;
  detections(outputs: Outputs, fit: Fit): Detection[];
  likelihoods(outputs: Outputs): Likelihoods;
};

export type ModelOptions = { provider: string; threads: number; scoreMin?: number };

/** Loads a model by its manifest; whatever makes it unusable is refused as `MODEL_INVALID`. */
export async function loadModel({ ref, manifest, modelPath }: LoadedManifest, options: ModelOptions): Promise<Model> {
  const bytes = readModel(modelPath, manifest.sha256);
  if (typeof bytes === 'string') throw new Refused('MODEL_INVALID', bytes);
  const onnx = readOnnx(bytes);
  if (typeof onnx === 'string') throw new Refused('MODEL_INVALID', `${modelPath}: ${onnx}`);
  const findings = checkModel(onnx, manifest);
  if (findings.length > 0) {
    throw new Refused(
      'MODEL_INVALID',
      `${modelPath}: ${findings.map(({ says, remedy }) => `${says} ${remedy}`).join(' ')}`,
    );
  }
  const session = await openSession(bytes, modelPath, options);
  const plan = planOf(manifest, options.scoreMin);
  const wanted = decoderOf(manifest.output.kind)
    .shapes(plan.spec)
    .map(({ name }) => name);
  const feed = createFeed(manifest.input);
  const dtype = { u8: 'uint8', f32: 'float32', f16: 'float16' } as const;
  const tensor = new ort.Tensor(dtype[manifest.input.dtype], feed.data as Float32Array, feed.dims);
  const { width, height } = manifest.input;
  const model: Model = {
    loaded: {
      ...{ ref, name: manifest.name, sha256: manifest.sha256, licence: manifest.licence, width, height },
      task: decoderOf(manifest.output.kind).task,
    },
    fit: (picture) => fitPicture(picture, manifest.input),
    async infer({ rgb }, fit) {
      feed.put(rgb, fit);
      try {
        return numbersOf(await session.run({ [manifest.input.name]: tensor }, wanted));
      } catch (cause) {
        if (cause instanceof Refused) throw cause;
        throw new Refused('MODEL_FAILED', `${manifest.name}: ${firstLine(cause)}`, cause);
      }
    },
    detections: (outputs, fit) => taken(detectionsOf(outputs, plan, fit), manifest.name),
    likelihoods: (outputs) => taken(likelihoodsOf(outputs, plan), manifest.name),
  };
  await probe(model, plan);
  return model;
}

async function openSession(bytes: Uint8Array, path: string, { provider, threads }: ModelOptions) {
  const backends = ort.listSupportedBackends().map(({ name }) => name);
  if (!backends.includes(provider)) {
    const known = backends.join(', ');
    throw new Refused('MODEL_INVALID', `onnxruntime has no provider ${provider} here; choose one of ${known}.`);
  }
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      // Threads that wait by spinning double the CPU time of an inference as soon as anything else runs (vision.md §4).
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    const remedy =
      provider === 'cpu' ? 'Export it again, or for this onnxruntime.' : `Is ${provider} installed? cpu always works.`;
    throw new Refused('MODEL_INVALID', `${path}: onnxruntime refuses it: ${firstLine(cause)} ${remedy}`, cause);
  }
}

/** Shows the model one blank picture, so that whatever it gives is held against the manifest before it matters. */
async function probe(model: Model, { scoreMin }: Plan): Promise<void> {
  const { width, height, task } = model.loaded;
  const fit = model.fit({ width, height });
  const rgb = new Uint8Array(fit.content.width * fit.content.height * 3).fill(127);
  try {
    const outputs = await model.infer({ width: fit.content.width, height: fit.content.height, rgb }, fit);
    if (task === 'classify') model.likelihoods(outputs);
    else if (model.detections(outputs, fit).length >= blankDetectionsMax) {
      throw new Refused('MODEL_FAILED', `It finds ${blankDetectionsMax} things above ${scoreMin} in a blank picture.`);
    }
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    throw new Refused('MODEL_INVALID', `On a blank picture: ${cause.message}`, cause);
  }
}

/** A blank picture has nothing in it; a few ghosts are usual at low scores, a hundred say that scores are read wrongly. */
const blankDetectionsMax = 100;

function taken<T>(decoded: Decoded<T>, name: string): T {
  if (decoded.ok) return decoded.value;
  throw new Refused('MODEL_FAILED', `${name}: ${decoded.why}`);
}

function numbersOf(results: ort.InferenceSession.ReturnType): Outputs {
  const outputs = new Map<string, Tensor>();
  for (const [name, { dims, data }] of Object.entries(results) as [string, ort.Tensor][]) {
    if (data.length > tensorElementsMax)
      throw new Refused('MODEL_FAILED', `Output ${name} has ${data.length} numbers.`);
    const numbers = data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number | bigint>, Number);
    outputs.set(name, { dims, data: numbers });
  }
  return outputs;
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n')[0]!.slice(0, 300);
}
