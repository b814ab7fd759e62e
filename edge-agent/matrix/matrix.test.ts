import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkSite } from '../site/load.ts';
import type { Site } from '../site/types.ts';
import { cellOf, interlocksOf, proveTable, tableOf } from './matrix.ts';

const house = readFileSync(new URL('../site/cases/matrix.yaml', import.meta.url), 'utf8');

function siteOf(text = house): Site {
  const loaded = checkSite(text, 'house.yaml', 'hash');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.site;
}

/** The table as rows of cells. */
function cellsOf(site: Site): string[][] {
  const table = tableOf(site);
  return table.causes.map((cause) => [cause.name, ...table.effects.map((effect) => cellOf(cause, effect, table))]);
}

const failuresOf = (site: Site, table = tableOf(site)) =>
  proveTable(site, table).failures.map(({ cause, effect, says }) => `${cause} × ${effect}: ${says}`);

test('a matrix reads as it was written', () => {
  expect(cellsOf(siteOf())).toEqual([
    ['kitchen', 'any, until reset', 'any, after 10 s', '2 of 3 in 60 s, after 5 s, until reset'],
    ['corridor', 'any, until reset', '', '2 of 3 in 60 s, after 5 s, until reset'],
    ['hall', '', 'any, after 10 s', '2 of 3 in 60 s, after 5 s, until reset'],
  ]);
});

test('every cell of the sample holds', () => {
  expect(proveTable(siteOf(), tableOf(siteOf()))).toEqual({ cells: 9, failures: [] });
});

test('plain responses are a matrix as well: alone or by the rules of a coincidence', () => {
  const site = siteOf();
  const plain: Site = { ...site, matrix: undefined };
  const extra = {
    id: 'warn',
    when: { rule: 'smoke-kitchen', atLeast: 'Moderate' },
    actuator: 'stair-fan',
    action: 'on',
  };
  plain.responses = [...plain.responses, { ...extra, hold: 'whileActive' } as Site['responses'][number]];
  expect(cellsOf(plain)).toEqual([
    [
      'smoke-kitchen ≥ Severe',
      'any, until reset',
      'any, after 10 s',
      '2 of 3 in 60 s, after 5 s, until reset',
      'as smoke-kitchen ≥ Moderate',
    ],
    ['smoke-corridor ≥ Moderate', 'any, until reset', '', '2 of 3 in 60 s, after 5 s, until reset', ''],
    ['smoke-hall ≥ Moderate', '', 'any, after 10 s', '2 of 3 in 60 s, after 5 s, until reset', ''],
    ['smoke-kitchen ≥ Moderate', '', '', '', 'any'],
  ]);
  expect(failuresOf(plain)).toEqual([]);
});

test('what cannot be taken back and every interlock are told below', () => {
  const site = siteOf();
  expect(tableOf(site).effects.map((effect) => interlocksOf(effect, site))).toEqual([
    [],
    [],
    [
      'cannot be taken back: only on confirmed causes; only a person ends it',
      'not while lift/floor is outside -0.5 to 0.5: The lift is not at the ground floor.',
    ],
  ]);
});

type Change = (site: Site) => void;
const response = (site: Site, id: string) => site.responses.find((row) => row.id === id)!;
const rule = (site: Site, id: string) => site.rules.find((row) => row.id === id)!;

