import type { AlertTransition } from '@tocsin/contracts';
import { chance, type ReadingsStory, slopeReadings } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { checkRules } from '../engine/check.ts';
import { createEngine } from '../engine/engine.ts';
import type { EngineEffect } from '../engine/types.ts';
import { expandPack, type PackEntry, packs } from './index.ts';

/** S4 and the wiring of the pack: whole sites of one or more gauges, through the real engine, with ticks. */
const hourMs = 3_600_000;
const dayS = 86_400;
const startMs = Date.UTC(2024, 2, 1);
const mmPerS = 1 / dayS;

type Gauge = { device: string; story: ReadingsStory; stepS?: number; facts?: Record<string, unknown> };
type Rain = [atMs: number, mm: number][];

const pack = packs().find((candidate) => candidate.pack === 'slope')!;

function siteOf(gauges: readonly Gauge[], more: Record<string, unknown> = {}) {
  const sensors = gauges.map(({ device, facts }) => ({ input: `${device}/mm`, ...facts }));
  const { models, rules } = expandPack(pack, { pack: 'slope', id: 'meadow', sensors, ...more } as PackEntry);
  const units = new Map([
    ...gauges.map(({ device }) => [`${device}/mm`, 'mm'] as const),
    ['gauge/rain', 'mm'] as const,
  ]);
  const intervalsMs = new Map(gauges.map(({ device, stepS = 3600 }) => [`${device}/mm`, stepS * 1000]));
  intervalsMs.set('gauge/rain', hourMs);
  return { models, rules, units, intervalsMs };
}

/** Plays days of a site and answers every transition, and the level of each hour as its stream said it. */
function play(gauges: readonly Gauge[], days: number, { rain = [] as Rain, facts = {} } = {}) {
  const site = siteOf(gauges, facts);
  const engine = createEngine({ site: 'test', origin: 'edge', ...site });
  const events = [
    ...gauges.flatMap(({ device, story, stepS = 3600 }) =>
      slopeReadings(story, { untilS: days * dayS, stepS }, chance(`pack/${device}`)).map(({ tS, mm, reset }) => ({
        atMs: startMs + tS * 1000,
        stream: `${device}/mm`,
        value: mm,
        reset,
      })),
    ),
    ...rain.map(([atMs, value]) => ({ atMs, stream: 'gauge/rain', value, reset: undefined })),
  ].sort((a, b) => a.atMs - b.atMs);
  const effects: EngineEffect[] = [];
  let tickMs = startMs;
  for (const { atMs, stream, value, reset } of events) {
    for (; tickMs <= atMs; tickMs += hourMs) effects.push(...engine.step({ kind: 'tick', atMs: tickMs }));
    const event = {
      kind: 'reading',
      stream,
      value,
      takenAtMs: atMs,
      late: false,
      ...(reset ? { reset } : {}),
    } as const;
    effects.push(...engine.step(event));
  }
  for (const endMs = startMs + days * dayS * 1000; tickMs <= endMs; tickMs += hourMs)
    effects.push(...engine.step({ kind: 'tick', atMs: tickMs }));
  const levels = effects.flatMap((effect) =>
    effect.kind === 'derived' && effect.stream === 'meadow/level'
      ? [{ atMs: effect.takenAtMs, level: effect.value }]
      : [],
  );
  const transitions = effects.flatMap((effect) => (effect.kind === 'alert' ? [effect.transition] : []));
  return { levels, transitions, worst: Math.max(...levels.map(({ level }) => level)) };
}

const steady: ReadingsStory = { creepMmPerS: 2 * mmPerS, noiseMm: 0.2 };
const troubles = (transitions: readonly AlertTransition[]) =>
  transitions
    .filter((one) => one.class === 'trouble' && one.condition !== 'normal')
    .map(({ rule, subject }) => `${rule} ${subject}`);

test('the pack makes models and rules that the engine accepts, with every fact and with none', () => {
  const gauges: Gauge[] = [
    { device: 'a', story: steady },
    {
      device: 'b',
      story: steady,
      facts: { steadyRate: 2, noise: 0.1, danger: 'either', resetJump: 50, redFloor: 4, criticalRate: 60 },
    },
  ];
  const facts = {
    rain: 'gauge/rain',
    rainKind: 'depth',
    rainThresholds: ['caine-1980', 'philippines'],
    rainCoefficients: { a: 10, b: 0.5 },
    rainTwoYearMaxMm: 80,
    reactionMs: hourMs,
    dwellYellowMs: 1000,
    dwellOrangeMs: 2000,
    dwellRedMs: 3000,
  };
  for (const more of [{}, facts]) expect(checkRules(siteOf(gauges, more))).toEqual([]);
});

