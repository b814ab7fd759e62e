import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Path } from '../../sensors/path.ts';
import { switchFields, TopicPart } from '../mqtt-switch/words.ts';

const Word = (description: string, byDefault?: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description,
      ...(byDefault === undefined ? {} : { default: byDefault }),
    }),
  );

/** A switch as devices announce it to Home Assistant over MQTT; the fields have the names of the announcement. */
export const HaSwitchActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('ha-switch', { description: 'A switch as it is announced to Home Assistant over MQTT.' }),
    commandTopic: TopicPart('command_topic of the announcement.'),
    stateTopic: TopicPart('state_topic of the announcement; without one nothing could be confirmed.'),
    statePath: Type.Optional(Path('Where the state is, when value_template picks it out of JSON.')),
    payloadOn: Word('payload_on.', 'ON'),
    payloadOff: Word('payload_off.', 'OFF'),
    stateOn: Word('state_on; payloadOn by default.'),
    stateOff: Word('state_off; payloadOff by default.'),
    availabilityTopic: Type.Optional(TopicPart('availability_topic.')),
    availabilityPath: Type.Optional(Path('Where it is, when availability_template picks it out of JSON.')),
    payloadAvailable: Word('payload_available.', 'online'),
    payloadNotAvailable: Word('payload_not_available.', 'offline'),
    autoOffS: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        description:
          'After how many seconds without a further order the device goes back by itself, as set on the device.',
      }),
    ),
    ...switchFields,
  },
  { additionalProperties: false },
);
export type HaSwitchActuator = Static<typeof HaSwitchActuator>;
