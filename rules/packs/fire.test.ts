import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRules } from '../engine/check.ts';
import { createEngine } from '../engine/engine.ts';
import { confirmedSeverities } from '../engine/outputs.ts';
import type { EngineEffect } from '../engine/types.ts';
import { expandPack, type PackEntry, packs } from './index.ts';

/** Two places of one zone, both seen by one camera. */
const pack = packs().find((candidate) => candidate.pack === 'fire')!;
const camera = { flame: 'cam/flame', smokeSeen: 'cam/smoke' };
const places = [
  { id: 'kitchen', temperature: 'k/cel', smoke: 'k/smoke', co: 'k/co' },
  { id: 'hall', temperature: 'h/cel', smoke: 'h/smoke' },
];
const units = new Map([
  ['k/cel', 'Cel'],
  ['k/smoke', '%/m'],
  ['k/co', '[ppm]'],
  ['h/cel', 'Cel'],
  ['h/smoke', '%/m'],
  ['cam/flame', '{optical}'],
  ['cam/smoke', '{optical}'],
]);
const made = (seen: object, facts: object = {}) =>
  expandPack(pack, {
    pack: 'fire',
    id: 'mill',
    dependency: 'single',
    verify: false,
    withinMs: 60_000,
    investigate: false,
    callPoints: [],
    detectors: places.map((place) => ({ ...place, ...seen })),
    ...facts,
  } as PackEntry);
const rules = (seen: object) => made(seen).rules.map(({ id, class: of = 'alarm' }) => `${id} ${of}`);

test('with a camera it makes models and rules that the engine accepts, and one more rule for each place that is seen', () => {
  for (const seen of [{}, camera, { flame: 'cam/flame' }]) expect(checkRules({ ...made(seen), units })).toEqual([]);
  expect(rules({})).toEqual(['mill-fire alarm', 'mill-service trouble', 'mill-isolated supervisory']);
  expect(rules(camera).slice(3)).toEqual(['mill-kitchen-seen supervisory', 'mill-hall-seen supervisory']);
});

test('a camera shared by both places takes nothing from what two detectors confirm, and carries no such act itself', () => {
  for (const seen of [{}, camera])
    expect([...confirmedSeverities({ ...made(seen), units })]).toEqual([['mill-fire', 'Extreme']]);
});

test('a coincidence of which a camera is one witness carries no act that cannot be taken back, however it is put together', () => {
  const pieces = made(camera);
  const step = { severity: 'Severe', at: 0.5, clear: 0.3, holdMs: 0, clearHoldMs: 0 };
  const flames = {
    id: 'flames',
    type: 'threshold',
    event: 'F',
    input: 'cam/flame',
    direction: 'above',
    ladder: [step],
  };
  const both = (id: string, of: string[]) => ({
    ...{ id, type: 'coincidence', event: 'Fire', subject: 'mill', of, need: 2 },
    ...{ atLeast: 'Minor', withinMs: 60_000, severity: 'Extreme' },
  });
  const own = [
    both('seen-and-fire', ['mill-kitchen-seen', 'mill-fire']),
    both('flames-and-fire', ['flames', 'mill-fire']),
    both('over-two', ['flames-and-fire', 'mill-service']),
    both('without', ['mill-fire', 'mill-service']),
  ];
  const confirmed = confirmedSeverities({
    models: pieces.models,
    rules: [...pieces.rules, flames, ...own] as never,
    units,
  });
  expect([...confirmed.keys()].sort()).toEqual(['mill-fire', 'without']);
});

type Row = { atS: number; stream: string; value: number };

/** The level of the zone after each second of a story, and every alert. */
function play(rows: readonly Row[], pieces: ReturnType<typeof made>) {
  const engine = createEngine({ site: 's', origin: 'edge', ...pieces, units });
  const levels: number[] = [];
  const effects: EngineEffect[] = [];
  let level = 0;
  for (const { atS, stream, value } of rows) {
    if (!stream.startsWith('cam/') || pieces.models.some((model) => model.flame !== undefined))
      for (const effect of engine.step({ kind: 'reading', stream, value, takenAtMs: 1e12 + atS * 1000, late: false })) {
        effects.push(effect);
        if (effect.kind === 'derived' && effect.stream === 'mill/level') level = effect.value;
      }
    levels.push(level);
  }
  return { levels, alerts: effects.flatMap((effect) => (effect.kind === 'alert' ? [effect.transition] : [])) };
}

