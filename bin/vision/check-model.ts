/** What `tocsin model check` finds out: of a manifest everything up to a run on a blank picture, of a bare ONNX file what it says itself. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault, silentLogger, systemClock } from '@tocsin/contracts';
import {
  checkFile,
  checkModel,
  createEyes,
  guessKinds,
  loadManifest,
  type OnnxFile,
  quoted,
  readModel,
  readOnnx,
} from '@tocsin/edge-agent/vision';

/** What was found out: `problems` are sentences with a remedy; `notes` say what is there. `failed` is a fault of the run, not of the file. */
export type ModelCheck = { ok: boolean; problems: string[]; notes: string[]; failed?: boolean };

const onnxBytesMax = 512 * 2 ** 20;

/** Checks a manifest (`.json`, or the name of one of Tocsin's own models) or a bare ONNX file. */
export async function checkAnyModel(file: string, provider: string): Promise<ModelCheck> {
  return /\.onnx$/i.test(file) ? checkBare(file) : checkManifest(file, provider);
}

async function checkManifest(file: string, provider: string): Promise<ModelCheck> {
  const bad = (problems: string[]): ModelCheck => ({ ok: false, problems, notes: [] });
  let found: ReturnType<typeof loadManifest>;
  try {
    found = loadManifest(file);
  } catch (fault) {
    if (fault instanceof Fault && fault.code === 'MODEL_INVALID') return bad([textOf(fault)]);
    throw fault;
  }
  const { manifest, modelPath } = found;
  const bytes = readModel(modelPath, manifest.sha256);
  if (typeof bytes === 'string') return bad([bytes]);
  const onnx = readOnnx(bytes);
  if (typeof onnx === 'string') return bad([`${modelPath}: ${onnx}`]);
  const findings = checkModel(onnx, manifest);
  if (findings.length > 0) return bad(findings.map(({ says, remedy }) => `${says} ${remedy}`));
  const beganMs = performance.now();
  const models = manifest.output.kind === 'classifier' ? { classifier: file } : { detector: file };
  const eyes = createEyes({ models, provider, clock: systemClock, logger: silentLogger });
  try {
    await eyes.start();
    const state = eyes.state();
    if (!state.ok) return { ...bad([state.why]), failed: true };
  } catch (fault) {
    if (fault instanceof Fault && fault.code === 'MODEL_INVALID') return bad([textOf(fault)]);
    throw fault;
  } finally {
    await eyes.stop();
  }
  const { input, output, classes, map, licence } = manifest;
  const mapped = Object.entries(map).map(([name, kind]) => `${name} → ${kind}`);
  return {
    ...{ ok: true, problems: [] },
    notes: [
      `${manifest.name}, ${licence}, ${(bytes.length / 1e6).toFixed(1)} MB, ${onnx.nodeCount} nodes.`,
      `Input ${input.width} × ${input.height} ${input.dtype} ${input.layout} ${input.colour}, ${input.fit}.`,
      `Output ${output.kind}, ${classes.length} classes; ${mapped.join(', ')}.`,
      `Loaded on ${provider} and looked at a blank picture within ${Math.round(performance.now() - beganMs)} ms.`,
    ],
  };
}

function textOf({ detail, remedy }: Fault): string {
  return remedy === undefined ? detail : `${detail} ${remedy}`;
}

function checkBare(file: string): ModelCheck {
  const onnx = readOnnx(readBounded(file));
  if (typeof onnx === 'string') return { ok: false, problems: [onnx], notes: [] };
  const problems = checkFile(onnx, []).map(({ says, remedy }) => `${says} ${remedy}`);
  const tensor = ({ name, type, dims }: OnnxFile['inputs'][number]) =>
    `${quoted(name)} ${type} ${dims?.map((dim) => (dim === '' ? '?' : dim)).join(' × ') ?? 'of unknown shape'}`;
  const names = classNames(onnx);
  const count = names?.length ?? 80;
  const guesses = guessKinds(onnx, count);
  return {
    ...{ ok: problems.length === 0, problems },
    notes: [
      `Made by ${quoted(onnx.producer || 'nobody it names')}, opset ${onnx.opsets.get('') ?? '?'}, ${onnx.nodeCount} nodes.`,
      ...onnx.inputs.slice(0, 16).map((value) => `Input ${tensor(value)}`),
      ...onnx.outputs.slice(0, 16).map((value) => `Output ${tensor(value)}`),
      ...(names
        ? [`Classes by its metadata: ${names.slice(0, 12).map(quoted).join(', ')}${count > 12 ? ` … (${count})` : ''}.`]
        : []),
      guesses.length > 0
        ? `With ${count} classes its outputs look like ${guesses.join(' or ')}; that is a guess.`
        : `With ${count} classes its outputs look like no kind Tocsin knows; that is a guess.`,
      `It needs a manifest beside it, such as ${basename(file).replace(/\.onnx$/i, '.json')}: see docs/cameras.md.`,
    ],
  };
}

/** Class names as YOLO exports write them into the metadata: `{0: 'person', 1: 'bicycle'}`. */
function classNames({ metadata }: OnnxFile): string[] | undefined {
  const text = metadata.get('names');
  if (text === undefined) return undefined;
  const found = [...text.slice(0, 100_000).matchAll(/\d+: (['"])(.*?)\1/g)].map((match) => match[2]!);
  return found.length > 0 ? found : undefined;
}

function readBounded(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > onnxBytesMax)
      throw new Fault('PAYLOAD_TOO_LARGE', `${file} has ${size} bytes, at most ${onnxBytesMax} are read.`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('FILE_UNREADABLE', `${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}.`, {
      cause,
    });
  }
}
