import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

/** A line of a GPIO chip, by chip and offset, or by the name the device tree gives it. */
const lineFields = {
  chip: Type.Optional(
    Type.String({ pattern: '^gpiochip[0-9]{1,3}$', description: 'Chip as gpiodetect shows it; with an offset only.' }),
  ),
  line: Type.Union(
    [
      Type.Integer({ minimum: 0, maximum: 1023 }),
      Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.:-]{0,31}$', description: 'Name as gpioinfo shows it.' }),
    ],
    { description: 'Offset on the chip (17), or its name (GPIO17).' },
  ),
  activeLow: Type.Optional(Type.Boolean({ default: false, description: 'Active is the low level.' })),
};

const Word = (description: string, byDefault: string) =>
  Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', default: byDefault, description }));

/** A GPIO line of the gateway with a feedback contact on another line, through the tools of libgpiod 1 or 2. */
export const GpioActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('gpio', { description: 'A GPIO line of this gateway, through the tools of libgpiod.' }),
    ...lineFields,
    energised: Word('Name of the action that drives the line active.', 'on'),
    released: Word('Name of the action that makes it inactive, which is also what silence of the agent does.', 'off'),
    pulseMs: Type.Optional(
      Type.Integer({
        minimum: 20,
        maximum: 60_000,
        description: 'The line is driven active for this long only, for a coil whose act stays done (a shunt trip).',
      }),
    ),
    feedback: Type.Object(
      {
        ...lineFields,
        bias: Type.Optional(
          Type.Unsafe<'pull-up' | 'pull-down' | 'disable'>({
            type: 'string',
            enum: ['pull-up', 'pull-down', 'disable'],
            description: 'Resistor inside the chip; left out: as it is.',
          }),
        ),
        everyMs: Type.Optional(
          Type.Integer({
            minimum: 100,
            maximum: 60_000,
            default: 1000,
            description: 'It is read this often; after an order every 30 ms.',
          }),
        ),
      },
      { ...closed, description: 'Contact of what is switched: active while that is as the energised action makes it.' },
    ),
  },
  closed,
);
export type GpioActuator = Static<typeof GpioActuator>;
