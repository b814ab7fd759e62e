import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { Surroundings } from '../../engine/types.ts';
import { type CoStandard, coStandards } from './carbon-monoxide.ts';
import { type HeatClass, type HeatLimits, heatClasses, heatLimits } from './heat-class.ts';
import { isSmokeUnit, type SmokeUnit, smokeUnits, toDbPerM } from './obscuration.ts';
import { type SightKind, sightKinds } from './sight.ts';

/** Quantities of one detector place, in the order of the model's inputs. */
export const channelKinds = ['temperature', 'smoke', 'co', 'co2'] as const;
export type ChannelKind = (typeof channelKinds)[number];

const Stream = (description: string) => Type.Optional(Type.Unsafe<string>({ ...StreamRef, description }));
const Ms = (description: string, more: object) => Type.Optional(Type.Integer({ minimum: 0, description, ...more }));

/** One detector place with any of its channels. */
export const FireFields = Type.Object(
  {
    temperature: Stream('Air temperature at the detector.'),
    smoke: Stream('Smoke as obscuration (%/m), attenuation (dB/m) or optical density to base 10 (1/m).'),
    co: Stream('Carbon monoxide.'),
    co2: Stream('Carbon dioxide or the eCO2 of a metal-oxide sensor; supports other signs by its change only.'),
    flame: Stream(
      'How much it looks like flames to a camera over the place, 0 to 1; supports other signs only and is never one itself.',
    ),
    smokeSeen: Stream('How much it looks like smoke to a camera over the place, 0 to 1; supports other signs only.'),
    heatClass: Type.Optional(
      Type.Unsafe<HeatClass>({
        type: 'string',
        enum: heatClasses,
        default: 'A1',
        description:
          'EN 54-5 class. Suffix R: rate of rise counts from any temperature; S: only the static temperature counts, ' +
          'for kitchens and boiler rooms; none: rate of rise counts above the typical use temperature.',
      }),
    ),
    smokeAlarm: Type.Optional(
      Type.Number({
        minimum: 0.05,
        maximum: 30,
        default: 6,
        description:
          'Smoke above clean air that is an alarm, %/m. The default, 1.9 %/ft, lies in the windows of UL 268 for photo and ' +
          'for ion detectors and in that of EN 54-7.',
      }),
    ),
    verify: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Alarm verification: smoke alone must still be there 30 s later, within the 60 s that follow.',
      }),
    ),
    standard: Type.Optional(
      Type.Unsafe<CoStandard>({
        type: 'string',
        enum: coStandards,
        default: 'UL 2034',
        description:
          'When CO alone is an alarm: by the dose of UL 2034 or EN 50291, or (EN 54-26) also as soon as it rises like a fire.',
      }),
    ),
    holdMs: Ms('How long a sign must last; a sparser signal needs its second sample.', {
      minimum: 1000,
      maximum: 20_000,
      default: 10_000,
    }),
    warmUpMs: Ms(
      'Without it: smoke and CO 60 s, CO2 30 min; temperature needs none, and smoke and dose count at once.',
      {
        maximum: 3_600_000,
      },
    ),
  },
  { additionalProperties: false },
);

/** The fields as written, and the plan that `prepare` makes of them and of what the site knows. */
export type FireConfig = Static<typeof FireFields> & { plan?: FirePlan };

/** A configuration with everything worked out, in the units of the model. */
export type FirePlan = {
  /** The channels that are there, in the order of the inputs. */
  kinds: readonly ChannelKind[];
  /** What a camera sees, whose inputs come after those of the channels. */
  sights: readonly SightKind[];
  has: Record<ChannelKind, boolean>;
  heat: HeatLimits;
  smokeUnit: SmokeUnit;
  alarmDb: number;
  verify: boolean;
  standard: CoStandard;
  holdMs: number;
  warmUpMs: Record<ChannelKind, number>;
  /** Usual time between readings where the site says, else 0. */
  usualMs: Record<ChannelKind, number>;
};

/** The channels that are there, in the order of the inputs. */
export function channelsOf(config: FireConfig): ChannelKind[] {
  return channelKinds.filter((kind) => config[kind] !== undefined);
}

/** What a camera sees of the place, in the order of the inputs after the channels. */
export function sightsOf(config: FireConfig): SightKind[] {
  return sightKinds.filter((kind) => config[kind] !== undefined);
}

function each<T>(make: (kind: ChannelKind) => T): Record<ChannelKind, T> {
  return { temperature: make('temperature'), smoke: make('smoke'), co: make('co'), co2: make('co2') };
}

/** Warm-up by channel: the base of smoke and CO settles in a minute; metal oxide needs 15-30 min (domain.md §2.3). */
const warmUpMs: Record<ChannelKind, number> = { temperature: 0, smoke: 60_000, co: 60_000, co2: 1_800_000 };

function plan(config: FireConfig, site: Surroundings): FirePlan {
  return {
    kinds: channelsOf(config),
    sights: sightsOf(config),
    has: each((kind) => config[kind] !== undefined),
    heat: heatLimits[config.heatClass ?? 'A1'],
    smokeUnit: (config.smoke === undefined ? '%/m' : site.unitOf(config.smoke)) as SmokeUnit,
    alarmDb: toDbPerM(config.smokeAlarm ?? 6, '%/m'),
    verify: config.verify ?? false,
    standard: config.standard ?? 'UL 2034',
    holdMs: config.holdMs ?? 10_000,
    warmUpMs: each((kind) => (kind === 'temperature' ? 0 : (config.warmUpMs ?? warmUpMs[kind]))),
    usualMs: each((kind) => (config[kind] === undefined ? 0 : (site.intervalMsOf(config[kind]) ?? 0))),
  };
}

/** Completes a configuration with its plan: the unit of the smoke stream, the site's intervals, every default. */
export function prepareFire(config: FireConfig, site: Surroundings): FireConfig {
  return { ...config, plan: plan(config, site) };
}

const nowhere: Surroundings = { unitOf: () => '%/m', intervalMsOf: () => undefined };

/** The plan; one that was never prepared reads smoke in %/m. */
export function planOf(config: FireConfig): FirePlan {
  return config.plan ?? plan(config, nowhere);
}

/** What the schema cannot say. */
export function checkFire(config: FireConfig): string[] {
  const problems: string[] = [];
  if (config.temperature === undefined && config.smoke === undefined && config.co === undefined)
    problems.push(
      'A detector needs temperature, smoke or co; CO2 alone cannot tell a fire from people. Name a stream.',
    );
  const channels = channelsOf(config).map((kind) => config[kind]!);
  const seen = sightsOf(config).map((kind) => config[kind]!);
  const streams = [...channels, ...seen];
  for (const twice of new Set(streams.filter((stream, i) => streams.indexOf(stream) !== i)))
    problems.push(`${twice} is named for two quantities; each needs a stream of its own.`);
  if (config.smokeSeen !== undefined && config.flame === undefined)
    problems.push(`/smokeSeen: ${config.smokeSeen} goes with the flame stream of the same camera; name that too.`);
  const deviceOf = (stream: string) => stream.slice(0, stream.indexOf('/'));
  for (const stream of seen)
    if (channels.some((channel) => channel !== stream && deviceOf(channel) === deviceOf(stream)))
      problems.push(
        `${stream} is of the same device as a channel of this place, which would support itself; name a camera with a device of its own.`,
      );
  const { smokeUnit } = planOf(config);
  if (!isSmokeUnit(smokeUnit))
    problems.push(`/smoke: ${config.smoke} is in ${smokeUnit}; smoke is understood in ${smokeUnits.join(', ')}.`);
  return problems;
}
