import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkSite, type Problem } from './load.ts';

const house = readFileSync(new URL('cases/matrix.yaml', import.meta.url), 'utf8');
const linesOf = (problems: readonly Problem[]) =>
  problems.map(({ path, message, remedy }) => `${path} ${message}${remedy === '' ? '' : ` → ${remedy}`}`);

function siteOf(text: string) {
  const loaded = checkSite(text, 'house.yaml', 'hash');
  if (!loaded.ok) throw new Error(linesOf(loaded.problems).join('\n'));
  return loaded.site;
}

function mistakesIn(from: string, to: string): string[] {
  expect(house).toContain(from);
  const loaded = checkSite(house.replace(from, to), 'house.yaml', 'hash');
  return loaded.ok ? [] : linesOf(loaded.problems);
}

test('a column of any becomes one response for each cause', () => {
  const { responses } = siteOf(house);
  expect(responses.slice(0, 4)).toEqual([
    {
      id: 'recall-lift-kitchen',
      when: { rule: 'smoke-kitchen', atLeast: 'Severe' },
      actuator: 'lift-recall',
      action: 'recall',
      hold: 'untilReset',
    },
    {
      id: 'recall-lift-corridor',
      when: { rule: 'smoke-corridor', atLeast: 'Moderate' },
      actuator: 'lift-recall',
      action: 'recall',
      hold: 'untilReset',
    },
    expect.objectContaining({ id: 'stairs-kitchen', delayMs: 10_000, hold: 'whileActive' }),
    expect.objectContaining({ id: 'stairs-hall', delayMs: 10_000 }),
  ]);
});

test('a column of need becomes a coincidence of its causes and a response to it', () => {
  const { rules, responses } = siteOf(house);
  expect(rules.at(-1)).toMatchObject({
    id: 'cut-power',
    type: 'coincidence',
    event: 'Fire seen by two detectors',
    of: [
      { rule: 'smoke-kitchen', atLeast: 'Severe' },
      { rule: 'smoke-corridor', atLeast: 'Moderate' },
      { rule: 'smoke-hall', atLeast: 'Moderate' },
    ],
    need: 2,
    withinMs: 60_000,
    severity: 'Severe',
    latch: true,
  });
  expect(responses.at(-1)).toMatchObject({
    id: 'cut-power',
    when: { rule: 'cut-power', atLeast: 'Severe' },
    delayMs: 5000,
  });
});

const cut = 'action: open, need: 2, of: [kitchen, corridor, hall], withinMs: 60000';
const seen = 'event: Fire seen by two detectors, ';
test.each<[string, string, string, RegExp[]]>([
  [
    'an unknown cause',
    'any: [kitchen, hall]',
    'any: [kitchen, hal]',
    [/^\/matrix\/effects\/1\/any\/1 There is no cause “hal”\. → Did you mean hall\?/],
  ],
  [
    'a cause of an unknown rule',
    'rule: smoke-hall, a',
    'rule: smoke-halls, a',
    [/There is no rule “smoke-halls”|No rule is called smoke-halls/, /.*/],
  ],
  ['a cause twice', 'any: [kitchen, hall]', 'any: [hall, hall]', [/hall is named twice/]],
  ['no cause', 'any: [kitchen, hall], ', '', [/stairs has no cause/]],
  ['two logics', 'any: [kitchen, hall]', 'any: [kitchen], need: 2, of: [kitchen, hall]', [/one logic/]],
  ['of without need', 'need: 2, of', 'of', [/need is missing/]],
  ['more than can agree', 'need: 2, of', 'need: 4, of', [/4 of 3 causes can never agree/]],
  ['withinMs of any', 'any: [kitchen, hall]', 'any: [kitchen, hall], withinMs: 5', [/belong to need/]],
  ['an unknown action', 'action: recall,', 'action: recal,', [/lift-recall has no action “recal”/]],
  ['an unknown actuator', 'actuator: stair-fan', 'actuator: stair-fans', [/There is no actuator “stair-fans”/]],
  [
    'a severity never reached',
    'rule: smoke-hall, atLeast: Moderate',
    'rule: smoke-hall, atLeast: Extreme',
    [/smoke-hall never gets worse than Moderate/],
  ],
  [
    'one detector cuts power',
    `${seen}actuator: breaker, ${cut}`,
    'actuator: breaker, action: open, any: [kitchen]',
    [/open of breaker cannot be taken back/],
  ],
  ['a name that is taken', 'id: cut-power', 'id: smoke-hall', [/smoke-hall is also/]],
  ['a column twice', 'id: stairs', 'id: recall-lift', [/recall-lift-kitchen/]],
])('a mistake in a matrix is told at its column: %s', (_, from, to, says) => {
  const found = mistakesIn(from, to);
  expect(found.length).toBeGreaterThan(0);
  says.forEach((pattern) => {
    expect(found.join('\n')).toMatch(pattern);
  });
  for (const line of found) expect(line).toMatch(/^\/matrix/);
});

test('two causes on one device are no independent witnesses', () => {
  expect(mistakesIn('input: hall/smoke', 'input: corridor/smoke').join()).toContain('no independent witnesses');
});

test('what feeds life safety is moved by no rule, and by its rest alone without complaint', () => {
  const feeds = 'feeds: [smoke-control, fire-lift], irreversible: [open]';
  expect(mistakesIn('irreversible: [open]', feeds)).toEqual([
    '/matrix/effects/2/actuator “breaker” feeds smoke-control, fire-lift, so no rule may ask it for “open”. → Leave it to a person, or switch a circuit that feeds none of these.',
  ]);
  expect(mistakesIn('irreversible: [open]', 'feeds: [pool], irreversible: [open]')[0]).toContain('feeds');
  expect(mistakesIn('rest: closed', 'feeds: [detection], rest: open')).not.toContainEqual(
    expect.stringContaining('feeds'),
  );
});
