import Type, { type Static } from 'typebox';
import { AlertClass, Severity } from './alert.ts';
import { Mode } from './command.ts';
import { Finite, InstantMs, Name, oneOf } from './names.ts';

/** What one channel of a device measures; ranges are physical limits in `unit`. */
export const ChannelDescription = Type.Object({
  channel: Name,
  name: Type.Optional(Type.String({ maxLength: 120 })),
  unit: Type.String({ maxLength: 32, description: 'UCUM.' }),
  min: Type.Optional(Finite),
  max: Type.Optional(Finite),
  intervalMs: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type ChannelDescription = Static<typeof ChannelDescription>;

/** The retained description a site publishes of itself, so that no other room needs to be edited for a new kind of thing. */
export const Descriptor = Type.Object({
  v: Type.Literal(1),
  site: Name,
  name: Type.String({ maxLength: 120 }),
  version: Type.String({ maxLength: 64, description: 'Version of the agent.' }),
  configHash: Type.String({ maxLength: 64, description: 'SHA-256 of the site file.' }),
  mode: Mode,
  timeZone: Type.Optional(Type.String({ maxLength: 64 })),
  location: Type.Optional(Type.Object({ latitude: Finite, longitude: Finite })),
  devices: Type.Array(
    Type.Object({
      device: Name,
      name: Type.Optional(Type.String({ maxLength: 120 })),
      format: Name,
      channels: Type.Array(ChannelDescription, { maxItems: 256 }),
    }),
    { maxItems: 4096 },
  ),
  rules: Type.Array(
    Type.Object({
      rule: Name,
      event: Type.String({ maxLength: 160 }),
      type: Name,
      class: AlertClass,
      severities: Type.Array(Severity, { maxItems: 8 }),
      version: Type.String({ maxLength: 64 }),
    }),
    { maxItems: 4096 },
  ),
  vision: Type.Optional(
    Type.Array(
      Type.Object({
        camera: Name,
        model: Type.String({ maxLength: 64 }),
        sha256: Type.String({ maxLength: 64, description: 'Of the model file.' }),
      }),
      { maxItems: 64 },
    ),
  ),
  actuators: Type.Array(
    Type.Object({
      actuator: Name,
      name: Type.Optional(Type.String({ maxLength: 120 })),
      driver: Name,
      actions: Type.Array(Name, { maxItems: 16 }),
      onSilence: Type.String({ maxLength: 64, description: 'What the device does when the agent falls silent.' }),
      irreversible: Type.Boolean(),
      rest: Type.Optional(
        Type.String({
          maxLength: 64,
          description: 'The action that ends every other; ending what is irreversible is one.',
        }),
      ),
    }),
    { maxItems: 1024 },
  ),
});
export type Descriptor = Static<typeof Descriptor>;

/** The retained state of a site; the broker publishes `online: false` as the will of a site that vanishes. */
export const Status = Type.Object({
  v: Type.Literal(1),
  site: Name,
  online: Type.Boolean(),
  atMs: InstantMs,
  health: oneOf(['ok', 'degraded', 'failed']),
  problems: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 32 }),
  queued: Type.Integer({ minimum: 0, description: 'Batches not yet stored by the cloud.' }),
  oldestQueuedAtMs: Type.Optional(InstantMs),
  refused: Type.Integer({ minimum: 0, description: 'Inputs refused since start.' }),
  startedAtMs: InstantMs,
});
export type Status = Static<typeof Status>;
