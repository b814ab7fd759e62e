import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

/** How fast a displacement or a tilt moves. */
export const SlopeFields = Type.Object(
  {
    input: StreamRef,
    unit: Type.Optional(
      Type.Unsafe<'mm' | 'deg'>({
        type: 'string',
        enum: ['mm', 'deg'],
        default: 'mm',
        description: 'mm for displacement, deg for tilt; the input is converted to it.',
      }),
    ),
    windowMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 31_536_000_000,
        description:
          'Velocity is fitted to this last stretch. Without it: 24 h, or four and a half sampling intervals when that is longer.',
      }),
    ),
    pointsMin: Type.Optional(
      Type.Integer({ minimum: 3, maximum: 32, default: 4, description: 'With fewer points it says nothing.' }),
    ),
  },
  { additionalProperties: false },
);
export type SlopeConfig = Static<typeof SlopeFields>;