type Case = [what: string, story: Partial<ReadingsStory>];
const harmless: Case[] = [
  ['a constant rate', {}],
  ['one reading 50 times off', { spikes: [{ atS: 30.01 * dayS, sizeMm: 100 }] }],
  [
    'two wild readings in a row of different sizes',
    {
      noiseMm: 0.15,
      spikes: [
        { atS: 30.01 * dayS, sizeMm: -5 },
        { atS: 30.05 * dayS, sizeMm: -22 },
      ],
    },
  ],
  ['a stuck sensor', { stuck: [{ fromS: 30 * dayS, untilS: 33 * dayS }] }],
  ['a gap of four days', { gaps: [{ fromS: 30 * dayS, untilS: 34 * dayS }] }],
  ['a reset that the gateway flags', { resets: [{ atS: 30.01 * dayS, jumpMm: -60, flagged: true }] }],
  ['a reset that nobody flags', { resets: [{ atS: 30.01 * dayS, jumpMm: -60 }] }],
  ['a reset upwards that nobody flags', { resets: [{ atS: 30.01 * dayS, jumpMm: 40 }] }],
];
test.each(harmless)('S4: %s never makes red', (_, story) => {
  const { worst } = play([{ device: 'a', story: { ...steady, ...story } }], 50);
  expect(worst).toBeLessThan(3);
});

const calm = harmless.slice(0, 6).filter(([what]) => !what.startsWith('two wild'));
test.each(calm)('S4: %s does not even make orange', (_, story) => {
  const { worst } = play([{ device: 'a', story: { ...steady, ...story } }], 50);
  expect(worst).toBeLessThan(2);
});

test('S4: a sensor that is stuck or silent is a trouble, and no level falls for it', () => {
  const stuck = play([{ device: 'a', story: { ...steady, stuck: [{ fromS: 30 * dayS, untilS: 33 * dayS }] } }], 40);
  expect(troubles(stuck.transitions).join()).toMatch(/a/);
  const silent = play([{ device: 'a', story: { ...steady, gaps: [{ fromS: 30 * dayS, untilS: 33 * dayS }] } }], 40);
  expect(troubles(silent.transitions)).toContain('no-data a');
});

const failing: ReadingsStory = { ...steady, onsetS: 30 * dayS, failureS: 50 * dayS };

test('a slope that fails is yellow, orange and red before, in this order, and red stays until a person ends it', () => {
  const { levels, transitions } = play([{ device: 'a', story: failing }], 60);
  const first = (level: number) => levels.find((row) => row.level >= level)?.atMs ?? Number.POSITIVE_INFINITY;
  const failureMs = startMs + 50 * dayS * 1000;
  expect(first(1)).toBeLessThanOrEqual(first(2));
  expect(first(2)).toBeLessThanOrEqual(first(3));
  expect((failureMs - first(3)) / hourMs).toBeGreaterThan(24);
  expect((failureMs - first(3)) / hourMs).toBeLessThan(7 * 24);
  const last = transitions.filter(({ rule }) => rule === 'meadow-level').at(-1)!;
  expect(last).toMatchObject({ severity: 'Extreme', latch: 'latched' });
});

test('rain alone makes yellow and nothing worse', () => {
  const rain: Rain = Array.from({ length: 400 }, (_, i) => [startMs + i * hourMs, i > 300 && i < 330 ? 15 : 0]);
  const { worst, levels } = play([{ device: 'a', story: steady }], 20, { rain, facts: { rain: 'gauge/rain' } });
  expect(worst).toBe(1);
  expect(levels.at(-1)!.level).toBe(0);
});

test('a GNSS antenna that moves to its failure in three directions is red before it, and one that creeps is not', () => {
  const worst = (ends: boolean) => {
    const vectors = [{ east: 'gnss/east', north: 'gnss/north', up: 'gnss/up' }];
    const { models, rules } = expandPack(pack, { pack: 'slope', id: 'meadow', vectors } as PackEntry);
    const names = ['gnss/east', 'gnss/north', 'gnss/up'];
    const units = new Map(names.map((name) => [name, 'm'] as const));
    expect(checkRules({ models, rules, units })).toEqual([]);
    const intervalsMs = new Map(names.map((name) => [name, dayS * 1000] as const));
    const engine = createEngine({ site: 'test', origin: 'edge', models, rules, units, intervalsMs });
    const luck = chance('pack/gnss');
    const raised: [string, number][] = [];
    let mm = 0;
    for (let day = 0; day < 90; day += 1) {
      mm += ends && day > 30 ? (3 * 60) / (90 - day) : 3;
      [0.6, -0.64, -0.48].forEach((part, i) => {
        const value = (part * mm + 1.5 * luck.gauss()) / 1000;
        const takenAtMs = startMs + day * dayS * 1000;
        for (const effect of engine.step({ kind: 'reading', stream: names[i]!, value, takenAtMs, late: false }))
          if (effect.kind === 'alert') raised.push([effect.transition.severity, 90 - day]);
      });
    }
    return raised;
  };
  const red = worst(true).find(([severity]) => severity === 'Extreme');
  expect(red?.[1]).toBeGreaterThanOrEqual(1);
  expect(red?.[1]).toBeLessThanOrEqual(7);
  expect(worst(false).filter(([severity]) => severity !== 'Minor')).toEqual([]);
});
