import { Name, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const Ms = (description: string, more: object = {}) =>
  Type.Integer({ minimum: 0, maximum: 31_536_000_000, description, ...more });

/** The level of a slope from what several sensors indicate. */
export const SlopeLevelFields = Type.Object(
  {
    sensors: Type.Array(Name, {
      minItems: 1,
      maxItems: 32,
      uniqueItems: true,
      description: 'Ids of models of type slope, each on a sensor of its own.',
    }),
    rain: Type.Optional(
      Type.Array(StreamRef, {
        maxItems: 8,
        uniqueItems: true,
        description: 'Streams of rain attention; any of them raises yellow at most.',
      }),
    ),
    dwellYellowMs: Type.Optional(Ms('Yellow stays until it has been absent for so long.', { default: 86_400_000 })),
    dwellOrangeMs: Type.Optional(Ms('Orange likewise.', { default: 172_800_000 })),
    dwellRedMs: Type.Optional(
      Ms('Red likewise; the rule that latches it also needs a person.', { default: 259_200_000 }),
    ),
    intervalMs: Type.Optional(
      Ms("Usual time between samples; without it the sensors' own, or what their samples show.", { minimum: 1 }),
    ),
  },
  { additionalProperties: false },
);

/** The fields as written; `prepare` adds the usual interval of the rain. */
export type SlopeLevelConfig = Static<typeof SlopeLevelFields> & { rainIntervalMs?: number };

const dayMs = 86_400_000;

/** How long each level must be absent: yellow, orange, red (validity after the last trigger in Philippine practice, domain.md §1.8). */
export function dwellsOf({ dwellYellowMs, dwellOrangeMs, dwellRedMs }: SlopeLevelConfig): [number, number, number] {
  return [dwellYellowMs ?? dayMs, dwellOrangeMs ?? 2 * dayMs, dwellRedMs ?? 3 * dayMs];
}
