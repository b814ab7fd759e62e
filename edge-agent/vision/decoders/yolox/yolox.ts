import { believable, cellCount, readTensors } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape } from '../types.ts';
import type { YoloxOutput } from './config.ts';

type Spec = DecoderSpec<YoloxOutput>;

function shapes(spec: Spec): Shape[] {
  return [{ name: spec.output.name, dims: [cellCount(spec, spec.output.strides), 5 + spec.classes] }];
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { data } = read.value[0]!;
  const pitch = 5 + spec.classes;
  const found: RawDetection[] = [];
  let first = 0;
  for (const stride of spec.output.strides) {
    const columns = Math.ceil(spec.width / stride);
    const cells = cellCount(spec, [stride]);
    for (let cell = 0; cell < cells; cell += 1) {
      const row = (first + cell) * pitch;
      const objectness = data[row + 4]!;
      if (objectness < scoreMin) continue;
      for (const index of spec.wanted) {
        const score = objectness * data[row + 5 + index]!;
        if (score < scoreMin) continue;
        const cx = (data[row]! + (cell % columns)) * stride;
        const cy = (data[row + 1]! + Math.floor(cell / columns)) * stride;
        const [halfW, halfH] = [(Math.exp(data[row + 2]!) * stride) / 2, (Math.exp(data[row + 3]!) * stride) / 2];
        found.push({ class: index, score, x1: cx - halfW, y1: cy - halfH, x2: cx + halfW, y2: cy + halfH });
      }
    }
    first += cells;
  }
  return believable(found, 'The model gives logits; export it with the sigmoid in its head.');
}

/** YOLOX as its own export script writes it: offsets from the cell and logarithms of the size; decoded exports are yolo-v5 with 1 anchor. */
export const yolox: DetectorDecoder<YoloxOutput> = {
  kind: 'yolox',
  task: 'detect',
  shapes,
  decode,
};
