import { expect, test } from 'vitest';
import { orderSiren, passSiren, reportSiren, type SirenFault, sirenAtRest } from './siren.ts';

const on = { on: true, lengthMs: 10_000, lagMs: 0, atMs: 1_000 };
const at = (atMs: number, fault: SirenFault = 'none', order = on) =>
  reportSiren(passSiren(orderSiren(sirenAtRest, order, fault), atMs, fault), atMs, fault);

test.each<[string, number, SirenFault, object, object]>([
  ['sounds for its length', 1_000, 'none', {}, { output: 'on', left: 10 }],
  ['counts down', 9_500, 'none', {}, { output: 'on', left: 2 }],
  ['falls silent by itself', 11_000, 'none', {}, { output: 'off', left: 0 }],
  ['begins late when it lags', 1_400, 'none', { lagMs: 500 }, { output: 'off', left: 10 }],
  ['begins after its lag', 1_500, 'none', { lagMs: 500 }, { output: 'on', left: 10 }],
  ['without a length sounds for ever', 900_000, 'none', { lengthMs: 0 }, { output: 'on', left: 0 }],
  ['that lost its timer sounds for ever', 900_000, 'timerless', {}, { output: 'on', left: 0 }],
  ['that is broken says that it is silent', 2_000, 'broken', {}, { output: 'off', left: 9 }],
  ['that lies says that it sounds', 2_000, 'lies', {}, { output: 'on', left: 9 }],
])('a siren %s', (_, atMs, fault, more, says) => {
  expect(at(atMs, fault, { ...on, ...more })).toEqual(says);
});

test('a siren that lies is silent', () => {
  expect(orderSiren(sirenAtRest, on, 'lies').sounds).toBe(false);
});
