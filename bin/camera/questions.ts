import { Fault } from '@tocsin/contracts';
import Type, { type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { SolveRequest } from '../../dashboard/web/calibrate/words.ts';

const closed = { additionalProperties: false } as const;
const Metres = Type.Number({ minimum: -10_000, maximum: 10_000 });
const Pixels = Type.Number({ minimum: -100_000, maximum: 100_000 });
const Side = Type.Integer({ minimum: 16, maximum: 20_000 });
const Size = Type.Object({ width: Side, height: Side }, closed);

const MeasuredPoint = Type.Object(
  {
    px: Type.Tuple([Pixels, Pixels]),
    m: Type.Tuple([Metres, Metres]),
    label: Type.Optional(Type.String({ maxLength: 80 })),
  },
  closed,
);

/** What the page may send to be solved or saved; bounds of count are those of the page. */
const SolveRequestSchema: TSchema = Type.Object(
  {
    points: Type.Array(MeasuredPoint, { maxItems: 40 }),
    zones: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}$' }),
          name: Type.Optional(Type.String({ maxLength: 120 })),
          outline: Type.Array(Type.Tuple([Metres, Metres]), { minItems: 3, maxItems: 32 }),
        },
        closed,
      ),
      { maxItems: 16 },
    ),
    picture: Size,
    input: Size,
  },
  closed,
);

/** Reads a question of the page. Throws CONTRACT_BROKEN with the first thing that is wrong. */
export function solveRequestOf(body: unknown): SolveRequest {
  if (Value.Check(SolveRequestSchema, body)) return body as SolveRequest;
  const [first] = Value.Errors(SolveRequestSchema, body);
  throw new Fault('CONTRACT_BROKEN', `${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}.`);
}
