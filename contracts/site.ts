import Type, { type Static, type TSchema } from 'typebox';
import { AlertClass, Certainty, Severity, severities, Urgency } from './alert.ts';
import { Mode } from './command.ts';
import { Matrix } from './matrix.ts';
import { Finite, Name, namePattern, oneOf } from './names.ts';
import { ActLimits, Ms } from './site-actuators.ts';
import { EmbeddedBroker, ExternalBroker, Secret, TrustedKey } from './site-links.ts';

export {
  ActLimit,
  ActLimits,
  ActuatorBase,
  ArmingWindow,
  Interlock,
  lifeSafety,
  StreamRef,
  weekDays,
} from './site-actuators.ts';
export { Secret } from './site-links.ts';

/**
 * The parts of a site file that every room must agree on. Formats, models, conditions and drivers add their own fields
 * from their own folders; `siteSchema` joins them into the one schema that is published and checked.
 */
const closed = { additionalProperties: false } as const;

/** Checks a channel asks for; each failure is a quality flag and, where it lasts, a trouble. */
export const ChannelBase = Type.Object({
  id: Name,
  name: Type.Optional(Type.String({ maxLength: 120 })),
  unit: Type.String({ minLength: 1, maxLength: 32, description: 'UCUM code of the stored values.' }),
  min: Type.Optional(Type.Number({ ...Finite, description: 'Lowest value that is physically possible.' })),
  max: Type.Optional(Type.Number({ ...Finite, description: 'Highest value that is physically possible.' })),
  spike: Type.Optional(
    Type.Object(
      {
        mad: Type.Optional(
          Type.Number({
            minimum: 1,
            default: 5,
            description: 'A sample further than this many MAD from the median of 5 is a spike.',
          }),
        ),
        floor: Type.Number({
          minimum: 0,
          description: 'Deviations below this are never spikes, in the unit of the channel.',
        }),
      },
      { ...closed, description: 'Leave out where real values jump.' },
    ),
  ),
  stuckAfterMs: Type.Optional(
    Ms('Trouble when the value has not changed at all for this long. Leave out for states and counters.'),
  ),
  resetJump: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'A lasting level jump of at least this is a sensor reset.' }),
  ),
});

/** A device on the field side. */
export const DeviceBase = Type.Object({
  id: Name,
  name: Type.Optional(Type.String({ maxLength: 120 })),
  format: Name,
  topic: Type.String({ minLength: 1, maxLength: 256, description: 'Topic on the field broker; no wildcards.' }),
  intervalMs: Ms('Usual time between readings; silence of three intervals is a gap and a trouble.', { minimum: 1 }),
  latenessMs: Type.Optional(Ms('Older readings are stored but reopen no decision.', { default: 60_000 })),
  clockSkewMs: Type.Optional(Ms('A device time further than this from arrival is not believed.', { default: 300_000 })),
});

/** The fields every rule has, whatever its condition. */
export const RuleBase = Type.Object({
  id: Name,
  type: Name,
  event: Type.String({ minLength: 1, maxLength: 160, description: 'What happens, in words a dispatcher uses.' }),
  subject: Type.Optional(Name),
  class: Type.Optional(Type.Unsafe<Static<typeof AlertClass>>({ ...AlertClass, default: 'alarm' })),
  urgency: Type.Optional(Type.Unsafe<Static<typeof Urgency>>({ ...Urgency, default: 'Immediate' })),
  certainty: Type.Optional(Type.Unsafe<Static<typeof Certainty>>({ ...Certainty, default: 'Observed' })),
  advice: Type.Optional(Type.String({ maxLength: 500 })),
  latch: Type.Optional(
    Type.Union([Type.Boolean(), oneOf(severities.slice(1) as ['Minor', 'Moderate', 'Severe', 'Extreme'])], {
      default: false,
      description: 'true: stays until a person resets it. A severity: from that severity on it does.',
    }),
  ),
});
export type RuleBase = Static<typeof RuleBase>;

