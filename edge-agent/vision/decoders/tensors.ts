import type { Decoded, Outputs, RawDetection, Shape, Tensor } from './types.ts';

/** A score may leave 0…1 by what float16 and int8 round; more says that an activation is missing. */
const scoreSlack = 0.01;

/** True when no value is NaN or infinite. A difference with itself is 0 for every finite number, so one sum tells. */
export function hasOnlyFinite(data: Float32Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    // Four sums, because one would wait for each addition before the next.
    a += data[i]!;
    b += data[i + 1]!;
    c += data[i + 2]!;
    d += data[i + 3]!;
  }
  for (let i = whole; i < data.length; i += 1) a += data[i]!;
  // Finite 32-bit floats cannot overflow a sum of doubles, but opposite infinities make NaN: either way it is not finite.
  return Number.isFinite(a + b + c + d);
}

/** Dimensions with leading ones taken off until as many are left as wanted: the batch is always one picture. */
function withoutBatch(dims: readonly number[], wanted: number): readonly number[] {
  let from = 0;
  while (dims.length - from > wanted && dims[from] === 1) from += 1;
  return dims.slice(from);
}

/** Dimensions as people read them: `1 × 25200 × 85`; what may be anything is `n`. */
export function dimsText(dims: readonly (number | string | undefined)[]): string {
  return dims.length === 0 ? 'no dimensions' : dims.map((dim) => (typeof dim === 'number' ? dim : 'n')).join(' × ');
}

/** True when dimensions fit a shape, with or without a batch of one; unknown ones fit everything. */
export function fitsShape(dims: readonly (number | string | undefined)[], shape: Shape): boolean {
  const known = dims.map((dim) => (typeof dim === 'number' ? dim : undefined));
  // An unknown leading dimension is a batch of any size, of which one picture is used.
  const extra = known.length - shape.dims.length;
  if (extra < 0 || known.slice(0, extra).some((dim) => dim !== undefined && dim !== 1)) return false;
  return shape.dims.every((want, i) => {
    const dim = known[extra + i];
    return want === undefined || dim === undefined || dim === want;
  });
}

/** Picks the tensors a decoder reads; a missing one, other dimensions or a value that is no number refuse the whole answer. */
export function readTensors(outputs: Outputs, shapes: readonly Shape[]): Decoded<Tensor[]> {
  const tensors: Tensor[] = [];
  for (const shape of shapes) {
    const tensor = outputs.get(shape.name);
    if (tensor === undefined) return { ok: false, why: `The model gave no output ${shape.name}.` };
    const { dims, data } = tensor;
    if (!fitsShape(dims, shape) || dims.reduce((product, dim) => product * dim, 1) !== data.length) {
      const gave = `${dimsText(dims)} (${data.length} values)`;
      return { ok: false, why: `Output ${shape.name} has ${gave}, but must have ${dimsText(shape.dims)}.` };
    }
    if (!hasOnlyFinite(data)) return { ok: false, why: `Output ${shape.name} has values that are not finite numbers.` };
    tensors.push({ dims: withoutBatch(dims, shape.dims.length), data });
  }
  return { ok: true, value: tensors };
}

/** Refuses detections that cannot be: scores outside 0…1, or corners that are no numbers. */
export function believable(found: RawDetection[], remedy: string): Decoded<RawDetection[]> {
  for (const { score, x1, y1, x2, y2 } of found) {
    if (!(score <= 1 + scoreSlack)) return { ok: false, why: `A score is ${score.toFixed(2)}, above 1. ${remedy}` };
    if (!Number.isFinite(x1 + y1 + x2 + y2))
      return { ok: false, why: 'A box has corners that are not finite numbers.' };
  }
  return { ok: true, value: found };
}

/** True when shares lie between 0 and 1, but for rounding. */
export function areShares(data: Float32Array): boolean {
  return data.every((value) => value >= -scoreSlack && value <= 1 + scoreSlack);
}

/** Logistic function. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The value whose logistic function is `score`, so that a threshold is compared without an exponential per value. */
export function logit(score: number): number {
  return Math.log(score / (1 - score));
}

/** Cells of the grids of all strides: how many rows a detector with so many anchors per cell gives. */
export function cellCount(spec: { width: number; height: number }, strides: readonly number[], anchors = 1): number {
  return strides.reduce(
    (sum, stride) => sum + anchors * Math.ceil(spec.width / stride) * Math.ceil(spec.height / stride),
    0,
  );
}
