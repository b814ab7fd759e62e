import Type, { type Static } from 'typebox';
import { closed, OutputName, Strides } from '../fields.ts';

/** Parameters of YOLOX outputs: rows of 5 + classes numbers relative to their cells. */
export const YoloxOutput = Type.Object(
  {
    kind: Type.Literal('yolox'),
    name: OutputName('Output of rows dx, dy, log w, log h, objectness, class scores, in cells.'),
    strides: Type.Optional(Strides),
  },
  closed,
);
export type YoloxOutput = Required<Static<typeof YoloxOutput>>;
