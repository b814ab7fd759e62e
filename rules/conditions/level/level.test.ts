import { expect, test } from 'vitest';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import type { ConditionEvent, Surroundings } from '../../engine/types.ts';
import levels from './cases/levels.json' with { type: 'json' };
import { checkLevels, type LevelConfig } from './config.ts';
import { level } from './level.ts';

for (const story of levels as unknown as Story[]) {
  test(`level: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => ({ rule, kind, atMs }))).toHaveLength(story.expect.length);
    expect(transitions).toMatchObject(story.expect);
  });
}

const site: Surroundings = { unitOf: () => '{state}', intervalMsOf: () => 60_000 };
const config = level.prepare!(
  { input: 'm/level', ladder: [{ severity: 'Severe', level: 1 }], updateEveryMs: 600_000 } as LevelConfig,
  site,
);
const at = (takenAtMs: number, value: number, why: string[], late = false): ConditionEvent => ({
  kind: 'reading',
  input: 0,
  value,
  takenAtMs,
  late,
  why,
});

function play(events: ConditionEvent[]) {
  let state = level.initial(config);
  return events.flatMap((event) => {
    const answer = level.step(state, event, config);
    state = answer.state;
    return answer.verdict ? [answer.verdict] : [];
  });
}

test('the reasons of the model become those of the alert, renewed only when they changed and are due', () => {
  const verdicts = play([
    at(0, 0, ['calm']),
    at(60_000, 1, ['faster']),
    at(120_000, 1, ['faster still']),
    at(660_000, 1, ['faster still']),
    at(1_260_000, 1, ['faster still']),
    at(1_320_000, 0, ['calm again']),
  ]);
  expect(verdicts.map(({ level: said, reasons }) => [said, ...reasons])).toEqual([
    [1, 'faster'],
    [1, 'faster still'],
    [0, 'calm again'],
  ]);
});

test('silence keeps the last reasons behind what is missing', () => {
  const verdicts = play([at(0, 1, ['fast']), { kind: 'tick', atMs: 400_000 }]);
  expect(verdicts.at(-1)).toMatchObject({ level: 1, data: 'stale', reasons: [/No usable data/, 'fast'].map(matching) });
  expect(verdicts.at(-1)!.blind).toMatch(/No usable data/);
});

const matching = (text: string | RegExp) => expect.stringMatching(text);

test('late levels raise and never lower', () => {
  const verdicts = play([at(60_000, 0, []), at(30_000, 1, ['it was fast'], true), at(40_000, 0, ['calm'], true)]);
  expect(verdicts.map((verdict) => verdict.level)).toEqual([1]);
});

test('of two late levels of one instant the worse counts', () => {
  const verdicts = play([at(60_000, 0, []), at(30_000, 0, ['calm'], true), at(30_000, 1, ['it was fast'], true)]);
  expect(verdicts.map((verdict) => verdict.level)).toEqual([1]);
});

test('levels and severities must rise together', () => {
  const wrong = [
    { severity: 'Severe', level: 2 },
    { severity: 'Minor', level: 2 },
  ] as const;
  expect(checkLevels({ input: 'a/b', ladder: [...wrong] })).toHaveLength(2);
});

test('what rests on confirmation is known by the severity of that level', () => {
  const ladder = [
    { severity: 'Minor', level: 1 },
    { severity: 'Severe', level: 2 },
    { severity: 'Extreme', level: 3 },
  ] as const;
  const from = (confirmedFrom?: number) =>
    level.confirmedFrom!({ input: 'z/level', ladder: [...ladder] }, () => ({
      channel: 'level',
      unit: '{state}',
      ...(confirmedFrom === undefined ? {} : { confirmedFrom }),
    }));
  expect([from(3), from(2), from(4), from()]).toEqual(['Extreme', 'Severe', undefined, undefined]);
});
