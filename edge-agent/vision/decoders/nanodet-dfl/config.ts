import Type, { type Static } from 'typebox';
import { closed, OutputName, Sigmoid, Strides } from '../fields.ts';

const Split = Type.Object(
  {
    stride: Type.Integer({ minimum: 2, maximum: 256, description: 'Pixels of the input per cell.' }),
    scores: OutputName('Output with a row of class scores per cell.'),
    boxes: OutputName('Output with 4 × (regMax + 1) logits per cell: left, top, right, bottom.'),
  },
  closed,
);
const Joined = Type.Object(
  {
    strides: Strides,
    joined: OutputName('One output of all strides: per cell first the class scores, then the logits of the box.'),
  },
  closed,
);

/** Parameters of NanoDet’s heads: scores per class and a distribution over distances per side (Generalized Focal Loss, 2020). */
export const NanodetOutput = Type.Object(
  {
    kind: Type.Literal('nanodet-dfl'),
    heads: Type.Array(Type.Union([Split, Joined]), {
      minItems: 1,
      maxItems: 8,
      description: 'Where the numbers are: two outputs per stride (NanoDet), or one for all (NanoDet-Plus).',
    }),
    regMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: 7,
        description: 'Largest distance of a distribution, in cells.',
      }),
    ),
    sigmoid: Type.Optional(Sigmoid),
    cell: Type.Optional(
      Type.Unsafe<'centre' | 'corner'>({
        type: 'string',
        enum: ['centre', 'corner'],
        default: 'centre',
        description: 'Where in its cell a box is measured from: NanoDet centre, NanoDet-Plus corner.',
      }),
    ),
  },
  closed,
);
export type NanodetOutput = Required<Static<typeof NanodetOutput>>;
