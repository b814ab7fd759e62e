import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const Component = (description: string) => Type.Unsafe<string>({ ...StreamRef, description });

/** The components of one GNSS antenna or total-station prism, all on one device. */
export const VectorFields = Type.Object(
  {
    east: Component('Position towards east.'),
    north: Component('Position towards north.'),
    up: Type.Optional(Component('Height.')),
    azimuthDeg: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 360,
        description: 'Way of the movement, clockwise from north, where the site knows it; else it is learnt.',
      }),
    ),
    plungeDeg: Type.Optional(
      Type.Number({
        minimum: -90,
        maximum: 90,
        default: 0,
        description: 'How steeply it goes down; needs azimuthDeg.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type VectorConfig = Static<typeof VectorFields>;
