import { Name, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const Point = Type.Tuple([Type.Number(), Type.Number()], { description: '[x, y] in metres.' });
const Ms = (description: string, more: object) =>
  Type.Integer({ minimum: 0, maximum: 3_600_000, description, ...more });

/** A signalised crossing seen from above, in the metres of its tracks. */
export const CrossingFields = Type.Object(
  {
    tracks: Type.Unsafe<string>({ ...Name, description: 'Device whose tracks it reads.' }),
    phase: Type.Unsafe<string>({
      ...StreamRef,
      description: 'Stream of the pedestrian signal: 1 walk, 2 clearance, 0 don’t walk.',
    }),
    from: Type.Unsafe<[number, number]>({ ...Point, description: 'Middle of one kerb line.' }),
    to: Type.Unsafe<[number, number]>({ ...Point, description: 'Middle of the other kerb line.' }),
    widthM: Type.Number({ minimum: 0.5, maximum: 40, description: 'Width of the crossing along the kerb.' }),
    clearanceMs: Ms('Length of the pedestrian clearance as the controller times it.', { minimum: 1000 }),
    waitingM: Type.Optional(
      Type.Number({
        minimum: 0.3,
        maximum: 10,
        default: 2,
        description: 'Depth of the waiting areas behind the kerbs.',
      }),
    ),
    marginMs: Type.Optional(Ms('Added to the time somebody needs.', { default: 1500 })),
    maxExtensionS: Type.Optional(
      Type.Number({ minimum: 0, maximum: 60, default: 13, description: 'Never asks for more than this.' }),
    ),
    blindAfterMs: Type.Optional(
      Ms('Without pictures for this long it withdraws its request.', { minimum: 200, default: 1000 }),
    ),
  },
  { additionalProperties: false },
);
export type CrossingConfig = Static<typeof CrossingFields>;
