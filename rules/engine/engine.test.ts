import { expect, test } from 'vitest';
import { createEngine } from './engine.ts';
import { families } from './families.ts';
import { transitionsOf } from './story.ts';
import type { ConditionType, Engine, EngineConfig, ModelType, RuleConfig } from './types.ts';

const rule = (more: object = {}): RuleConfig => ({
  id: 'level',
  type: 'threshold',
  event: 'Level is high',
  input: 'tank/level',
  direction: 'above',
  ladder: [{ severity: 'Severe', at: 10, clear: 8, holdMs: 0, clearHoldMs: 1000 }],
  ...more,
});
const config = (more: Partial<EngineConfig> = {}): EngineConfig => ({
  site: 's',
  origin: 'edge',
  models: [],
  rules: [rule()],
  units: new Map([['tank/level', 'm']]),
  ...more,
});
const reading = (engine: Engine, takenAtMs: number, value: number, stream = 'tank/level') =>
  engine.step({ kind: 'reading', stream, value, takenAtMs, late: false });

function restart(engine: Engine, next: EngineConfig): Engine {
  const fresh = createEngine(next);
  fresh.restore(JSON.parse(JSON.stringify(engine.takeDirty())));
  return fresh;
}

test('a raise carries what a dispatcher needs and the samples with their limits', () => {
  const engine = createEngine(
    config({ rules: [rule({ class: 'supervisory', advice: 'Open the valve.', latch: true })] }),
  );
  reading(engine, 1000, 5);
  const [raise] = transitionsOf(
    engine.step({ kind: 'reading', stream: 'tank/level', value: 11, takenAtMs: 2000, late: false, receivedAtMs: 2050 }),
  );
  expect(raise).toMatchObject({
    key: 's/level/tank',
    subject: 'tank',
    class: 'supervisory',
    urgency: 'Immediate',
    certainty: 'Observed',
    advice: 'Open the valve.',
    latch: 'latched',
    takenAtMs: 2000,
    decidedAtMs: 2050,
    reasons: ['tank level 11 m ≥ 10 m.'],
    evidence: [
      {
        device: 'tank',
        channel: 'level',
        unit: 'm',
        points: [
          [1000, 5],
          [2000, 11],
        ],
        limits: [{ label: 'Severe', value: 10 }],
      },
    ],
  });
});

test('a rule on a model is about the physical device, gives its reasons and shows raw samples too', () => {
  const engine = createEngine(
    config({
      units: new Map([['wire-1/x', 'm']]),
      models: [{ id: 'move', type: 'slope', input: 'wire-1/x', windowMs: 10_000 }],
      rules: [rule({ id: 'fast', input: 'move/velocity' })],
    }),
  );
  const effects = Array.from({ length: 8 }, (_, i) => reading(engine, i * 1000, i * 1e-6, 'wire-1/x')).flat();
  const derived = effects.find(({ kind }) => kind === 'derived');
  expect(derived).toMatchObject({ stream: 'move/velocity', unit: 'mm/d', late: false });
  const [raise] = transitionsOf(effects);
  const reasons = ['move velocity 86.4 mm/d ≥ 10 mm/d.', 'Velocity 86.4 mm/d; no steady rate is known yet.'];
  expect(raise).toMatchObject({ key: 's/fast/wire-1', reasons: expect.arrayContaining(reasons) });
  expect(raise?.reasons[0]).toBe(reasons[0]);
  expect(raise?.evidence.map(({ device, channel, unit }) => [device, channel, unit])).toEqual([
    ['move', 'velocity', 'mm/d'],
    ['wire-1', 'x', 'm'],
  ]);
});

test('a quiet reading answers the same empty list and dirties nothing', () => {
  const engine = createEngine(config());
  reading(engine, 0, 1);
  engine.takeDirty();
  const first = reading(engine, 1000, 1);
  expect(first).toEqual([]);
  expect(reading(engine, 2000, 2)).toBe(first);
  expect(engine.takeDirty()).toEqual([]);
});

test('readings of unknown streams, of streams a model makes and of no number change nothing', () => {
  const models = [{ id: 'move', type: 'slope', input: 'tank/level', windowMs: 10_000 }];
  const engine = createEngine(config({ models, rules: [rule({ input: 'move/velocity' })] }));
  expect(reading(engine, 0, 99, 'nobody/x')).toEqual([]);
  expect(reading(engine, 0, 99, 'move/velocity')).toEqual([]);
  expect(reading(engine, 0, Number.NaN)).toEqual([]);
  expect(engine.takeDirty()).toEqual([]);
});

