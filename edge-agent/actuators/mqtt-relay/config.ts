import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Path } from '../../sensors/path.ts';

const closed = { additionalProperties: false } as const;
const Topic = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[^+#\\u0000]+$',
    description: `${description} No wildcards.`,
  });

/** What is sent for an action, and what the device says once it is done. */
export const RelayAction = Type.Object(
  {
    send: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Payload. {leaseS} becomes the seconds of the lease, {id} the id of the command.',
    }),
    state: Type.String({ minLength: 1, maxLength: 64, description: 'State text that confirms the action.' }),
  },
  closed,
);

/** A relay, switch or siren that takes its orders on one MQTT topic and reports its state on another. */
export const MqttRelayActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('mqtt-relay', { description: 'Orders on one MQTT topic, state on another.' }),
    commandTopic: Topic('Where the device takes orders.'),
    stateTopic: Topic('Where the device reports what it really does.'),
    statePath: Type.Optional(Path('Where the state is, when the report is JSON.')),
    actions: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), RelayAction, {
      minProperties: 2,
      maxProperties: 16,
      description: 'What the device can do, by name; one of them is its rest.',
    }),
    askTopic: Type.Optional(Topic('Where the device can be asked for its state.')),
    askPayload: Type.Optional(
      Type.String({ maxLength: 1024, default: '', description: 'Payload of the question; empty by default.' }),
    ),
  },
  closed,
);
export type MqttRelayActuator = Static<typeof MqttRelayActuator>;
