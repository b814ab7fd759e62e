import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Feedback, switchFields, TopicPart } from '../mqtt-switch/words.ts';

/** A relay of a device that runs Tasmota. */
export const TasmotaActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('tasmota', { description: 'A relay of a device that runs Tasmota.' }),
    topic: TopicPart('The device’s Topic, as its MQTT page shows it.'),
    fullTopic: Type.Optional(
      Type.String({
        maxLength: 128,
        pattern: '^(?=.*%prefix%)(?=.*%topic%)[^+#\\u0000]+/$',
        default: '%prefix%/%topic%/',
        description: 'The device’s FullTopic, when it was changed.',
      }),
    ),
    relay: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 32, default: 1, description: 'Number of the relay, from 1.' }),
    ),
    ...switchFields,
    feedback: Feedback('Number of the Switch input, from 1, with SwitchMode 15.', 1),
  },
  { additionalProperties: false },
);
export type TasmotaActuator = Static<typeof TasmotaActuator>;
