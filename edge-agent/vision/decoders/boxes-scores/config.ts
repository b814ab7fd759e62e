import Type, { type Static } from 'typebox';
import { Coordinates, closed, OutputName } from '../fields.ts';

/** Parameters of models that give boxes and scores as two tensors, and perhaps labels as a third. */
export const BoxesScoresOutput = Type.Object(
  {
    kind: Type.Literal('boxes-scores'),
    boxes: OutputName('Output with four numbers per box.'),
    scores: OutputName('Output with a score per box and class, or with labels a score per box.'),
    labels: Type.Optional(OutputName('Output with the class of each box.')),
    format: Type.Optional(
      Type.Unsafe<'xyxy' | 'xywh' | 'cxcywh'>({
        type: 'string',
        enum: ['xyxy', 'xywh', 'cxcywh'],
        default: 'xyxy',
        description: 'Two corners; corner and size; centre and size.',
      }),
    ),
    coordinates: Type.Optional(Coordinates),
    activation: Type.Optional(
      Type.Unsafe<'none' | 'sigmoid' | 'softmax'>({
        type: 'string',
        enum: ['none', 'sigmoid', 'softmax'],
        default: 'none',
        description:
          'What is still to be applied to scores; softmax expects one more class at the end, the background.',
      }),
    ),
  },
  closed,
);
export type BoxesScoresOutput = Required<Omit<Static<typeof BoxesScoresOutput>, 'labels'>> & { labels?: string };
