import { believable, readTensors } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape } from '../types.ts';
import type { End2endOutput } from './config.ts';

type Spec = DecoderSpec<End2endOutput>;

function shapes({ output }: Spec): Shape[] {
  return [{ name: output.name, dims: [undefined, output.columns.length] }];
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { data } = read.value[0]!;
  const { columns, coordinates } = spec.output;
  const [toX, toY] = coordinates === 'unit' ? [spec.width, spec.height] : [1, 1];
  const at = (name: (typeof columns)[number]) => columns.indexOf(name);
  const [x1, y1, x2, y2, scoreAt, classAt] = [at('x1'), at('y1'), at('x2'), at('y2'), at('score'), at('class')];
  if (Math.min(x1, y1, x2, y2, scoreAt, classAt) < 0) {
    return { ok: false, why: 'columns must name x1, y1, x2, y2, score and class.' };
  }
  const wanted = new Set(spec.wanted);
  const found: RawDetection[] = [];
  for (let row = 0; row < data.length; row += columns.length) {
    const score = data[row + scoreAt]!;
    // Rows that hold nothing come with a score of 0 or below, whatever their class says.
    if (score < scoreMin) continue;
    const index = Math.round(data[row + classAt]!);
    if (index < 0 || index >= spec.classes || Math.abs(index - data[row + classAt]!) > 0.01) {
      return { ok: false, why: `A row names class ${data[row + classAt]}, but there are ${spec.classes} classes.` };
    }
    if (!wanted.has(index)) continue;
    const corner = { x1: data[row + x1]! * toX, y1: data[row + y1]! * toY };
    found.push({ class: index, score, ...corner, x2: data[row + x2]! * toX, y2: data[row + y2]! * toY });
  }
  return believable(found, 'Check the order of columns in output.');
}

/** Models that suppress doubles themselves: YOLOv10, YOLO26, CenterNet and exports with NMS inside. */
export const end2end: DetectorDecoder<End2endOutput> = {
  kind: 'end2end',
  task: 'detect',
  shapes,
  decode,
};
