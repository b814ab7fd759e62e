import { AlertTransition } from '@tocsin/contracts';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { checkRules } from './check.ts';
import { createEngine } from './engine.ts';
import { families } from './families.ts';
import { transitionsOf } from './story.ts';
import type { EngineConfig, EngineEffect, EngineEvent } from './types.ts';

/**
 * Laws of the engine, each over random histories of a site with every kind of rule and a model: values around the limits,
 * irregular times, gaps, late readings, acts of operators. The histories are long enough to raise and clear many alerts.
 */
const step = (severity: string, at: number, clear: number, [holdMs, clearHoldMs]: [number, number]) => ({
  severity,
  at,
  clear,
  holdMs,
  clearHoldMs,
});
const level = (id: string, input: string, more: object = {}) => ({
  id,
  type: 'threshold',
  event: `${id} is high`,
  input,
  direction: 'above',
  ladder: [step('Moderate', 10, 8, [5000, 4000]), step('Severe', 20, 15, [0, 6000])],
  staleAfterMs: 30_000,
  ...more,
});

const site: EngineConfig = {
  site: 's',
  origin: 'edge',
  units: new Map([
    ['a/x', 'mm'],
    ['b/x', 'mm'],
  ]),
  models: [{ id: 'move', type: 'slope', input: 'a/x', windowMs: 20_000 }],
  rules: [
    level('a-high', 'a/x', { latch: true }),
    level('b-high', 'b/x', { missing: 'alarm' }),
    level('both-quiet', 'b/x', { missing: { keepLastMs: 60_000 }, ladder: [step('Minor', 12, 6, [0, 3000])] }),
    {
      id: 'a-fast',
      type: 'rate',
      event: 'Moves',
      input: 'a/x',
      direction: 'above',
      windowMs: 10_000,
      per: 's',
      ladder: [step('Severe', 1, 0.2, [0, 2000])],
      staleAfterMs: 30_000,
    },
    {
      id: 'creeps',
      type: 'threshold',
      event: 'Creeps',
      input: 'move/velocity',
      direction: 'above',
      ladder: [step('Moderate', 50_000, 10_000, [0, 2000])],
      staleAfterMs: 30_000,
    },
    {
      id: 'silent',
      type: 'absence',
      event: 'Silent',
      inputs: ['a/x', 'b/x'],
      afterMs: 25_000,
      severity: 'Minor',
      clearHoldMs: 5000,
    },
    {
      id: 'agree',
      type: 'coincidence',
      event: 'Both',
      of: ['a-high', 'b-high'],
      need: 2,
      withinMs: 15_000,
      severity: 'Extreme',
    },
  ],
};

const keys = ['s/a-high/a', 's/b-high/b', 's/agree/a'];
const move = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      what: fc.constant('reading' as const),
      stream: fc.constantFrom('a/x', 'b/x'),
      value: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.double({ min: 5, max: 22, noNaN: true })),
      afterMs: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3000 }) }, fc.constant(50_000)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('late' as const),
      stream: fc.constantFrom('a/x', 'b/x'),
      value: fc.integer({ min: 0, max: 30 }),
      agoMs: fc.integer({ min: 1, max: 100_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('acknowledge' as const, 'reset' as const),
      key: fc.constantFrom(...keys),
    }),
  },
);
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;
const history = fc.array(move, { minLength: 40, maxLength: 160 });
const startMs = 1_000_000;