const quiet = { 'k/cel': 21, 'k/smoke': 0, 'k/co': 1, 'h/cel': 21, 'h/smoke': 0, 'cam/flame': 0, 'cam/smoke': 0 };
/** Every stream every five seconds, from quiet to the given values at the given seconds. */
function story(untilS: number, values: Partial<Record<keyof typeof quiet, (atS: number) => number>>): Row[] {
  return Array.from({ length: untilS / 5 + 1 }, (_, i) => 5 * i).flatMap((atS) =>
    Object.entries(quiet).map(([stream, value]) => ({
      atS,
      stream,
      value: values[stream as keyof typeof quiet]?.(atS) ?? value,
    })),
  );
}

test('what is seen alone asks somebody to look, and nothing else', () => {
  const rows = story(120, { 'cam/flame': () => 1, 'cam/smoke': () => 1 });
  const { levels, alerts } = play(rows, made(camera));
  expect(Math.max(...levels)).toBe(0);
  expect(alerts.map(({ rule, class: of, severity }) => [rule, of, severity])).toEqual([
    ['mill-kitchen-seen', 'supervisory', 'Minor'],
    ['mill-hall-seen', 'supervisory', 'Minor'],
  ]);
});

test('an alarm that a camera supports is no second witness, and says so; it is one when the detector itself alarms', () => {
  const rows = story(400, {
    'k/smoke': (atS) => (atS < 100 ? 0 : 8),
    'h/smoke': (atS) => (atS < 100 ? 0 : atS < 350 ? 3.6 : 8),
    'h/cel': (atS) => (atS < 100 ? 21 : 21 + (atS - 100) / 30),
    'cam/smoke': (atS) => (atS < 80 ? 0 : 0.9),
  });
  const alone = rows.filter(({ stream }) => !stream.startsWith('k/'));
  const { levels, alerts } = play(alone, made(camera));
  expect(
    Math.max(
      ...levels.slice(
        0,
        alone.findIndex(({ atS }) => atS === 350),
      ),
    ),
  ).toBe(2);
  const supported = alerts.find(({ rule, severity }) => rule === 'mill-fire' && severity === 'Severe')!;
  expect(supported.reasons[0]).toMatch(/^mill-hall is at alarm because a camera supports it/);
  const both = play(rows, made(camera)).levels;
  expect(both[rows.findIndex(({ atS }) => atS === 350) - 1]).toBe(2);
  expect(both.at(-1)).toBe(3);
});

test('whatever a camera says, a zone is confirmed exactly when it is without it, and its level is never lower', () => {
  const line = (high: number) =>
    fc.array(fc.double({ min: 0, max: high, noNaN: true }), { minLength: 4, maxLength: 4 });
  const at = (values: readonly number[], base: number) => (atS: number) => {
    const i = Math.min(values.length - 1, Math.floor(atS / 100));
    const from = i === 0 ? 0 : values[i - 1]!;
    return base + from + ((values[i]! - from) * Math.min(100, atS - 100 * i)) / 100;
  };
  let [differ, confirmed] = [0, 0];
  fc.assert(
    fc.property(
      fc.tuple(line(25), line(7), line(30), line(25), line(7), line(1), line(1)),
      fc.constantFrom({}, { verify: true }, { dependency: 'coincidence' }),
      ([kCel, kSmoke, kCo, hCel, hSmoke, flame, smoke], facts) => {
        const rows = story(400, {
          'k/cel': at(kCel, 21),
          'k/smoke': at(kSmoke, 0),
          'k/co': at(kCo, 1),
          'h/cel': at(hCel, 21),
          'h/smoke': at(hSmoke, 0),
          'cam/flame': at(flame, 0),
          'cam/smoke': at(smoke, 0),
        });
        const without = play(rows, made({}, facts)).levels;
        const seen = play(rows, made(camera, facts)).levels;
        seen.forEach((level, i) => {
          expect(level).toBeGreaterThanOrEqual(without[i]!);
          expect(level === 3).toBe(without[i] === 3);
          if (level > without[i]!) differ += 1;
          if (level === 3) confirmed += 1;
        });
      },
    ),
    { numRuns: 60, seed: 1 },
  );
  expect(Math.min(differ, confirmed), 'A run in which nothing happens proves nothing.').toBeGreaterThan(100);
});
