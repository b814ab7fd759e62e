import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Feedback, switchFields, TopicPart } from '../mqtt-switch/words.ts';

/** A switch of a Shelly of the second generation or later (Plus, Pro, Gen3, Gen4). */
export const ShellyGen2Actuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('shelly-gen2', { description: 'A switch of a Shelly Plus, Pro, Gen3 or Gen4.' }),
    device: TopicPart('The device’s MQTT prefix, by default its id such as shellyplus1-a8032ab636ec.'),
    channel: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 15, default: 0, description: 'Number of the switch, from 0.' }),
    ),
    ...switchFields,
    feedback: Feedback('Number of the input, from 0, of type switch and detached.', 0),
  },
  { additionalProperties: false },
);
export type ShellyGen2Actuator = Static<typeof ShellyGen2Actuator>;
