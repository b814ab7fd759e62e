import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkSite } from './load.ts';

const docs = readFileSync(new URL('../../docs/site-file.md', import.meta.url), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';
const rest = '    rest: off\n';

/** The worked example with more said of its first actuator, and more said of the site. */
function check(actuator: string, site = '') {
  expect(example).toContain(rest);
  const more = actuator.replaceAll(/^/gm, '    ');
  return checkSite(`${site}${example.replace(rest, () => `${rest}${more}\n`)}`, 'site.yaml', 'hash');
}
const said = (loaded: ReturnType<typeof check>) =>
  (loaded.ok ? loaded.warnings : loaded.problems).map(({ message }) => message);

test('limits, windows, second persons, proof tests and polls are taken with their defaults', () => {
  const actuator = `area: east
actsMax: { count: 1, withinMs: 60000 }
armed: [{ days: [mon, fri], from: '22:00', to: '06:00', timeZone: Europe/Berlin }]
twoPersons: { actions: [on, bypass] }
proofTest: { everyDays: 180 }
pollMs: 10000`;
  const limits = `limits: { site: [{ count: 9, withinMs: 60000 }, { count: 20, withinMs: 3600000, binding: true }], areas: { east: { count: 4, withinMs: 600000 } } }\n`;
  const loaded = check(actuator, limits);
  expect(said(loaded)).toEqual([]);
  if (!loaded.ok) return;
  expect(loaded.site.actuators[0]).toMatchObject({ twoPersons: { withinMs: 300_000, alsoForRules: false } });
  expect(loaded.site.limits?.site).toMatchObject([{ count: 9 }, { count: 20, binding: true }]);
});

test.each<[string, string, RegExp]>([
  ['a window that ends when it begins', `armed: [{ from: '08:00', to: '08:00' }]`, /ends when it begins/],
  ['an unknown time zone', `armed: [{ from: '08:00', to: '09:00', timeZone: Mars/Base }]`, /is no time zone/],
  ['an hour that does not exist', `armed: [{ from: '25:00', to: '09:00' }]`, /cannot be a value of from/],
  ['a second person for an unknown act', 'twoPersons: { actions: [explode] }', /has no action “explode”/],
  ['a second person for letting go', 'twoPersons: { actions: [off] }', /never wait for a second person/],
])('%s is refused', (_, actuator, says) => {
  const loaded = check(actuator);
  expect(loaded.ok).toBe(false);
  expect(said(loaded).join('\n')).toMatch(says);
});

test('an area without actuators is warned of', () => {
  expect(said(check('area: east', 'limits: { areas: { eest: { count: 1, withinMs: 60000 } } }\n'))).toEqual([
    'No actuator is in area “eest”.',
  ]);
});
