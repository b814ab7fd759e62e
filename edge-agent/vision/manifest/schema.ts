import Type, { type Static } from 'typebox';
import { coco80 } from '../decoders/coco.ts';
import type { OutputSpec } from '../decoders/index.ts';
import { outputSchemas } from '../decoders/outputs.ts';
import { type Kind, kinds } from '../types.ts';

const closed = { additionalProperties: false } as const;
const oneOf = <const T extends string>(values: readonly T[], more: object) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...more });
const Share = (fallback: number, description: string) =>
  Type.Number({ minimum: 0.01, maximum: 1, default: fallback, description });
const PerChannel = (fallback: number, description: string) =>
  Type.Array(Type.Number(), { minItems: 3, maxItems: 3, default: [fallback, fallback, fallback], description });
const ClassName = Type.String({ minLength: 1, maxLength: 64, description: 'Name of a class.' });

/** Longest side of a model's input in pixels; a 4K detector is beyond any gateway. */
export const inputSideMax = 2048;

const Input = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256, description: 'Name of the graph’s input.' }),
    dtype: oneOf(['u8', 'f32', 'f16'], { description: 'Type of its numbers.' }),
    layout: oneOf(['nhwc', 'nchw'], { description: 'Whether colours come last (nhwc) or first (nchw).' }),
    width: Type.Integer({ minimum: 16, maximum: inputSideMax, description: 'Pixels.' }),
    height: Type.Integer({ minimum: 16, maximum: inputSideMax, description: 'Pixels.' }),
    colour: Type.Optional(oneOf(['rgb', 'bgr'], { default: 'rgb', description: 'Order of the colours.' })),
    scale: Type.Optional(
      Type.Number({ default: 1, description: 'Factor on 0…255 before mean and std, such as 0.00392157 for 1/255.' }),
    ),
    mean: Type.Optional(PerChannel(0, 'Taken off after scale, in the order of the colours.')),
    std: Type.Optional(PerChannel(1, 'Divided by after mean, in the order of the colours.')),
    fit: Type.Optional(
      oneOf(['letterbox', 'stretch'], {
        default: 'letterbox',
        description: 'letterbox keeps the shape of the picture and fills the rest with pad.',
      }),
    ),
    align: Type.Optional(
      oneOf(['centre', 'top-left'], {
        default: 'centre',
        description: 'Where a letterboxed picture lies; YOLOX was trained with top-left.',
      }),
    ),
    pad: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, default: 114, description: 'Grey of the rest, 0 to 255.' }),
    ),
  },
  { ...closed, description: 'What the graph is fed with.' },
);

const Post = Type.Object(
  {
    scoreMin: Type.Optional(Share(0.15, 'Detections below are not told to anybody.')),
    nms: Type.Optional(Share(0.5, 'Overlap (IoU) from which the weaker of two boxes of one class goes; 1 keeps all.')),
    agnostic: Type.Optional(
      Type.Array(Type.Array(ClassName, { minItems: 2, maxItems: 16 }), {
        maxItems: 8,
        default: [],
        description: 'Classes that are often found for the same thing, such as car and truck.',
      }),
    ),
    agnosticNms: Type.Optional(Share(0.55, 'Overlap from which the weaker of two boxes of such classes goes.')),
    detectionsMax: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 300, default: 100, description: 'Most detections of one picture.' }),
    ),
  },
  { ...closed, default: {}, description: 'What happens to boxes after decoding.' },
);

/** A file beside an ONNX model that says what it is and how to use it; with it any detector of a known family works without code. */
export const ManifestFile = Type.Object(
  {
    $schema: Type.Optional(Type.String({ maxLength: 256 })),
    name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'What people call the model.' }),
    file: Type.String({ minLength: 1, maxLength: 128, description: 'The ONNX file, in the folder of this manifest.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the file in lower-case hexadecimal.' }),
    licence: Type.String({
      minLength: 1,
      maxLength: 120,
      description: 'Licence of the weights, as SPDX where it has one.',
    }),
    source: Type.String({ minLength: 1, maxLength: 1_000, description: 'Where the weights come from.' }),
    classes: Type.Union([Type.String({ maxLength: 64 }), Type.Array(ClassName, { minItems: 1, maxItems: 2_000 })], {
      description: 'Names of the classes in the model’s order, or coco-80.',
    }),
    map: Type.Object(
      {},
      { patternProperties: { '^.{1,64}$': oneOf(kinds, { description: 'What a class means to Tocsin.' }) } },
    ),
    input: Input,
    output: Type.Union([...outputSchemas]),
    post: Type.Optional(Post),
    operators: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 8,
        default: [],
        description: 'Operator domains beyond the standard one that the model may use, such as com.microsoft.',
      }),
    ),
  },
  { ...closed, description: 'A vision model by manifest.' },
);

/** A manifest that was checked, with every default filled in and `classes` written out. */
export type Manifest = {
  name: string;
  file: string;
  sha256: string;
  licence: string;
  source: string;
  classes: readonly string[];
  map: Readonly<Record<string, Kind>>;
  input: Required<Static<typeof Input>>;
  output: OutputSpec;
  post: Required<Static<typeof Post>>;
  operators: readonly string[];
};

/** Lists of classes a manifest may name instead of writing them out. */
export const classLists: Readonly<Record<string, readonly string[]>> = { 'coco-80': coco80 };
