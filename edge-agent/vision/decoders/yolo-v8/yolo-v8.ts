import { believable, cellCount, readTensors } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape } from '../types.ts';
import type { YoloV8Output } from './config.ts';

type Spec = DecoderSpec<YoloV8Output>;

function shapes(spec: Spec): Shape[] {
  const { name, strides, extra } = spec.output;
  return [{ name, dims: [4 + spec.classes + extra, cellCount(spec, strides)] }];
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { dims, data } = read.value[0]!;
  const cells = dims[1]!;
  const [toX, toY] = spec.output.coordinates === 'unit' ? [spec.width, spec.height] : [1, 1];
  const found: RawDetection[] = [];
  for (const index of spec.wanted) {
    const line = (4 + index) * cells;
    for (let cell = 0; cell < cells; cell += 1) {
      const score = data[line + cell]!;
      if (score < scoreMin) continue;
      const [cx, cy] = [data[cell]! * toX, data[cells + cell]! * toY];
      const [halfW, halfH] = [(data[2 * cells + cell]! * toX) / 2, (data[3 * cells + cell]! * toY) / 2];
      found.push({ class: index, score, x1: cx - halfW, y1: cy - halfH, x2: cx + halfW, y2: cy + halfH });
    }
  }
  return believable(found, 'The model gives logits; export it with its detection layer.');
}

/** YOLOv8, v9, v11 and v12 exports: transposed, without objectness. */
export const yoloV8: DetectorDecoder<YoloV8Output> = {
  kind: 'yolo-v8',
  task: 'detect',
  shapes,
  decode,
};