/** A response joins an alert to an act: while the alert is at least this severe, the actuator is asked for the action. */
export const Response = Type.Object(
  {
    id: Name,
    when: Type.Object({ rule: Name, atLeast: Severity }, closed),
    actuator: Name,
    action: Name,
    hold: Type.Optional(
      Type.Unsafe<'whileActive' | 'untilReset'>({
        type: 'string',
        enum: ['whileActive', 'untilReset'],
        default: 'whileActive',
      }),
    ),
    delayMs: Type.Optional(Ms('The act begins so long after the alert, if that still lasts.', { maximum: 3_600_000 })),
  },
  closed,
);
export type Response = Static<typeof Response>;

export type SiteFamilies = {
  formats: TSchema[];
  camera: TSchema;
  vision: TSchema;
  packs: TSchema[];
  models: TSchema[];
  rules: TSchema[];
  actuators: TSchema[];
};

/** The whole schema of a site file, made of the common parts and of whatever formats, models, conditions and drivers exist. */
export function siteSchema(families: SiteFamilies) {
  return Type.Object(
    {
      site: Name,
      name: Type.String({ minLength: 1, maxLength: 120 }),
      timeZone: Type.Optional(
        Type.String({ maxLength: 64, description: 'IANA name, for people; everything stored is UTC.' }),
      ),
      location: Type.Optional(
        Type.Object(
          {
            latitude: Type.Number({ minimum: -90, maximum: 90 }),
            longitude: Type.Number({ minimum: -180, maximum: 180 }),
          },
          closed,
        ),
      ),
      mode: Type.Optional(Type.Unsafe<Mode>({ ...Mode, default: 'shadow' })),
      dataDir: Type.Optional(
        Type.String({ minLength: 1, default: './data', description: 'Where the gateway keeps its journal.' }),
      ),
      broker: Type.Optional(Type.Union([EmbeddedBroker, ExternalBroker])),
      cloud: Type.Optional(
        Type.Object(
          {
            url: Type.String({ pattern: '^mqtts?://' }),
            password: Secret,
            caFile: Type.Optional(
              Type.String({
                minLength: 1,
                description:
                  'Certificates (PEM) that vouch for the cloud in place of the public authorities; relative to this file.',
              }),
            ),
            commandKeys: Type.Optional(
              Type.Array(TrustedKey, {
                maxItems: 16,
                description: 'Public keys whose orders count; tocsin key prints them.',
                default: [],
              }),
            ),
          },
          {
            ...closed,
            description: 'Leave out for a gateway that stands alone. User name and client id are the site id.',
          },
        ),
      ),
      journal: Type.Optional(
        Type.Object(
          {
            commitEveryMs: Type.Optional(
              Ms('Readings are committed together this often; alerts and commands at once.', { default: 100 }),
            ),
            bytesMax: Type.Optional(Type.Integer({ minimum: 1_000_000, default: 1_000_000_000 })),
          },
          { ...closed, default: {}, description: 'How the gateway keeps its journal.' },
        ),
      ),
      devices: Type.Array(Type.Union(families.formats), { maxItems: 4096 }),
      cameras: Type.Optional(
        Type.Array(families.camera, {
          maxItems: 16,
          default: [],
          description: 'Cameras; to rules, models and packs each is a device with tracks.',
        }),
      ),
      vision: Type.Optional(families.vision),
      packs: Type.Optional(
        Type.Array(Type.Union(families.packs), {
          maxItems: 256,
          default: [],
          description: 'Models and rules with expert defaults, made from a few facts of the site.',
        }),
      ),
      models: Type.Optional(Type.Array(Type.Union(families.models), { maxItems: 4096, default: [] })),
      rules: Type.Optional(Type.Array(Type.Union(families.rules), { maxItems: 4096, default: [] })),
      actuators: Type.Optional(Type.Array(Type.Union(families.actuators), { maxItems: 1024, default: [] })),
      limits: Type.Optional(
        Type.Object(
          {
            site: Type.Optional(ActLimits),
            areas: Type.Optional(Type.Record(Type.String({ pattern: namePattern }), ActLimits, { maxProperties: 256 })),
          },
          {
            ...closed,
            description: 'How many acts away from rest all actuators together may do; the others wait for their turn.',
          },
        ),
      ),
      responses: Type.Optional(Type.Array(Response, { maxItems: 4096, default: [] })),
      matrix: Type.Optional(Matrix),
    },
    { ...closed, $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Tocsin site file' },
  );
}
