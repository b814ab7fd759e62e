import { ChannelBase, DeviceBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { type SignalName, signals } from './events.ts';

const closed = { additionalProperties: false } as const;
/** Controllers have at most 40 phases and 255 detectors; the parameter of an event is one byte. */
const Number255 = (description: string) => Type.Integer({ minimum: 1, maximum: 255, description });

export const HiresLogChannel = Type.Object(
  {
    ...ChannelBase.properties,
    signal: Type.Unsafe<SignalName>({
      type: 'string',
      enum: [...signals],
      description:
        'phase: 0 don’t walk, 1 walk, 2 clearance. vehicle: 0 red, 1 green, 2 yellow, 3 red clearance. preempt: 1 from entry to exit. preemptCall: 1 while its input is on. button: 1 pressed. call: 1 until walk. buttonFault: 1 failed.',
    }),
  },
  closed,
);

/** A signal controller that publishes its high-resolution event log. */
export const HiresLogDevice = Type.Object(
  {
    ...DeviceBase.properties,
    format: Type.Literal('hires-log', {
      description: 'A signal controller’s event log with Indiana codes, as JSON events or CSV lines.',
    }),
    phase: Number255('The phase whose pedestrian signal it is.'),
    vehiclePhase: Type.Optional(Number255('The vehicle phase that crosses the pedestrians’ way.')),
    button: Type.Optional(Number255('Number of the pedestrian detector; default is that of the phase.')),
    controller: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Device number in the log; events of other controllers are passed over.',
      }),
    ),
    channels: Type.Array(HiresLogChannel, {
      minItems: 1,
      maxItems: 16,
      description: 'What the log says of the crossing.',
    }),
  },
  closed,
);
export type HiresLogDevice = Static<typeof HiresLogDevice>;
