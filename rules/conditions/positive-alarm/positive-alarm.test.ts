import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRules } from '../../engine/check.ts';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import type { ConditionEvent, RuleConfig } from '../../engine/types.ts';
import sequences from './cases/sequences.json' with { type: 'json' };
import { checkPositiveAlarm, type PositiveAlarmConfig } from './config.ts';
import { positiveAlarm } from './positive-alarm.ts';

for (const story of sequences as unknown as Story[]) {
  test(`positive-alarm: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => `${atMs} ${kind} ${rule}`)).toEqual(
      story.expect.map(({ rule, kind, atMs }) => `${atMs} ${kind} ${rule}`),
    );
    expect(transitions).toMatchObject(story.expect);
  });
}

const config: PositiveAlarmConfig = { of: 'hall', atOnce: ['cellar'], acknowledge: 'p/ack', reset: 'p/reset' };
const says = (
  rule: string,
  severity: 'Minor' | 'Severe' | 'Extreme',
  level: number,
  more: object = {},
): ConditionEvent =>
  ({ kind: 'verdict', rule, level, severity, takenAtMs: 1000, late: false, data: 'good', ...more }) as ConditionEvent;
const tick = (atMs: number): ConditionEvent => ({ kind: 'tick', atMs });
const act = (kind: 'acknowledge' | 'reset', atMs: number): ConditionEvent => ({
  kind: 'operator',
  rule: 'hall',
  act: kind,
  atMs,
});

function play(events: readonly ConditionEvent[], state = positiveAlarm.initial(config)) {
  const said: { level: number; atMs: number }[] = [];
  for (const event of events) {
    const answer = positiveAlarm.step(state, event, config);
    if (answer.verdict) said.push({ level: answer.verdict.level, atMs: answer.verdict.takenAtMs });
    state = answer.state;
  }
  return { state, levels: said.map(({ level }) => level) };
}

test('blind data neither begin a sequence nor end one', () => {
  expect(play([tick(0), says('hall', 'Severe', 2, { data: 'stale' })]).levels).toEqual([]);
  const stale = says('hall', 'Severe', 2, { data: 'stale' });
  expect(play([tick(0), says('hall', 'Severe', 2), stale, act('reset', 5_000), tick(15_000)]).levels).toEqual([2, 3]);
});

test('deadlines count on the clock of the agent, however wrong that of the device', () => {
  for (const skewMs of [-280_000, 280_000]) {
    const first = says('hall', 'Severe', 2, { takenAtMs: 1_000_000 + skewMs });
    expect(play([tick(1_000_000), first, tick(1_014_000)]).levels).toEqual([2]);
    expect(play([tick(1_000_000), first, tick(1_015_000)]).levels).toEqual([2, 3]);
  }
});

test('an agent that slept through a deadline alarms when it wakes', () => {
  const before = play([tick(0), says('hall', 'Severe', 2), act('acknowledge', 5_000)]).state;
  const restored = JSON.parse(JSON.stringify(before));
  expect(play([tick(900_000)], restored).levels).toEqual([3]);
});

test('an acknowledgement that comes at the deadline, before its tick, is too late', () => {
  expect(play([tick(0), says('hall', 'Severe', 2), act('acknowledge', 15_000)]).levels).toEqual([2, 3]);
  expect(play([tick(0), says('hall', 'Severe', 2), act('acknowledge', 14_999)]).levels).toEqual([2, 1]);
});

test('a changed rule keeps what it had said and gives its phase the whole time again', () => {
  const adopted = positiveAlarm.adopt!(config, 2, 0);
  expect(play([tick(50_000), tick(64_000)], adopted).levels).toEqual([]);
  expect(play([tick(50_000), tick(65_000)], adopted).levels).toEqual([3]);
  expect(play([tick(50_000), tick(229_000)], positiveAlarm.adopt!(config, 1, 0)).levels).toEqual([]);
  expect(play([tick(50_000), tick(230_000)], positiveAlarm.adopt!(config, 1, 0)).levels).toEqual([3]);
  expect(play([tick(50_000), act('reset', 60_000)], positiveAlarm.adopt!(config, 3, 0)).levels).toEqual([0]);
});

test('it carries no act that cannot be taken back', () => {
  expect(positiveAlarm.confirmedFrom).toBeUndefined();
});

test('severities out of order, a rule twice and one stream for two keys are refused', () => {
  expect(checkPositiveAlarm(config)).toEqual([]);
  expect(checkPositiveAlarm({ ...config, from: 'Extreme' })).toHaveLength(1);
  expect(checkPositiveAlarm({ ...config, atOnce: ['cellar', 'hall', 'cellar'] })).toHaveLength(2);
  expect(checkPositiveAlarm({ ...config, reset: 'p/ack' })).toHaveLength(1);
});

test('rules it hears must exist and latch, and may share a device, because they are no witnesses here', () => {
  const units = new Map([['z/level', '{state}']]);
  const rule = (id: string, latch: RuleConfig['latch']): RuleConfig => ({
    id,
    type: 'level',
    event: 'Fire',
    input: 'z/level',
    latch,
    ladder: [{ severity: 'Severe', level: 2 }],
  });
  const check = (rules: RuleConfig[], more: object = {}) =>
    checkRules({
      rules: [
        ...rules,
        { id: 'general', type: 'positive-alarm', event: 'General alarm', of: 'hall', ...more } as RuleConfig,
      ],
      models: [],
      units,
    }).map(({ path, message }) => `${path} ${message}`);
  expect(check([rule('hall', 'Severe'), rule('cellar', true)], { atOnce: ['cellar'] })).toEqual([]);
  expect(check([rule('hall', false)])[0]).toMatch(/^\/rules\/1\/of hall does not latch from Severe on/);
  expect(check([rule('hall', 'Extreme')])).toHaveLength(1);
  expect(check([rule('hall', true), rule('cellar', false)], { atOnce: ['cellar'] })[0]).toMatch(
    /^\/rules\/2\/atOnce\/0 cellar/,
  );
  expect(check([])[0]).toMatch(/No rule is called hall/);
});

test('whatever happens, a first alarm that nobody resets is general within 195 s of the next tick', () => {
  const any = fc.oneof(
    fc.record({ what: fc.constant('acknowledge' as const), afterMs: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ what: fc.constant('again' as const), afterMs: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ what: fc.constant('clear' as const), afterMs: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ what: fc.constant('tick' as const), afterMs: fc.integer({ min: 0, max: 60_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(any, { maxLength: 20 }), (rows) => {
      let atMs = 0;
      const events: ConditionEvent[] = [tick(0), says('hall', 'Severe', 2)];
      for (const { what, afterMs } of rows) {
        atMs += afterMs;
        if (atMs >= 195_000) break;
        if (what === 'acknowledge') events.push(act('acknowledge', atMs));
        else if (what === 'again') events.push(says('hall', 'Severe', 2, { takenAtMs: atMs }));
        else if (what === 'clear') events.push(says('hall', 'Minor', 0, { takenAtMs: atMs }));
        else events.push(tick(atMs));
      }
      const { state, levels } = play([...events, tick(195_000)]);
      expect(state.phase).toBe('general');
      expect(levels.at(-1)).toBe(3);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    }),
    { numRuns: process.env.TOCSIN_LONG === '1' ? 10_000 : 1_000, seed: 11 },
  );
});
