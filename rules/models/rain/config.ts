import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { thresholdNames } from './thresholds.ts';

/** Rain at a gauge, held against published thresholds of landslide occurrence. */
export const RainFields = Type.Object(
  {
    input: StreamRef,
    kind: Type.Optional(
      Type.Unsafe<'depth' | 'total' | 'intensity'>({
        type: 'string',
        enum: ['depth', 'total', 'intensity'],
        default: 'depth',
        description:
          'depth: mm since the reading before; total: mm of a counter that only rises and may be reset; intensity: mm/h.',
      }),
    ),
    thresholds: Type.Optional(
      Type.Array(Type.Unsafe<(typeof thresholdNames)[number]>({ type: 'string', enum: [...thresholdNames] }), {
        maxItems: 8,
        uniqueItems: true,
        description: 'Published thresholds by name; caine-1980 when neither this nor `coefficients` says anything.',
      }),
    ),
    coefficients: Type.Optional(
      Type.Object(
        {
          a: Type.Number({ exclusiveMinimum: 0, maximum: 1000, description: 'mm/h at a duration of 1 h.' }),
          b: Type.Number({ minimum: 0, maximum: 3, description: 'I = a D^-b with D in hours.' }),
          fromH: Type.Optional(Type.Number({ minimum: 0, maximum: 10_000, description: 'Valid from this duration.' })),
          toH: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10_000, description: 'Valid to it.' })),
        },
        { additionalProperties: false, description: "The site's own intensity-duration threshold." },
      ),
    ),
    twoYearMaxMm: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 5000,
        description: 'Needed by `philippines`: the daily rain that the site reaches once in two years.',
      }),
    ),
    separationMs: Type.Optional(
      Type.Integer({
        minimum: 3_600_000,
        maximum: 864_000_000,
        default: 86_400_000,
        description:
          'Without rain for so long an event is over (24 h common, 48–96 h in a cold season; Seattle keeps its 3 h).',
      }),
    ),
    recession: Type.Optional(
      Type.Number({
        minimum: 0.5,
        maximum: 0.99,
        default: 0.9,
        description: 'Share of the antecedent index that is left after a day (0.8–0.95).',
      }),
    ),
    wetnessAtStartMm: Type.Optional(
      Type.Number({
        minimum: -180,
        maximum: 500,
        default: 0,
        description: 'Only for seattle-wetness: water in the soil above field capacity when the gauge begins.',
      }),
    ),
    intervalMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 172_800_000,
        description: "Usual time between readings; without it the device's own, or what the readings show.",
      }),
    ),
  },
  { additionalProperties: false },
);
export type RainConfig = Static<typeof RainFields>;
