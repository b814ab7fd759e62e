import { ActuatorBase, Secret } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Feedback, switchFields, TopicPart } from '../mqtt-switch/words.ts';

/** A relay of a Shelly of the first generation. */
export const ShellyGen1Actuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('shelly-gen1', {
      description: 'A relay of a first-generation Shelly (Shelly 1, 1PM, 2.5, Plug).',
    }),
    device: TopicPart('The device’s MQTT id such as shelly1-B929CC, without shellies/ before it.'),
    channel: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 3, default: 0, description: 'Number of the relay, from 0.' }),
    ),
    address: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$',
        description:
          'Its address on the site’s network: its timer can be set and read over HTTP only. Needed for holds.',
      }),
    ),
    username: Type.Optional(
      Type.String({ maxLength: 64, default: 'admin', description: 'Name, where login is restricted.' }),
    ),
    password: Type.Optional(Secret),
    ...switchFields,
    feedback: Feedback('Number of the input, from 0, with a detached button type.', 0),
  },
  { additionalProperties: false },
);
export type ShellyGen1Actuator = Static<typeof ShellyGen1Actuator>;
