import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { switchFields, TopicPart } from '../mqtt-switch/words.ts';

/** A switch of a Zigbee device behind Zigbee2MQTT. */
export const Zigbee2MqttActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('zigbee2mqtt', { description: 'A switch of a Zigbee device behind Zigbee2MQTT.' }),
    device: TopicPart('The device’s friendly name in Zigbee2MQTT.'),
    baseTopic: Type.Optional(TopicPart('Base topic of Zigbee2MQTT, when it was changed; by default zigbee2mqtt.')),
    endpoint: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_]{1,32}$',
        description: 'Which switch of the device, when it has several: l1, left, … as its page names them.',
      }),
    ),
    timer: Type.Union([Type.Literal('on_time'), Type.Literal('countdown')], {
      description: 'What ends a hold: `countdown` where the device’s page has it, else `on_time` (on with timed off).',
    }),
    ...switchFields,
  },
  { additionalProperties: false },
);
export type Zigbee2MqttActuator = Static<typeof Zigbee2MqttActuator>;