/** Turns moves into events, with a tick every second in between. */
function eventsOf(moves: readonly Move[], shiftMs = 0): EngineEvent[] {
  const events: EngineEvent[] = [];
  let nowMs = startMs + shiftMs;
  for (const one of moves) {
    if (one.what === 'reading') {
      const untilMs = nowMs + one.afterMs;
      for (nowMs = Math.floor(nowMs / 1000 + 1) * 1000; nowMs < untilMs; nowMs += 1000)
        events.push({ kind: 'tick', atMs: nowMs });
      nowMs = untilMs;
      events.push({ kind: 'reading', stream: one.stream, value: one.value, takenAtMs: nowMs, late: false });
    } else if (one.what === 'late')
      events.push({ kind: 'reading', stream: one.stream, value: one.value, takenAtMs: nowMs - one.agoMs, late: true });
    else events.push({ kind: 'operator', act: one.what, key: one.key, by: 'p', atMs: nowMs });
  }
  return events;
}

const run = (events: readonly EngineEvent[]): EngineEffect[] => {
  const engine = createEngine(site);
  return events.flatMap((event) => engine.step(event));
};
const withoutEvidence = (effects: readonly EngineEffect[]): EngineEffect[] =>
  effects.map((effect) =>
    effect.kind === 'alert' ? { kind: 'alert', transition: { ...effect.transition, evidence: [] } } : effect,
  );
const settings = { seed: 20_261_123, numRuns: 60 } as const;

test('the site of these laws passes the check', () => {
  expect(checkRules(site)).toEqual([]);
});

test('transitions fit the contract, are numbered without a gap and alternate legally, and much happens', () => {
  const Transition = Compile(AlertTransition);
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(history, (moves) => {
      const open = new Map<string, { occurrence: number; number: number; active: boolean }>();
      for (const transition of transitionsOf(run(eventsOf(moves)))) {
        expect(Transition.Check(transition), JSON.stringify(Transition.Errors(transition))).toBe(true);
        const { key, kind, occurrence, number, condition, late } = transition;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        const before = open.get(key) ?? { occurrence: 0, number: 0, active: false };
        expect([occurrence, number]).toEqual(
          kind === 'raise' ? [before.occurrence + 1, 1] : [before.occurrence, before.number + 1],
        );
        if (kind === 'raise') expect(before.active).toBe(false);
        if (['escalate', 'stepDown', 'update', 'recover', 'clear'].includes(kind)) expect(before.active).toBe(true);
        if (late) expect(['raise', 'escalate']).toContain(kind);
        open.set(key, { occurrence, number, active: condition !== 'normal' });
      }
    }),
    settings,
  );
  for (const kind of ['raise', 'escalate', 'stepDown', 'recover', 'clear', 'update', 'acknowledge', 'reset'])
    expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(3);
});

test('shifting all times shifts the effects and changes nothing else', () => {
  const shiftMs = 86_400_000 * 365;
  const shifted = (effect: EngineEffect): EngineEffect => {
    if (effect.kind === 'derived') return { ...effect, takenAtMs: effect.takenAtMs - shiftMs };
    if (effect.kind !== 'alert') return effect;
    const { takenAtMs, decidedAtMs, evidence } = effect.transition;
    const moved = evidence.map((series) => ({
      ...series,
      points: series.points.map(([tMs, x]): [number, number] => [tMs - shiftMs, x]),
    }));
    const transition = { ...effect.transition, takenAtMs: takenAtMs - shiftMs, decidedAtMs: decidedAtMs - shiftMs };
    return { kind: 'alert', transition: { ...transition, evidence: moved } };
  };
  // Derived values may differ in the last bits, because times of another size round differently.
  const decisions = (effects: EngineEffect[]) => effects.filter(({ kind }) => kind === 'alert');
  const plain = (effects: EngineEffect[]) =>
    transitionsOf(effects).map(({ key, kind, atMs, takenAtMs }) => [key, kind, atMs, takenAtMs]);
  fc.assert(
    fc.property(history, (moves) => {
      const moved = decisions(run(eventsOf(moves, shiftMs))).map(shifted);
      expect(plain(moved)).toEqual(plain(decisions(run(eventsOf(moves)))));
    }),
    settings,
  );
});

