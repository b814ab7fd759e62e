import Type, { type Static } from 'typebox';
import { Coordinates, closed, OutputName } from '../fields.ts';

const columnNames = ['x1', 'y1', 'x2', 'y2', 'score', 'class', 'skip'] as const;

/** Parameters of models that give finished rows, one per thing found. */
export const End2endOutput = Type.Object(
  {
    kind: Type.Literal('end2end'),
    name: OutputName('Output with one row per thing found.'),
    columns: Type.Optional(
      Type.Array(Type.Unsafe<(typeof columnNames)[number]>({ type: 'string', enum: [...columnNames] }), {
        minItems: 6,
        maxItems: 16,
        default: ['x1', 'y1', 'x2', 'y2', 'score', 'class'],
        description: 'What each number of a row is; skip is not read (YOLOv7 begins with the batch).',
      }),
    ),
    coordinates: Type.Optional(Coordinates),
  },
  closed,
);
export type End2endOutput = Required<Static<typeof End2endOutput>>;
