import Type, { type Static } from 'typebox';
import { Name } from './names.ts';

/** How a gateway is joined to its field side, and where its secrets come from. */
const closed = { additionalProperties: false } as const;

/** Where a secret comes from; it is never written in the site file itself. */
export const Secret = Type.Union([
  Type.Object({ env: Type.String({ minLength: 1, description: 'Name of an environment variable.' }) }, closed),
  Type.Object(
    { file: Type.String({ minLength: 1, description: 'A file only its owner can read; relative to this file.' }) },
    closed,
  ),
]);
export type Secret = Static<typeof Secret>;

/** The gateway's own broker on the field side. */
export const EmbeddedBroker = Type.Object(
  {
    listen: Type.Object(
      {
        host: Type.Optional(Type.String({ minLength: 1, default: '127.0.0.1' })),
        port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, default: 1883 })),
      },
      { ...closed, description: 'The gateway runs its own broker here.' },
    ),
    users: Type.Array(
      Type.Object(
        {
          username: Name,
          password: Secret,
          publish: Type.Optional(
            Type.Array(Type.String({ maxLength: 256 }), {
              description: 'Topic filters it may publish on.',
              default: [],
            }),
          ),
          subscribe: Type.Optional(
            Type.Array(Type.String({ maxLength: 256 }), {
              description: 'Topic filters it may subscribe to.',
              default: [],
            }),
          ),
        },
        closed,
      ),
      { maxItems: 1024, description: 'Who may connect; the client id must equal the username.' },
    ),
  },
  closed,
);
/** A broker that runs on site without Tocsin. */
export const ExternalBroker = Type.Object(
  {
    url: Type.String({ pattern: '^mqtts?://', description: 'A broker that already runs on site.' }),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Secret),
  },
  closed,
);
