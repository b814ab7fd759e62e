import { Name, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { Surroundings } from '../../engine/types.ts';

export const dependencies = ['single', 'coincidence'] as const;

/**
 * How long a model `fire` keeps its alarm after the last sign of it (a flame flickers, a door swings). This is why a second
 * detector within 60 s of the first finds it still at alarm (F5 of domain.md §4).
 */
export const detectorHoldMs = 60_000;

/** A zone: the detectors and manual call points of one space. */
export const FireZoneFields = Type.Object(
  {
    detectors: Type.Array(Name, { minItems: 1, maxItems: 64, description: 'Models of type fire, one per detector.' }),
    callPoints: Type.Optional(
      Type.Array(StreamRef, { maxItems: 64, default: [], description: 'Manual call points: 1 while pressed, else 0.' }),
    ),
    dependency: Type.Optional(
      Type.Unsafe<(typeof dependencies)[number]>({
        type: 'string',
        enum: dependencies,
        default: 'single',
        description:
          'single: one detector at alarm is an alarm. coincidence: it is a pre-alarm until a second one is at alarm too.',
      }),
    ),
    verify: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'The detectors verify smoke before they alarm; one that does so counts as a second detector. Not with coincidence.',
      }),
    ),
    withinMs: Type.Optional(
      Type.Integer({
        minimum: detectorHoldMs,
        maximum: 600_000,
        default: detectorHoldMs,
        description: 'A second detector confirms the first within this time of its last sign of fire.',
      }),
    ),
    isolations: Type.Optional(
      Type.Array(
        Type.Object(
          { detector: Name, input: StreamRef },
          { additionalProperties: false, description: '1 while isolated.' },
        ),
        { maxItems: 64, default: [], description: 'Keys that isolate a detector, for work in its space.' },
      ),
    ),
    cameras: Type.Optional(
      Type.Array(
        Type.Object(
          { detector: Name, input: StreamRef },
          { additionalProperties: false, description: 'What a camera sees of the place of a detector.' },
        ),
        {
          maxItems: 128,
          default: [],
          description:
            'Streams of cameras that support a detector. They witness nothing, so that one may look at several places.',
        },
      ),
    ),
    reset: Type.Optional(
      Type.Unsafe<string>({
        ...StreamRef,
        description: 'Reset key of the panel: what is over is forgotten when it turns 1.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What an input of the zone says, and of which detector or call point, by its place in the configuration. */
export type ZoneInput = {
  stream: string;
  /** `level` is that of a detector's own channels; `supported` is the one with the support of a camera. */
  kind: 'service' | 'isolated' | 'verifying' | 'heat' | 'level' | 'supported' | 'callPoint' | 'reset';
  of: number;
};

/** The fields as written, and after `prepare` the inputs that exist and whether no two detectors share a device. */
export type FireZoneConfig = Static<typeof FireZoneFields> & { layout?: ZoneInput[]; independent?: boolean };

/** The inputs in their order; `exists` says which outputs the detectors have. */
function layOut(config: FireZoneConfig, exists: (stream: string) => boolean): ZoneInput[] {
  const { detectors, callPoints = [], isolations = [], reset } = config;
  const layout = detectors.flatMap((id, of): ZoneInput[] => {
    const isolation = isolations.find(({ detector }) => detector === id);
    const row = (channel: 'service' | 'verifying' | 'heat'): ZoneInput[] =>
      exists(`${id}/${channel}`) ? [{ stream: `${id}/${channel}`, kind: channel, of }] : [];
    const hasCamera = exists(`${id}/own`);
    return [
      ...row('service'),
      ...(isolation === undefined ? [] : [{ stream: isolation.input, kind: 'isolated' as const, of }]),
      ...(config.verify ? row('verifying') : []),
      ...row('heat'),
      { stream: `${id}/${hasCamera ? 'own' : 'level'}`, kind: 'level' as const, of },
      ...(hasCamera ? [{ stream: `${id}/level`, kind: 'supported' as const, of }] : []),
    ];
  });
  layout.push(...callPoints.map((stream, of): ZoneInput => ({ stream, kind: 'callPoint', of })));
  if (reset !== undefined) layout.push({ stream: reset, kind: 'reset', of: 0 });
  return layout;
}

/** Devices on which the own channels of a detector rest: a model never takes a camera of the device of its channels. */
function witnessing({ cameras = [] }: FireZoneConfig, id: string, site: Surroundings): string[] {
  const seeing = cameras.flatMap(({ detector, input }) => (detector === id ? (site.devicesOf?.(input) ?? []) : []));
  return [...new Set(site.devicesOf?.(`${id}/level`) ?? [])].filter((device) => !seeing.includes(device));
}

/** Completes a zone with the outputs that its detectors have: one without a temperature knows no heat class. */
export function prepareZone(config: FireZoneConfig, site: Surroundings): FireZoneConfig {
  const devices = config.detectors.flatMap((id) => witnessing(config, id, site));
  const independent = new Set(devices).size === devices.length;
  return { ...config, layout: layOut(config, (stream) => site.unitOf(stream) === '{state}'), independent };
}

/** The inputs of a zone; before `prepare` those that every detector has. */
export function layoutOf(config: FireZoneConfig): readonly ZoneInput[] {
  return config.layout ?? layOut(config, () => false);
}

/** What the schema cannot say. */
export function checkZone(config: FireZoneConfig): string[] {
  const { detectors, callPoints = [], isolations = [], cameras = [], dependency, verify, reset } = config;
  const problems: string[] = [];
  const twice = (rows: readonly string[], field: string) => {
    rows.forEach((row, i) => {
      if (rows.indexOf(row) < i) problems.push(`/${field}/${i}: ${row} is listed twice; remove one.`);
    });
  };
  twice(detectors, 'detectors');
  twice(callPoints, 'callPoints');
  if (dependency === 'coincidence' && verify)
    problems.push(
      '/verify: Verification and coincidence are not used together, because the delays would add up; choose one of them.',
    );
  if (dependency === 'coincidence' && detectors.length < 2)
    problems.push('/dependency: A coincidence needs two detectors in the space; add one or write single.');
  isolations.forEach(({ detector }, i) => {
    if (!detectors.includes(detector))
      problems.push(`/isolations/${i}/detector: ${detector} is no detector of this zone; name one of its detectors.`);
    else if (isolations.findIndex((row) => row.detector === detector) < i)
      problems.push(`/isolations/${i}/detector: ${detector} has two keys; remove one.`);
  });
  cameras.forEach(({ detector }, i) => {
    if (!detectors.includes(detector))
      problems.push(`/cameras/${i}/detector: ${detector} is no detector of this zone; name one of its detectors.`);
  });
  const keys = [...isolations.map(({ input }) => input), ...(reset === undefined ? [] : [reset])];
  for (const key of keys)
    if (callPoints.includes(key)) problems.push(`${key} is a call point and a key; each needs a stream of its own.`);
  return problems;
}
