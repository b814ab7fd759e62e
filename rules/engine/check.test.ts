import { expect, test } from 'vitest';
import { checkRules } from './check.ts';
import { conditionSchemas, modelSchemas } from './families.ts';
import type { ModelConfig, RuleConfig } from './types.ts';

const step = { severity: 'Severe', at: 10, clear: 8, holdMs: 0, clearHoldMs: 1000 };
const level = (id: string, input: string, more: object = {}): RuleConfig => ({
  id,
  type: 'threshold',
  event: 'e',
  input,
  direction: 'above',
  ladder: [step],
  ...more,
});
const agree = (id: string, of: string[], more: object = {}): RuleConfig => ({
  id,
  type: 'coincidence',
  event: 'e',
  of,
  need: 2,
  withinMs: 0,
  severity: 'Severe',
  ...more,
});
const units = new Map([
  ['a/x', 'mm'],
  ['a/y', 'mm'],
  ['b/x', 'Cel'],
]);
const check = (rules: RuleConfig[], models: ModelConfig[] = []) =>
  checkRules({ rules, models, units, intervalsMs: new Map([['a/x', 60_000]]), trackDevices: new Set(['camera']) });
const paths = (rules: RuleConfig[], models: ModelConfig[] = []) => check(rules, models).map(({ path }) => path);

test('a sound set of rules and models has no problem', () => {
  const models = [
    { id: 'move', type: 'slope', input: 'a/x' },
    {
      id: 'zebra',
      type: 'crossing',
      tracks: 'camera',
      phase: 'p/phase',
      from: [0, 0],
      to: [8, 0],
      widthM: 3,
      clearanceMs: 8000,
    },
  ];
  const rules = [level('one', 'move/velocity'), level('two', 'b/x'), agree('both', ['one', 'two'])];
  const known = new Map([...units, ['p/phase', '{state}']]);
  expect(checkRules({ rules, models, units: known, trackDevices: new Set(['camera']) })).toEqual([]);
});

test('an analog rule without a deadband does not load, and is told where and what to do', () => {
  expect(check([level('r', 'a/x', { ladder: [{ ...step, clear: 10 }] })])).toEqual([
    { path: '/rules/0/ladder/0/clear', message: '10 leaves no deadband below danger at 10; choose a lower value.' },
  ]);
  expect(paths([level('r', 'a/x', { direction: 'below', ladder: [{ ...step, clear: 8 }] })])).toEqual([
    '/rules/0/ladder/0/clear',
  ]);
});

test('an analog rule without any delay does not load', () => {
  expect(paths([level('r', 'a/x', { ladder: [{ ...step, clearHoldMs: 0 }] })])).toEqual(['/rules/0/ladder/0']);
});

test('a ladder must climb, worst last', () => {
  expect(paths([level('r', 'a/x', { ladder: [step, { ...step, severity: 'Minor', at: 9 }] })])).toEqual([
    '/rules/0/ladder/1/at',
    '/rules/0/ladder/1/severity',
  ]);
});

test('duplicate names, unknown types and unknown streams are found, all at once', () => {
  const problems = check(
    [level('r', 'a/z'), level('r', 'nobody/x'), { id: 'q', type: 'magic', event: 'e' }, level('no-data', 'a/x')],
    [{ id: 'a', type: 'slope', input: 'a/x' }],
  );
  expect(problems.map(({ path }) => path)).toEqual([
    '/models/0/id',
    '/rules/1/id',
    '/rules/3/id',
    '/models/0',
    '/rules/0',
    '/rules/1',
    '/rules/2/type',
  ]);
  expect(problems[4]?.message).toContain('a has a/x, a/y');
  expect(problems[5]?.message).toContain('no device or model is called nobody');
});

test('a coincidence of unknown rules, of itself, or in a circle is refused', () => {
  expect(paths([level('r', 'a/x'), agree('c', ['r', 'ghost'])])).toEqual(['/rules/1/of/1']);
  expect(paths([level('r', 'a/x'), agree('c', ['r', 'c'])])).toContain('/rules/1/of/1');
  expect(paths([level('r', 'a/x'), agree('c', ['r', 'd']), agree('d', ['c', 'r'])])).toEqual(
    expect.arrayContaining(['/rules/1/of/1', '/rules/2/of/0']),
  );
});

test('rules on the same device, directly or through a model, are no coincidence', () => {
  const models = [{ id: 'move', type: 'slope', input: 'a/x' }];
  const rules = [level('one', 'move/velocity'), level('two', 'a/y'), agree('both', ['one', 'two'])];
  expect(check(rules, models)).toEqual([
    {
      path: '/rules/2/of/1',
      message: 'two and one both rest on a, so they are no independent witnesses; use another device.',
    },
  ]);
});

test('more rules needed than named, or a name twice, is refused', () => {
  const rules = [level('one', 'a/x'), level('two', 'b/x')];
  expect(paths([...rules, agree('c', ['one', 'two'], { need: 3 })])).toEqual(['/rules/2/need']);
  expect(paths([...rules, agree('c', ['one', 'one', 'two'])])).toEqual(['/rules/2/of/1']);
});

test('models with the wrong unit, no camera or a circle are refused', () => {
  expect(paths([], [{ id: 'm', type: 'slope', input: 'b/x' }])).toEqual(['/models/0']);
  const crossing = {
    id: 'm',
    type: 'crossing',
    tracks: 'b',
    phase: 'a/x',
    from: [0, 0],
    to: [0, 0.5],
    widthM: 3,
    clearanceMs: 8000,
  };
  expect(paths([], [crossing])).toEqual(['/models/0/to', '/models/0', '/models/0']);
  expect(
    paths(
      [],
      [
        { id: 'm', type: 'slope', input: 'n/velocity' },
        { id: 'n', type: 'slope', input: 'm/velocity' },
      ],
    ),
  ).toEqual(['/models/0', '/models/1']);
});

test('data cannot be stale before the next reading is due', () => {
  expect(paths([level('r', 'a/x', { staleAfterMs: 60_000 })])).toEqual(['/rules/0/staleAfterMs']);
});

test('every published schema is closed and names its type', () => {
  for (const schema of [...conditionSchemas, ...modelSchemas])
    expect(schema).toMatchObject({ additionalProperties: false, properties: { type: { const: expect.any(String) } } });
});