/** Each change makes the site do something else than its matrix says; the failing cells must be these. */
test.each<[string, Change, string[]]>([
  [
    'a response is missing',
    (site) => site.responses.splice(0, 1),
    ['kitchen × recall-lift: it did not order recall of lift-recall'],
  ],
  [
    'a response is for another action',
    (site) => Object.assign(response(site, 'stairs-hall'), { action: 'off' }),
    [
      'hall × stairs: it did not order on of stair-fan',
      'hall × stair-fan: it ordered off of stair-fan, which no cell declares',
    ],
  ],
  [
    'a milder severity is enough',
    (site) => Object.assign(response(site, 'recall-lift-kitchen').when, { atLeast: 'Moderate' }),
    ['kitchen × recall-lift: smoke-kitchen below Severe ordered recall of lift-recall'],
  ],
  [
    'the delay is shorter',
    (site) => Object.assign(response(site, 'stairs-hall'), { delayMs: 4000 }),
    ['hall × stairs: it ordered on of stair-fan too early'],
  ],
  [
    'the delay is longer',
    (site) => Object.assign(response(site, 'stairs-hall'), { delayMs: 10_001 }),
    ['hall × stairs: it ordered on of stair-fan too late'],
  ],
  [
    'it ends with its cause',
    (site) => Object.assign(response(site, 'recall-lift-kitchen'), { hold: 'whileActive' }),
    ['kitchen × recall-lift: recall of lift-recall ended before the reset'],
  ],
  [
    'it ends with a reset only',
    (site) => Object.assign(response(site, 'stairs-hall'), { hold: 'untilReset' }),
    ['hall × stairs: on of stair-fan did not end with its cause'],
  ],
  [
    'a coincidence asks for one more',
    (site) => Object.assign(rule(site, 'cut-power'), { need: 3 }),
    [
      'kitchen × cut-power: it with corridor did not order open of breaker',
      'corridor × cut-power: it with hall did not order open of breaker',
      'hall × cut-power: it with kitchen did not order open of breaker',
    ],
  ],
  [
    'a coincidence looks back longer',
    (site) => Object.assign(rule(site, 'cut-power'), { withinMs: 90_000 }),
    [
      'kitchen × cut-power: causes more than 60 s apart ordered open of breaker',
      'corridor × cut-power: causes more than 60 s apart ordered open of breaker',
      'hall × cut-power: causes more than 60 s apart ordered open of breaker',
    ],
  ],
  [
    'one rule is not among the causes',
    (site) => (rule(site, 'cut-power').of as unknown[]).pop(),
    [
      'corridor × cut-power: it with hall did not order open of breaker',
      'hall × cut-power: it with kitchen did not order open of breaker',
    ],
  ],
  [
    'an act without confirmation is refused',
    (site) => Object.assign(site.actuators.find(({ id }) => id === 'stair-fan')!, { irreversible: ['on'] }),
    [
      'kitchen × stairs: it did not order on of stair-fan: on cannot be taken back: it needs a coincidence of detectors or a person',
      'hall × stairs: it did not order on of stair-fan: on cannot be taken back: it needs a coincidence of detectors or a person',
    ],
  ],
  [
    'an empty cell acts',
    (site) =>
      site.responses.push({
        ...response(site, 'stairs-hall'),
        id: 'more',
        when: { rule: 'smoke-corridor', atLeast: 'Moderate' },
      }),
    ['corridor × stairs: it ordered on of stair-fan, which no cell declares'],
  ],
])('a proof finds what is not as declared: %s', (_, change, failures) => {
  const site = structuredClone(siteOf());
  const table = tableOf(siteOf());
  change(site);
  const found = failuresOf(site, table);
  for (const failure of failures) expect(found).toContain(failure);
  const cells = new Set(failures.map((failure) => failure.split(':')[0]));
  for (const failure of found.filter((text) => !text.includes(' + '))) expect(cells).toContain(failure.split(':')[0]);
});

test('two columns that want one actuator in two ways fail where both are due', () => {
  const both = house.replace(
    '    - { id: stairs,',
    '    - { id: quiet, actuator: stair-fan, action: slow, any: [hall, corridor] }\n    - { id: stairs,',
  );
  const slow = both.replace(
    "actions: { on: { send: 'ON', state: 'ON' }, off",
    "actions: { slow: { send: 'S', state: 'S' }, on: { send: 'ON', state: 'ON' }, off",
  );
  expect(failuresOf(siteOf(slow))).toContain(
    'hall × stairs: beside the other columns it did not order on: stair-fan was asked for slow',
  );
});

test('a site without responses has no columns, and nothing to prove', () => {
  const site = { ...siteOf(), matrix: undefined, responses: [] };
  expect(tableOf(site)).toEqual({ causes: [], effects: [] });
  expect(proveTable(site, tableOf(site))).toEqual({ cells: 0, failures: [] });
});
