import type { OutputSpec } from '../decoders/index.ts';
import { cellCount } from '../decoders/tensors.ts';
import type { OnnxFile } from '../onnx/read.ts';

/**
 * Kinds of output that would explain a model's dimensions; a suggestion only, because some families look alike (YOLOv5 with one
 * anchor and YOLOX). `classes` is how many classes the writer believes in.
 */
export function guessKinds({ inputs, outputs }: OnnxFile, classes: number): OutputSpec['kind'][] {
  const shapes = outputs.map(({ dims = [] }) => withoutBatch(dims));
  const input = sizeOf(inputs[0]?.dims ?? []);
  const last = (dims: readonly (number | string)[]) => dims.at(-1);
  if (outputs.length === 1) {
    const [dims] = shapes as [(number | string)[]];
    if (dims.length === 1 && dims[0] === classes) return ['classifier'];
    if (dims.length !== 2) return [];
    if (last(dims) === 6 && classes !== 1) return ['end2end'];
    if (dims[0] === 4 + classes) return ['yolo-v8'];
    if (last(dims) === 5 + classes) {
      const isOnePerCell = input !== undefined && dims[0] === cellCount(input, [8, 16, 32]);
      return isOnePerCell ? ['yolox', 'yolo-v5'] : ['yolo-v5', 'yolox'];
    }
    if (typeof last(dims) === 'number' && ((last(dims) as number) - classes) % 4 === 0) return ['nanodet-dfl'];
    return [];
  }
  const hasBoxes = shapes.some((dims) => dims.length === 2 && last(dims) === 4);
  if (hasBoxes && outputs.length <= 4) return ['boxes-scores'];
  const perClass = shapes.filter((dims) => last(dims) === classes).length;
  return outputs.length >= 4 && outputs.length % 2 === 0 && perClass === outputs.length / 2 ? ['nanodet-dfl'] : [];
}

function withoutBatch(dims: readonly (number | string)[]): (number | string)[] {
  return dims.length > 1 && (dims[0] === 1 || typeof dims[0] === 'string') ? dims.slice(1) : [...dims];
}

function sizeOf(dims: readonly (number | string)[]): { width: number; height: number } | undefined {
  if (dims.length !== 4) return undefined;
  const [height, width] = dims[3] === 3 ? [dims[1], dims[2]] : [dims[2], dims[3]];
  return typeof height === 'number' && typeof width === 'number' ? { width, height } : undefined;
}
