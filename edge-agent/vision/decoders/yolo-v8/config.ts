import Type, { type Static } from 'typebox';
import { Coordinates, closed, OutputName, Strides } from '../fields.ts';

/** Parameters of YOLOv8-like outputs: one column of 4 + classes numbers per cell. */
export const YoloV8Output = Type.Object(
  {
    kind: Type.Literal('yolo-v8'),
    name: OutputName('Output of columns cx, cy, w, h, class scores: one line per number, not per cell.'),
    strides: Type.Optional(Strides),
    extra: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1_000,
        default: 0,
        description: 'Numbers per cell after the class scores that are not read: 32 for masks.',
      }),
    ),
    coordinates: Type.Optional(Coordinates),
  },
  closed,
);
export type YoloV8Output = Required<Static<typeof YoloV8Output>>;
