import { decoderOf } from '../decoders/index.ts';
import { planOf } from '../decoders/plan.ts';
import { dimsText, fitsShape } from '../decoders/tensors.ts';
import type { Manifest } from '../manifest/schema.ts';
import type { OnnxFile, OnnxValue } from '../onnx/read.ts';
import { guessKinds } from './guess.ts';

/** One reason not to run a model: what is wrong, where, and what to do. */
export type Finding = { says: string; remedy: string };

/** Most numbers an input or output may have: a 2048 × 2048 picture has 12.6 million, the rows of a large detector 10 million. */
export const tensorElementsMax = 16_000_000;

/** Oldest operator set onnxruntime promises to read (its compatibility page). */
const opsetMin = 7;

const dtypes = { u8: 'uint8', f32: 'float32', f16: 'float16' } as const;
/** Types of outputs the eyes turn into plain numbers. */
const outputTypes = new Set(['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'int8']);

/** What makes an ONNX file unsafe or impossible to run whatever its manifest says; `allowed` are operator domains that may be used. */
export function checkFile(onnx: OnnxFile, allowed: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  const [external] = onnx.externals;
  if (external !== undefined) {
    findings.push({
      says: `Tensor ${quoted(external.name)} keeps its numbers in another file, ${quoted(external.externalPath ?? '')}; a model must be one file.`,
      remedy: 'Save it with all data inside (onnx.save_model without save_as_external_data).',
    });
  }
  const opset = onnx.opsets.get('');
  if (opset === undefined || opset < opsetMin) {
    findings.push({
      says: `The model is written for operator set ${opset ?? 'nothing it names'}, but onnxruntime reads ${opsetMin} and later.`,
      remedy: 'Convert it (onnx.version_converter) or export it anew.',
    });
  }
  const domains = [...onnx.operators.keys()].flatMap((name) => (name.includes(':') ? [name.split(':')[0]!] : []));
  for (const domain of new Set(domains)) {
    if (allowed.includes(domain)) continue;
    const operator = [...onnx.operators.keys()].find((name) => name.startsWith(`${domain}:`))!;
    findings.push({
      says: `The model uses ${quoted(operator)}, an operator outside the ONNX standard.`,
      remedy: `If onnxruntime has it and you trust it, add ${quoted(domain)} to operators in the manifest.`,
    });
  }
  for (const [what, values] of [['Input', onnx.inputs] as const, ['Output', onnx.outputs] as const]) {
    for (const { name, dims = [] } of values) {
      const elements = dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
      if (elements <= tensorElementsMax) continue;
      findings.push({
        says: `${what} ${quoted(name)} has ${dimsText(dims)} numbers, more than the ${tensorElementsMax} that are read.`,
        remedy: 'Export the model for a smaller picture.',
      });
    }
  }
  return findings;
}

/** Holds what an ONNX file says about itself against its manifest, without running it. */
export function checkModel(onnx: OnnxFile, manifest: Manifest): Finding[] {
  const findings = [
    ...checkFile(onnx, manifest.operators),
    ...checkInputs(onnx, manifest),
    ...checkOutputs(onnx, manifest),
  ];
  const outputsWrong = findings.some(({ says }) => says.startsWith('Output'));
  const guesses = outputsWrong ? guessKinds(onnx, manifest.classes.length) : [];
  if (guesses.length > 0 && !guesses.includes(manifest.output.kind)) {
    findings.push({
      says: `By their dimensions the outputs look like ${guesses.join(' or ')}, not ${manifest.output.kind}.`,
      remedy: 'Compare output.kind in the manifest with the place the model comes from.',
    });
  }
  return findings;
}

function checkInputs({ inputs }: OnnxFile, { input }: Manifest): Finding[] {
  const names = list(inputs);
  const found = inputs.find(({ name }) => name === input.name);
  if (found === undefined) {
    return [
      { says: `There is no input ${quoted(input.name)}; the model has ${names}.`, remedy: 'Correct input.name.' },
    ];
  }
  const findings: Finding[] = [];
  if (inputs.length > 1) {
    findings.push({
      says: `The model has ${inputs.length} inputs (${names}), but only a picture is given to it.`,
      remedy: 'Export it without the others, such as with the picture’s size as a constant.',
    });
  }
  if (found.type !== dtypes[input.dtype]) {
    findings.push({
      says: `Input ${quoted(input.name)} takes ${found.type}, but the manifest says ${input.dtype} (${dtypes[input.dtype]}).`,
      remedy: 'Correct input.dtype.',
    });
  }
  const { width, height } = input;
  const dims = input.layout === 'nhwc' ? [height, width, 3] : [3, height, width];
  if (found.dims !== undefined && (found.dims.length !== 4 || !fitsShape(found.dims, { name: '', dims }))) {
    findings.push({
      says: `Input ${quoted(input.name)} has ${dimsText(found.dims)}, but the manifest says ${dimsText([1, ...dims])} (${input.layout}).`,
      remedy: 'Correct input.layout, width and height.',
    });
  }
  return findings;
}

function checkOutputs({ outputs }: OnnxFile, manifest: Manifest): Finding[] {
  const findings: Finding[] = [];
  for (const shape of decoderOf(manifest.output.kind).shapes(planOf(manifest).spec)) {
    const found = outputs.find(({ name }) => name === shape.name);
    if (found === undefined) {
      findings.push({
        says: `Output ${quoted(shape.name)} does not exist; the model has ${list(outputs)}.`,
        remedy: 'Correct the name in output.',
      });
    } else if (!outputTypes.has(found.type)) {
      findings.push({ says: `Output ${quoted(shape.name)} gives ${found.type}.`, remedy: 'Export it as float32.' });
    } else if (found.dims !== undefined && !fitsShape(found.dims, shape)) {
      const { kind } = manifest.output;
      findings.push({
        says: `Output ${quoted(shape.name)} has ${dimsText(found.dims)}, but ${kind} with ${manifest.classes.length} classes and this input has ${dimsText(shape.dims)}.`,
        remedy: 'Correct classes, the size in input, or the parameters in output.',
      });
    }
  }
  return findings;
}

function list(values: readonly OnnxValue[]): string {
  const shown = values.slice(0, 8).map(({ name, type, dims }) => `${quoted(name)} (${type}, ${dimsText(dims ?? [])})`);
  return values.length === 0 ? 'none' : shown.join(', ') + (values.length > 8 ? ', …' : '');
}

/** Names in a file come from anybody: shown short and printable. */
export function quoted(text: string): string {
  const printable = JSON.stringify(text.slice(0, 81))
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '?');
  return `“${text.length > 80 ? `${printable}…` : printable}”`;
}
