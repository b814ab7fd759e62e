import Type, { type Static } from 'typebox';
import { Coordinates, closed, OutputName, Strides } from '../fields.ts';

/** Parameters of YOLOv5-like outputs: one row of 5 + classes numbers per anchor. */
export const YoloV5Output = Type.Object(
  {
    kind: Type.Literal('yolo-v5'),
    name: OutputName('Output of rows cx, cy, w, h, objectness, class scores.'),
    strides: Type.Optional(Strides),
    anchors: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 9,
        default: 3,
        description: 'Rows per cell: 3 for YOLOv5 and YOLOv7, 1 for YOLOv6.',
      }),
    ),
    coordinates: Type.Optional(Coordinates),
  },
  closed,
);
export type YoloV5Output = Required<Static<typeof YoloV5Output>>;
