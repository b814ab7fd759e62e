import { Name, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const Point = Type.Tuple([Type.Number(), Type.Number()], { description: '[x, y] in metres.' });
const Ms = (description: string, more: object) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000, description, ...more }));
const Seconds = (description: string, more: object) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 600, description, ...more }));
const Stream = (description: string) => Type.Unsafe<string>({ ...StreamRef, description });

const Tap = Type.Object(
  {
    input: Stream('Stream of a card reader, RFID reader or beacon; a change from 0 or any increase is a tap.'),
    extensionS: Type.Number({
      minimum: 0,
      maximum: 60,
      description: 'Time a tap adds to the next walk and clearance (3 to 13 s by length of crossing, LTA Green Man+).',
    }),
  },
  { additionalProperties: false },
);

/** The crossing seen from above, in the metres of its tracks, and the times its controller keeps. */
const place = {
  tracks: Type.Unsafe<string>({ ...Name, description: 'Device whose tracks it reads.' }),
  from: Type.Unsafe<[number, number]>({ ...Point, description: 'Middle of one kerb line.' }),
  to: Type.Unsafe<[number, number]>({ ...Point, description: 'Middle of the other kerb line.' }),
  widthM: Type.Number({ minimum: 0.5, maximum: 40, description: 'Width of the crossing along the kerb.' }),
  waitingM: Type.Optional(
    Type.Number({ minimum: 0.3, maximum: 10, default: 2, description: 'Depth of the waiting areas behind the kerbs.' }),
  ),
  clearanceMs: Type.Integer({
    minimum: 1000,
    maximum: 3_600_000,
    description: 'Length of the pedestrian clearance as the controller times it.',
  }),
  walkMs: Ms('Length of the walk as the controller times it (at least 7 s, MUTCD).', { default: 7000 }),
};

const signals = {
  phase: Stream('Pedestrian signal: 0 don’t walk, 1 walk, 2 clearance.'),
  vehicle: Type.Optional(Stream('Signal of the vehicles that cross: 0 red, 1 green, 2 yellow, 3 red clearance.')),
  preempt: Type.Optional(Stream('1 while a pre-emption or the police has the controller, else 0.')),
  left: Type.Optional(Stream('Clearance left as the controller says (s); believed before clearanceMs.')),
  phaseStaleMs: Ms('A phase not heard for longer is unknown; without it five usual intervals, at least 5 s.', {
    minimum: 500,
  }),
  buttons: Type.Optional(
    Type.Array(Stream('Stream of a push button; a change from 0 or any increase is a press.'), { maxItems: 16 }),
  ),
  taps: Type.Optional(Type.Array(Tap, { maxItems: 16, description: 'Readers whose tap asks for more time.' })),
  passiveCall: Type.Optional(
    Type.Boolean({ description: 'Waiting alone calls; without it only where there are no buttons and no taps.' }),
  ),
};

const limits = {
  marginMs: Ms('Added to the time somebody needs (1 to 2 s).', { default: 1500 }),
  maxExtensionS: Type.Optional(
    Type.Number({ minimum: 0, maximum: 60, default: 13, description: 'Never asks for more than this in a cycle.' }),
  ),
  extendedCyclesMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 3,
      description: 'Extended cycles in a row; the next is refused until the vehicles had their minimum green.',
    }),
  ),
  minVehicleGreenS: Seconds('Vehicle green after an extension, before the next call.', { default: 7 }),
  maxRedS: Seconds('Longest red for the vehicles, extension included.', { default: 120 }),
  cancelDelayMs: Ms('A call ends when nobody waits for this long (2 to 4 s).', { default: 3000 }),
};

const senses = {
  blindAfterMs: Ms('Without pictures for this long it withdraws what rests on them.', { minimum: 200, default: 1000 }),
  occlusionMs: Ms('Somebody hidden on the road is kept for this long.', { maximum: 5000, default: 1500 }),
  stoppedAfterMs: Ms('Slower than 0.3 m/s on the road for this long is stopped.', { default: 3000 }),
  stuckOnMs: Ms('Somebody on the road for this long is taken for a detector stuck on.', {
    minimum: 10_000,
    default: 300_000,
  }),
  stuckCycles: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 1000,
      default: 5,
      description: 'Cycles in a row that look impossible before the detector is called stuck.',
    }),
  ),
  onFault: Type.Optional(
    Type.Union([Type.Literal('release'), Type.Literal('fixedTime')], {
      default: 'release',
      description: 'Blind or stuck off: ask for nothing, or for the longest clearance in every cycle.',
    }),
  ),
};

/**
 * A signalised crossing: where it is, how its signal is read, what may be asked and when its detector is not believed.
 */
export const CrossingFields = Type.Object(
  { ...place, ...signals, ...limits, ...senses },
  { additionalProperties: false },
);
export type CrossingConfig = Static<typeof CrossingFields>;

/** What holds where a site says nothing; the same values as the defaults of the schema. */
export const usual = {
  waitingM: 2,
  walkMs: 7000,
  phaseStaleMs: 300_000,
  marginMs: 1500,
  maxExtensionS: 13,
  extendedCyclesMax: 3,
  minVehicleGreenS: 7,
  maxRedS: 120,
  cancelDelayMs: 3000,
  blindAfterMs: 1000,
  occlusionMs: 1500,
  stoppedAfterMs: 3000,
  stuckOnMs: 300_000,
  stuckCycles: 5,
  onFault: 'release' as 'release' | 'fixedTime',
};