test('hearing every event twice changes nothing', () => {
  const once = (effects: EngineEffect[]) => withoutEvidence(effects.filter(({ kind }) => kind !== 'refused'));
  fc.assert(
    fc.property(history, (moves) => {
      const events = eventsOf(moves);
      expect(once(run(events.flatMap((event) => [event, event])))).toEqual(once(run(events)));
    }),
    settings,
  );
});

test('the gate that spares quiet samples the full way decides nothing and loses no evidence', () => {
  const withoutCalm = families.conditions.map((type) => ({ ...type, calm: undefined }));
  fc.assert(
    fc.property(history, (moves) => {
      const events = eventsOf(moves);
      const engine = createEngine(site, { ...families, conditions: withoutCalm });
      expect(events.flatMap((event) => engine.step(event))).toEqual(run(events));
    }),
    settings,
  );
});

test('a restart at any point, with states taken through JSON, changes nothing but the length of the evidence', () => {
  fc.assert(
    fc.property(history, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }), (moves, shares) => {
      const events = eventsOf(moves);
      const cuts = new Set(shares.map((share) => Math.floor(share * events.length)));
      const saved = new Map<string, string>();
      let engine = createEngine(site);
      const effects: EngineEffect[] = [];
      events.forEach((event, i) => {
        if (cuts.has(i)) {
          engine = createEngine(site);
          engine.restore([...saved].map(([key, text]) => [key, JSON.parse(text)]));
        }
        effects.push(...engine.step(event));
        for (const [key, state] of engine.takeDirty()) saved.set(key, JSON.stringify(state));
      });
      expect(withoutEvidence(effects)).toEqual(withoutEvidence(run(events)));
    }),
    settings,
  );
});

// Live data only: late samples from before the end of an alert reopen nothing, so a story already told outranks a late one.
test('more danger never gives a lower level', () => {
  const rank = { Unknown: 0, Minor: 1, Moderate: 2, Severe: 3, Extreme: 4 } as const;
  let compared = 0;
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 6 }), (moves, extra) => {
      const plain = moves.filter(({ what }) => what === 'reading');
      const worse = plain.map((one) => ('value' in one ? { ...one, value: one.value + extra } : one));
      const [low, high] = [createEngine(site), createEngine(site)];
      const worseEvents = eventsOf(worse);
      eventsOf(plain).forEach((event, i) => {
        low.step(event);
        high.step(worseEvents[i]!);
        for (const key of ['s/a-high/a', 's/both-quiet/b']) {
          const severityOf = (engine: typeof low) => {
            const alert = engine.alerts().get(key);
            return alert === undefined || alert.condition === 'normal' ? 0 : rank[alert.severity];
          };
          if (severityOf(low) > 0) compared += 1;
          expect(severityOf(high)).toBeGreaterThanOrEqual(severityOf(low));
        }
      });
    }),
    settings,
  );
  expect(compared).toBeGreaterThan(1000);
});

test('state stays small however long the history', () => {
  const engine = createEngine(site);
  const sizes: number[] = [];
  const saved = new Map<string, number>();
  for (let i = 0; i < 40_000; i += 1) {
    const takenAtMs = startMs + i * 137;
    const value = 12 + 11 * Math.sin(i / 50) + (i % 7);
    engine.step({ kind: 'reading', stream: i % 3 === 0 ? 'b/x' : 'a/x', value, takenAtMs, late: false });
    if (i % 11 === 0)
      engine.step({ kind: 'reading', stream: 'a/x', value, takenAtMs: takenAtMs - 200_000, late: true });
    if (i % 8 === 0) engine.step({ kind: 'tick', atMs: takenAtMs });
    if (i % 1000 !== 999) continue;
    for (const [key, state] of engine.takeDirty()) saved.set(key, JSON.stringify(state).length);
    sizes.push([...saved.values()].reduce((sum, size) => sum + size, 0));
  }
  expect(sizes.length).toBe(40);
  expect(Math.max(...sizes)).toBeLessThan(24_000);
});
