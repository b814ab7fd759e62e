import Type, { type Static } from 'typebox';

/** A camera that publishes each picture as one MQTT message. */
export const MqttSource = Type.Object(
  {
    kind: Type.Literal('mqtt', { description: 'Each message on a topic of the field broker is one JPEG.' }),
    topic: Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: '^[^+#\\u0000]+$',
      description: 'Topic on the field broker; no wildcards.',
    }),
    silenceMs: Type.Optional(
      Type.Integer({
        minimum: 500,
        maximum: 3_600_000,
        default: 10_000,
        description: 'Without a picture for this long the camera counts as silent.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type MqttSource = Required<Static<typeof MqttSource>>;