const bomb: ConditionType<null, object> = {
  type: 'bomb',
  config: families.conditions[0]!.config,
  inputs: () => ({ streams: ['tank/level'], rules: [] }),
  ladder: () => ['Minor'],
  limits: () => [],
  initial: () => null,
  step(_, event) {
    if (event.kind === 'reading' && event.value > 50) throw new Error('division by zero');
    return { state: null };
  },
};

test('a rule that throws is stopped and reported while the others run, and is tried again after a restart', () => {
  const withBomb = { ...families, conditions: [...families.conditions, bomb] };
  const site = config({ rules: [rule({ id: 'bad', type: 'bomb' }), rule()] });
  const engine = createEngine(site, withBomb);
  const told = transitionsOf(reading(engine, 0, 60));
  expect(told.map(({ key, kind }) => [key, kind])).toEqual([
    ['s/rule-failed/bad', 'raise'],
    ['s/level/tank', 'raise'],
  ]);
  expect(told[0]).toMatchObject({ class: 'trouble', reasons: ['bad: division by zero'] });
  expect(reading(engine, 1000, 60)).toEqual([]);
  const again = createEngine(site, withBomb);
  again.restore(JSON.parse(JSON.stringify(engine.takeDirty())));
  expect(transitionsOf(again.step({ kind: 'tick', atMs: 2000 }))).toMatchObject([
    { key: 's/rule-failed/bad', kind: 'clear' },
  ]);
  expect(transitionsOf(reading(again, 3000, 60))).toMatchObject([
    { key: 's/rule-failed/bad', kind: 'raise', occurrence: 2 },
  ]);
});

test('a model that throws is stopped and reported while rules on raw streams run', () => {
  const broken: ModelType = {
    type: 'broken',
    config: families.models[0]!.config,
    inputs: () => ({ streams: ['tank/level'], trackDevices: [] }),
    outputs: () => [{ channel: 'y', unit: '1' }],
    initial: () => null,
    step() {
      throw new Error('no such matrix');
    },
  };
  const models = [{ id: 'm', type: 'broken' }];
  const engine = createEngine(config({ models }), { ...families, models: [...families.models, broken] });
  expect(transitionsOf(reading(engine, 0, 12)).map(({ key }) => key)).toEqual(['s/model-failed/m', 's/level/tank']);
});

test('an act of a person is a transition or a refusal with the reason', () => {
  const engine = createEngine(config());
  reading(engine, 0, 12);
  const act = (name: 'acknowledge' | 'reset', key = 's/level/tank') =>
    engine.step({ kind: 'operator', act: name, key, by: 'duty officer', note: 'seen', atMs: 500 });
  expect(act('acknowledge')).toMatchObject([
    { kind: 'alert', transition: { kind: 'acknowledge', by: 'duty officer', note: 'seen', number: 2 } },
  ]);
  expect(act('acknowledge')).toMatchObject([{ kind: 'refused', why: 'It is acknowledged already.' }]);
  expect(act('reset')).toMatchObject([{ kind: 'refused' }]);
  expect(act('reset', 's/level/other')).toMatchObject([{ kind: 'refused', why: 'There is no such alert.' }]);
});

test('a changed rule takes over the level it had and can still clear it', () => {
  const engine = createEngine(config());
  reading(engine, 0, 12);
  const changed = restart(engine, config({ rules: [rule({ advice: 'Open the valve.' })] }));
  expect(changed.step({ kind: 'tick', atMs: 1000 })).toEqual([]);
  expect(changed.alerts().get('s/level/tank')?.condition).toBe('active');
  expect(transitionsOf(reading(changed, 2000, 1))).toMatchObject([{ kind: 'recover', occurrence: 1, number: 2 }]);
  expect(transitionsOf(reading(changed, 3000, 1))).toMatchObject([{ kind: 'clear', number: 3 }]);
});

test('the alert of a rule that is no longer configured ends with that reason', () => {
  const engine = createEngine(config());
  reading(engine, 0, 12);
  const without = restart(engine, config({ rules: [] }));
  expect(transitionsOf(without.step({ kind: 'tick', atMs: 1000 }))).toMatchObject([
    { key: 's/level/tank', kind: 'clear', reasons: ['The rule was taken out of the configuration.'] },
  ]);
});

test('silence while the agent was down is no trouble of the sensors', () => {
  const site = config({ rules: [rule({ staleAfterMs: 60_000 })] });
  const engine = createEngine(site);
  engine.step({ kind: 'tick', atMs: 0 });
  reading(engine, 0, 1);
  const later = restart(engine, site);
  const hourMs = 3_600_000;
  for (let atMs = hourMs; atMs < hourMs + 60_000; atMs += 10_000)
    expect(later.step({ kind: 'tick', atMs })).toEqual([]);
  expect(transitionsOf(later.step({ kind: 'tick', atMs: hourMs + 90_000 }))).toMatchObject([{ rule: 'no-data' }]);
});
