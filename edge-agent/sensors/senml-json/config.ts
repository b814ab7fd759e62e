import { ChannelBase, DeviceBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

export const SenmlChannel = Type.Object(
  {
    ...ChannelBase.properties,
    n: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'SenML name of the measurement: the whole of it, or its last part as in `temp` of `urn:dev:x:temp`.',
    }),
    map: Type.Optional(
      Type.Object(
        {
          true: Type.Optional(Type.Number({ description: 'Number for vb true.' })),
          false: Type.Optional(Type.Number({ description: 'Number for vb false.' })),
        },
        { ...closed, description: 'Numbers for boolean values (vb); without it they are refused.' },
      ),
    ),
  },
  closed,
);

/** A device that sends SenML in its JSON form (RFC 8428). */
export const SenmlDevice = Type.Object(
  {
    ...DeviceBase.properties,
    format: Type.Literal('senml-json', {
      description: 'SenML, RFC 8428, as JSON; units and times are in the payload.',
    }),
    channels: Type.Array(SenmlChannel, { minItems: 1, maxItems: 256, description: 'What the device measures.' }),
  },
  closed,
);
export type SenmlDevice = Static<typeof SenmlDevice>;
