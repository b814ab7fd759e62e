import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { forecastFields } from './forecast/forecast-config.ts';

/** How one sensor of a slope moves, and what that means. */
export const SlopeFields = Type.Object(
  {
    input: StreamRef,
    unit: Type.Optional(
      Type.Unsafe<'mm' | 'deg'>({
        type: 'string',
        enum: ['mm', 'deg'],
        description: 'mm for displacement, deg for tilt; the input is converted to it. Without it: what the input is.',
      }),
    ),
    danger: Type.Optional(
      Type.Unsafe<'increase' | 'decrease' | 'either'>({
        type: 'string',
        enum: ['increase', 'decrease', 'either'],
        default: 'either',
        description: 'The way of danger: growing values, falling ones, or whichever way the sensor moves.',
      }),
    ),
    temperature: Type.Optional(
      Type.Unsafe<string>({
        ...StreamRef,
        description: 'Temperature beside the sensor: what follows it is no movement.',
      }),
    ),
    noise: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'One sigma of a reading in mm or deg, where it is known; what is seen is never taken for less.',
      }),
    ),
    resetJump: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'A jump of at least this, in mm or deg, with the same pace before and after, is the instrument.',
      }),
    ),
    windowMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 31_536_000_000,
        description:
          'Velocity is fitted to at most this last stretch. Without it: as long as noise asks for, up to 3 d or 16 intervals.',
      }),
    ),
    pointsMin: Type.Optional(
      Type.Integer({ minimum: 3, maximum: 32, default: 4, description: 'With fewer points it says nothing.' }),
    ),
    ...forecastFields,
  },
  { additionalProperties: false },
);

/** The fields as written; `prepare` adds the usual interval of the input. */
export type SlopeConfig = Static<typeof SlopeFields> & { intervalMs?: number };
