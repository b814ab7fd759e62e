import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const Address = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, description: `${description} Counted from 0, as on the wire.` });
const Word = (description: string) => Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description });
/** Longest pulse, so that one begun at the very end still fits in the two seconds a driver has to stop. */
const pulseMsMax = 1000;
const PulseMs = Type.Optional(
  Type.Integer({
    minimum: 50,
    maximum: pulseMsMax,
    description:
      'The value stands for so long and is then taken back, for trip and close coils that must not stay energised.',
  }),
);

/** What is written for an action. */
export const ModbusWrite = Type.Union([
  Type.Object({ coil: Address('Coil.'), value: Type.Boolean(), pulseMs: PulseMs }, closed),
  Type.Object(
    {
      holding: Address('Holding register.'),
      value: Type.Integer({ minimum: 0, maximum: 65_535 }),
      pulseMs: PulseMs,
      idle: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 65_535, default: 0, description: 'Value after the pulse.' }),
      ),
    },
    closed,
  ),
]);
export type ModbusWrite = Static<typeof ModbusWrite>;

const levels = {
  high: Type.Optional(Word('Action whose state the contact shows when it is on.')),
  low: Type.Optional(Word('Action whose state the contact shows when it is off.')),
};
const registerLevel = {
  bit: Type.Optional(Type.Integer({ minimum: 0, maximum: 15, description: 'Bit of the register, 0 is the lowest.' })),
  equals: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 65_535, description: 'On while the register has this value.' }),
  ),
};
const contact = <Words extends object>(words: Words) =>
  Type.Union([
    Type.Object({ input: Address('Discrete input.'), ...words }, closed),
    Type.Object({ coil: Address('Coil.'), ...words }, closed),
    Type.Object({ inputRegister: Address('Input register.'), ...registerLevel, ...words }, closed),
    Type.Object({ holding: Address('Holding register.'), ...registerLevel, ...words }, closed),
  ]);

/** A contact or register that shows what the equipment really does; a register without `bit` and `equals` is on unless it is 0. */
export const ModbusContact = contact(levels);
export type ModbusContact = Static<typeof ModbusContact>;

/** The device's own watchdog: what keeps it quiet, and what shows that it is armed. */
export const ModbusWatchdog = Type.Object(
  {
    holding: Address('Register that takes the heartbeat, a number that counts up.'),
    everyMs: Type.Integer({ minimum: 100, maximum: 60_000, description: 'Distance of heartbeats.' }),
    armed: contact({
      inverted: Type.Optional(Type.Boolean({ default: false, description: 'Off means armed.' })),
    }),
  },
  closed,
);
export type ModbusWatchdog = Static<typeof ModbusWatchdog>;

/** Equipment behind Modbus: orders on coils or holding registers, the truth from contacts on other addresses. */
export const ModbusActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('modbus', { description: 'Modbus TCP, or RTU over TCP through a serial gateway.' }),
    host: Type.String({ minLength: 1, maxLength: 253, description: 'Name or address of the device.' }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, default: 502 })),
    unit: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, default: 1, description: 'Unit (slave) number.' })),
    framing: Type.Optional(
      Type.Unsafe<'tcp' | 'rtu-over-tcp'>({ type: 'string', enum: ['tcp', 'rtu-over-tcp'], default: 'tcp' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({ minimum: 50, maximum: 5000, default: 500, description: 'Longest wait for one answer.' }),
    ),
    lookMs: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 60_000, default: 500, description: 'Distance of looks at the contacts.' }),
    ),
    actions: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), ModbusWrite, {
      minProperties: 2,
      maxProperties: 16,
      description: 'What is written for each action; one of them is its rest.',
    }),
    feedback: Type.Array(ModbusContact, { minItems: 1, maxItems: 16, description: 'Where the truth is read.' }),
    echo: Type.Optional(
      Type.Literal('accepted', {
        description:
          'The feedback only echoes what was written: it shows that an order was accepted and never proves it.',
      }),
    ),
    watchdog: Type.Optional(ModbusWatchdog),
  },
  closed,
);
export type ModbusActuator = Static<typeof ModbusActuator>;
