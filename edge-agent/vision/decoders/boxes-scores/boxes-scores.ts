import { believable, logit, readTensors, sigmoid } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape, Tensor } from '../types.ts';
import type { BoxesScoresOutput } from './config.ts';

type Spec = DecoderSpec<BoxesScoresOutput>;
/** Calls `take` with every score of a wanted class that is high enough. */
type Take = (box: number, index: number, score: number) => void;

const widthOf = ({ output, classes }: Spec) => classes + (output.activation === 'softmax' ? 1 : 0);

function shapes(spec: Spec): Shape[] {
  const { boxes, scores, labels } = spec.output;
  const box = { name: boxes, dims: [undefined, 4] };
  if (labels === undefined) return [box, { name: scores, dims: [undefined, widthOf(spec)] }];
  return [box, { name: scores, dims: [undefined] }, { name: labels, dims: [undefined] }];
}

function boxOf({ output, width, height }: Spec, boxes: Float32Array, at: number) {
  const [toX, toY] = output.coordinates === 'unit' ? [width, height] : [1, 1];
  const [a, b, c, d] = [boxes[at]! * toX, boxes[at + 1]! * toY, boxes[at + 2]! * toX, boxes[at + 3]! * toY];
  if (output.format === 'xyxy') return { x1: a, y1: b, x2: c, y2: d };
  if (output.format === 'xywh') return { x1: a, y1: b, x2: a + c, y2: b + d };
  return { x1: a - c / 2, y1: b - d / 2, x2: a + c / 2, y2: b + d / 2 };
}

function labelled(
  spec: Spec,
  [scores, labels]: readonly [Tensor, Tensor],
  scoreMin: number,
  take: Take,
): string | undefined {
  const wanted = new Set(spec.wanted);
  for (let box = 0; box < scores.data.length; box += 1) {
    const value = scores.data[box]!;
    const score = spec.output.activation === 'sigmoid' ? sigmoid(value) : value;
    if (score < scoreMin) continue;
    const index = labels.data[box]!;
    if (!Number.isInteger(index) || index < 0 || index >= spec.classes)
      return `A box has label ${index}, but there are ${spec.classes} classes.`;
    if (wanted.has(index)) take(box, index, score);
  }
  return undefined;
}

/** Softmax of one row in place of `into`. */
function softmax(data: Float32Array, at: number, into: Float32Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < into.length; i += 1) most = Math.max(most, data[at + i]!);
  let sum = 0;
  for (let i = 0; i < into.length; i += 1) {
    into[i] = Math.exp(data[at + i]! - most);
    sum += into[i]!;
  }
  for (let i = 0; i < into.length; i += 1) into[i] = into[i]! / sum;
}

function perClass(spec: Spec, { data }: Tensor, scoreMin: number, take: Take): void {
  const { activation } = spec.output;
  const width = widthOf(spec);
  const floor = activation === 'sigmoid' ? logit(scoreMin) : scoreMin;
  const shares = new Float32Array(width);
  for (let at = 0, box = 0; at < data.length; at += width, box += 1) {
    if (activation === 'softmax') softmax(data, at, shares);
    for (const index of spec.wanted) {
      const value = activation === 'softmax' ? shares[index]! : data[at + index]!;
      if (value >= floor) take(box, index, activation === 'sigmoid' ? sigmoid(value) : value);
    }
  }
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const [boxes, scores, labels] = read.value as [Tensor, Tensor, Tensor?];
  const count = boxes.dims[0]!;
  if (scores.dims[0] !== count || (labels !== undefined && labels.dims[0] !== count)) {
    return { ok: false, why: `There are ${count} boxes, but ${scores.dims[0]} rows of scores.` };
  }
  const found: RawDetection[] = [];
  const take: Take = (box, index, score) =>
    void found.push({ class: index, score, ...boxOf(spec, boxes.data, box * 4) });
  if (labels === undefined) perClass(spec, scores, scoreMin, take);
  else {
    const why = labelled(spec, [scores, labels], scoreMin, take);
    if (why !== undefined) return { ok: false, why };
  }
  return believable(found, 'If the model gives logits, set activation in output.');
}

/** YOLO-NAS, RT-DETR, D-FINE, torchvision and the like: boxes in one tensor, scores in another. */
export const boxesScores: DetectorDecoder<BoxesScoresOutput> = {
  kind: 'boxes-scores',
  task: 'detect',
  shapes,
  decode,
};
