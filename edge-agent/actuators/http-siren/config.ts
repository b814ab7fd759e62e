import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { httpDeviceFields } from '../over-http/fields.ts';
import { requestFields } from '../over-http/template.ts';

const closed = { additionalProperties: false } as const;

/** What is asked of the device for an action, and what it says once it is done. */
const SirenAction = Type.Object(
  {
    ...requestFields,
    state: Type.String({ minLength: 1, maxLength: 64, description: 'State text that confirms the action.' }),
  },
  closed,
);

/** A siren, strobe or relay that takes its orders over HTTP and tells its state at another path. */
export const HttpSirenActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('http-siren', { description: 'A siren, strobe or relay with an HTTP API.' }),
    http: Type.Object(httpDeviceFields, closed),
    actions: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), SirenAction, {
      minProperties: 2,
      maxProperties: 16,
      description:
        'What the device can do, by name; one of them is its rest. {leaseS} is the length of the act in seconds, {id} that of the order.',
    }),
  },
  closed,
);
export type HttpSirenActuator = Static<typeof HttpSirenActuator>;
