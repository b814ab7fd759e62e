import { believable, cellCount, readTensors } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape } from '../types.ts';
import type { YoloV5Output } from './config.ts';

type Spec = DecoderSpec<YoloV5Output>;

function shapes(spec: Spec): Shape[] {
  const { name, strides, anchors } = spec.output;
  return [{ name, dims: [cellCount(spec, strides, anchors), 5 + spec.classes] }];
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { data } = read.value[0]!;
  const pitch = 5 + spec.classes;
  const [toX, toY] = spec.output.coordinates === 'unit' ? [spec.width, spec.height] : [1, 1];
  const found: RawDetection[] = [];
  for (let row = 0; row < data.length; row += pitch) {
    const objectness = data[row + 4]!;
    // A class score is at most 1, so a row whose objectness is too low holds nothing.
    if (objectness < scoreMin) continue;
    for (const index of spec.wanted) {
      const score = objectness * data[row + 5 + index]!;
      if (score < scoreMin) continue;
      const [cx, cy] = [data[row]! * toX, data[row + 1]! * toY];
      const [halfW, halfH] = [(data[row + 2]! * toX) / 2, (data[row + 3]! * toY) / 2];
      found.push({ class: index, score, x1: cx - halfW, y1: cy - halfH, x2: cx + halfW, y2: cy + halfH });
    }
  }
  return believable(found, 'The model gives logits; export it with its detection layer.');
}

/** YOLOv5, v6 and v7 exports: centre, size, objectness and class scores per row; the score is objectness × class score. */
export const yoloV5: DetectorDecoder<YoloV5Output> = {
  kind: 'yolo-v5',
  task: 'detect',
  shapes,
  decode,
};
