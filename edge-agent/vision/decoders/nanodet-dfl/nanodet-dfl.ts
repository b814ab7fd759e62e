import { believable, cellCount, logit, readTensors, sigmoid } from '../tensors.ts';
import type { Decoded, DecoderSpec, DetectorDecoder, Outputs, RawDetection, Shape } from '../types.ts';
import type { NanodetOutput } from './config.ts';

type Spec = DecoderSpec<NanodetOutput>;
/** Cells of one stride inside the tensors: where their numbers begin and how far rows lie apart. */
type Grid = {
  stride: number;
  cells: number;
  columns: number;
  scores: Float32Array;
  scoresAt: number;
  scoresPitch: number;
  boxes: Float32Array;
  boxesAt: number;
  boxesPitch: number;
};

function shapes(spec: Spec): Shape[] {
  const sides = 4 * (spec.output.regMax + 1);
  return spec.output.heads.flatMap((head) => {
    if ('joined' in head) {
      return [{ name: head.joined, dims: [cellCount(spec, head.strides), spec.classes + sides] }];
    }
    const cells = cellCount(spec, [head.stride]);
    return [
      { name: head.scores, dims: [cells, spec.classes] },
      { name: head.boxes, dims: [cells, sides] },
    ];
  });
}

function gridsOf(spec: Spec, tensors: readonly { data: Float32Array }[]): Grid[] {
  const sides = 4 * (spec.output.regMax + 1);
  const grids: Grid[] = [];
  let next = 0;
  for (const head of spec.output.heads) {
    if ('joined' in head) {
      const { data } = tensors[next++]!;
      const pitch = spec.classes + sides;
      let row = 0;
      for (const stride of head.strides) {
        const cells = cellCount(spec, [stride]);
        const at = row * pitch;
        grids.push({
          ...{ stride, cells, columns: Math.ceil(spec.width / stride) },
          ...{ scores: data, scoresAt: at, scoresPitch: pitch },
          ...{ boxes: data, boxesAt: at + spec.classes, boxesPitch: pitch },
        });
        row += cells;
      }
    } else {
      const { stride } = head;
      grids.push({
        ...{ stride, cells: cellCount(spec, [stride]), columns: Math.ceil(spec.width / stride) },
        ...{ scores: tensors[next]!.data, scoresAt: 0, scoresPitch: spec.classes },
        ...{ boxes: tensors[next + 1]!.data, boxesAt: 0, boxesPitch: sides },
      });
      next += 2;
    }
  }
  return grids;
}

/** Expected distance of one side: the mean of its softmax distribution, in cells. */
function distance(logits: Float32Array, at: number, regMax: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin <= regMax; bin += 1) most = Math.max(most, logits[at + bin]!);
  let sum = 0;
  let mean = 0;
  for (let bin = 0; bin <= regMax; bin += 1) {
    const weight = Math.exp(logits[at + bin]! - most);
    sum += weight;
    mean += weight * bin;
  }
  return mean / sum;
}

function boxOf(grid: Grid, cell: number, { output: { regMax, cell: origin } }: Spec) {
  const { stride, columns, boxes, boxesAt, boxesPitch } = grid;
  const at = boxesAt + cell * boxesPitch;
  const within = origin === 'centre' ? 0.5 : 0;
  const x = ((cell % columns) + within) * stride;
  const y = (Math.floor(cell / columns) + within) * stride;
  const side = (n: number) => distance(boxes, at + n * (regMax + 1), regMax) * stride;
  return { x1: x - side(0), y1: y - side(1), x2: x + side(2), y2: y + side(3) };
}

function decode(outputs: Outputs, spec: Spec, scoreMin: number): Decoded<RawDetection[]> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { wanted, output } = spec;
  const floor = output.sigmoid ? logit(scoreMin) : scoreMin;
  const found: RawDetection[] = [];
  for (const grid of gridsOf(spec, read.value)) {
    const { scores, scoresAt, scoresPitch } = grid;
    for (let cell = 0; cell < grid.cells; cell += 1) {
      const row = scoresAt + cell * scoresPitch;
      let box: ReturnType<typeof boxOf> | undefined;
      for (const index of wanted) {
        const value = scores[row + index]!;
        if (value < floor) continue;
        box ??= boxOf(grid, cell, spec);
        found.push({ class: index, score: output.sigmoid ? sigmoid(value) : value, ...box });
      }
    }
  }
  return believable(found, 'If the model gives logits, set sigmoid to true in output.');
}

/** NanoDet and NanoDet-Plus: class scores, and per side of the box a distribution over whole numbers of cells. */
export const nanodetDfl: DetectorDecoder<NanodetOutput> = {
  kind: 'nanodet-dfl',
  task: 'detect',
  shapes,
  decode,
};
