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

/** An instant as people write it, with its offset from UTC: what it means must not depend on where it is read. */
const Instant = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})$',
    description: `${description} Such as 2026-03-01T00:00:00Z.`,
  });

/** A public key whose orders count; several count at once while keys are exchanged. */
export const TrustedKey = Type.Union([
  Type.String({ description: 'The key alone: it counts at any time.' }),
  Type.Object(
    {
      key: Type.String({ description: 'Ed25519 public key (SPKI, base64).' }),
      name: Type.Optional(Name),
      from: Type.Optional(Instant('It counts from then on.')),
      until: Type.Optional(Instant('It counts no longer from then on.')),
    },
    closed,
  ),
]);
