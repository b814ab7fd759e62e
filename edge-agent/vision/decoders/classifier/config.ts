import Type, { type Static } from 'typebox';
import { closed, OutputName } from '../fields.ts';

/** Parameters of a classifier: one score per class for the whole picture. */
export const ClassifierOutput = Type.Object(
  {
    kind: Type.Literal('classifier'),
    name: OutputName('Output with one score per class.'),
    activation: Type.Optional(
      Type.Unsafe<'none' | 'sigmoid' | 'softmax'>({
        type: 'string',
        enum: ['none', 'sigmoid', 'softmax'],
        default: 'none',
        description: 'What is still to be applied to scores.',
      }),
    ),
    exclusive: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'True when a picture is of one class only: shares of classes of one kind are added, else the largest counts.',
      }),
    ),
  },
  closed,
);
export type ClassifierOutput = Required<Static<typeof ClassifierOutput>>;
