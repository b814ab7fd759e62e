import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { matrix } from './matrix.ts';

const house = fileURLToPath(new URL('../../edge-agent/site/cases/matrix.yaml', import.meta.url));
const townsite = fileURLToPath(new URL('../../simulators/town/sites/mill-house.yaml', import.meta.url));

async function run(file: string, options: Record<string, boolean> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    terminal: false,
    env: {},
    cwd: '.',
  };
  const code = await matrix.run({ args: [file], options, io });
  return { code, out: out.join(''), err: err.join('') };
}

test('a matrix is printed as a table, with what forbids its acts below', async () => {
  const { code, out } = await run(house);
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 7)).toEqual([
    '          recall-lift          stairs           cut-power',
    'cause     lift-recall: recall  stair-fan: on    breaker: open',
    'kitchen   any, until reset     any, after 10 s  2 of 3 in 60 s, after 5 s, until reset',
    'corridor  any, until reset     ·                2 of 3 in 60 s, after 5 s, until reset',
    'hall      ·                    any, after 10 s  2 of 3 in 60 s, after 5 s, until reset',
    '',
    'cut-power: cannot be taken back: only on confirmed causes; only a person ends it',
  ]);
});

test('--test proves every cell of a matrix, and of plain responses', async () => {
  const { code, out } = await run(house, { test: true });
  expect([code, out.trimEnd().split('\n').at(-1)]).toEqual([0, 'All 9 cells hold.']);
  expect((await run(townsite, { test: true })).out).toContain('All 4 cells hold.');
});

test('--json says the same to a machine', async () => {
  const { out } = await run(house, { json: true, test: true });
  const { ok, effects, proof } = JSON.parse(out);
  expect([ok, proof]).toEqual([true, { cells: 9, failures: [] }]);
  expect(effects[0]).toMatchObject({
    id: 'recall-lift',
    cells: { hall: '', kitchen: 'any, until reset' },
    interlocks: [],
  });
  expect(effects[2].interlocks).toHaveLength(2);
});

test('a file that is not good is bad input', async () => {
  const { code, err } = await run('/nowhere.yaml');
  expect(code).toBe(2);
  expect(err).toContain('cannot be read');
});
