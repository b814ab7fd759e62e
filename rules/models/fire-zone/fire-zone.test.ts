import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../../engine/engine.ts';
import { confirmedSeverities } from '../../engine/outputs.ts';
import type { ModelEvent, RuleConfig, Surroundings } from '../../engine/types.ts';
import zones from './cases/zones.json' with { type: 'json' };
import { checkZone, type FireZoneConfig, layoutOf } from './config.ts';
import { fireZone } from './fire-zone.ts';

const site: Surroundings = {
  unitOf: (stream) => (/\/(heat|level|service|verifying)$/.test(stream) ? '{state}' : '1'),
  intervalMsOf: () => 1000,
};

function zoneOf(more: Partial<FireZoneConfig> = {}): FireZoneConfig {
  const isolations = [{ detector: 'a', input: 'keys/a' }];
  const all = { detectors: ['a', 'b', 'c'], callPoints: ['call/pressed'], isolations, reset: 'panel/reset', ...more };
  return fireZone.prepare!(all, site);
}

/** Inputs by short names: `a` is the level of detector a, `a-heat` another of its outputs, `call` and `reset` the keys. */
function inputOf(name: string, config: FireZoneConfig): number {
  const [of = '', kind = 'level'] = name.split('-');
  const streams: Record<string, string> = { call: 'call/pressed', reset: 'panel/reset' };
  const stream = streams[of] ?? (kind === 'isolated' ? `keys/${of}` : `${of}/${kind}`);
  const input = layoutOf(config).findIndex((row) => row.stream === stream);
  if (input < 0) throw new Error(`No input ${name}.`);
  return input;
}

type Input = [atS: number, name: string, value: number, late?: boolean, why?: string[]];

function eventOf([atS, name, value, late = false, why]: Input, config: FireZoneConfig): ModelEvent {
  return { kind: 'reading', input: inputOf(name, config), value, takenAtMs: atS * 1000, late, why };
}

/** Everything a zone says to a list of inputs. */
function play(inputs: readonly Input[], config = zoneOf()) {
  let state = fireZone.initial(config);
  return inputs.flatMap((input) => {
    const answer = fireZone.step(state, eventOf(input, config), config);
    state = answer.state;
    return answer.outputs ? [{ atS: input[0], outputs: answer.outputs, reasons: answer.reasons ?? [] }] : [];
  });
}

const levelsOf = (said: ReturnType<typeof play>) =>
  said.flatMap(({ atS, outputs, reasons }) =>
    outputs.level === undefined ? [] : [{ atS, level: outputs.level, reasons }],
  );

type Case = {
  story: string;
  config?: Partial<FireZoneConfig>;
  inputs: Input[];
  levels: [number, number][];
  why?: string;
};
for (const { story, config, inputs, levels, why } of zones as unknown as Case[]) {
  test(`fire-zone: ${story}`, () => {
    const said = levelsOf(play(inputs, zoneOf(config)));
    const changes = said.filter(
      ({ level, atS }, i) => i === 0 || level !== said[i - 1]!.level || levels.some(([t]) => t === atS),
    );
    expect(changes.map(({ atS, level }) => [atS, level])).toEqual(levels);
    if (why !== undefined) expect(said.map(({ reasons }) => reasons.join(' ')).join(' ')).toContain(why);
  });
}

test('reasons say what confirmed the fire, how far apart, and what each detector saw', () => {
  const [, second] = levelsOf(
    play([
      [0, 'a', 2, false, ['Smoke 8.1 %/m above clean air.']],
      [24, 'b', 2, false, ['CO 40 ppm.']],
    ]),
  );
  expect(second!.reasons).toEqual([
    'Confirmed by 2 of 3 detectors: a and b, 24 s apart.',
    'a: Smoke 8.1 %/m above clean air.',
    'b: CO 40 ppm.',
  ]);
});

test.each<[string, Input[], string]>([
  ['one alone', [[0, 'a', 2]], 'a is at alarm, alone: a second detector, heat or a call point would confirm the fire.'],
  [
    'heat',
    [
      [0, 'b', 2],
      [1, 'a-heat', 1],
    ],
    'Confirmed by heat, which counts alone: a reached its heat class, and b at alarm.',
  ],
  ['call point', [[0, 'call', 1]], 'Confirmed by a person: call point call pressed pressed.'],
  [
    'held',
    [
      [0, 'a', 2],
      [1, 'b', 2],
      [9, 'b', 0],
      [70, 'a', 2],
    ],
    'It was confirmed and stays so until the last cause is gone; a still sees fire.',
  ],
])('the first reason names the cause: %s', (_, inputs, reason) => {
  expect(levelsOf(play(inputs)).at(-1)!.reasons[0]).toBe(reason);
});

test('the service of the zone is that of its worst detector, told with its own words and apart from the level', () => {
  const said = play([
    [0, 'a', 0],
    [1, 'a-service', 2, false, ['Clean air reads 50 % of the smoke alarm level.']],
    [2, 'b-service', 3, false, ['Smoke has been silent for 3 min.']],
    [3, 'b-service', 0],
    [4, 'a-isolated', 1],
  ]);
  expect(said.map(({ outputs }) => outputs)).toEqual([
    { level: 0 },
    { service: 2, isolated: 0 },
    { service: 3, isolated: 0 },
    { service: 2, isolated: 0 },
    { service: 2, isolated: 1 },
  ]);
  expect(said[2]!.reasons).toEqual([
    'a needs maintenance: Clean air reads 50 % of the smoke alarm level.',
    'b has a fault: Smoke has been silent for 3 min.',
  ]);
  expect(said[4]!.reasons[0]).toBe('a is isolated: nothing it says counts.');
});

test('a level is repeated every minute by what detectors see, never by their word that they are silent', () => {
  const said = play([
    [0, 'a', 0],
    [1, 'a-service', 0],
    [59, 'a', 0],
    [61, 'a', 0],
    [200, 'a-service', 3],
    [201, 'b-service', 3],
    [300, 'c-service', 3],
  ]);
  expect(said.map(({ atS, outputs }) => [atS, ...Object.keys(outputs)])).toEqual([
    [0, 'level'],
    [1, 'service', 'isolated'],
    [61, 'level'],
    [200, 'service', 'isolated'],
    [300, 'service', 'isolated'],
  ]);
});

test('a detector without temperature is heard without heat, and only level 3 is confirmed', () => {
  const config = fireZone.prepare!(
    { detectors: ['a', 'b'] },
    { ...site, unitOf: (s) => (s === 'a/level' ? '{state}' : '1') },
  );
  expect(fireZone.inputs(config).streams).toEqual(['a/level', 'b/level']);
  expect(fireZone.outputs(config, [])).toContainEqual({ channel: 'level', unit: '{state}', confirmedFrom: 3 });
});

test('two detectors on one device confirm no act that cannot be taken back', () => {
  const detector = (id: string, input: string) => ({ id, type: 'fire', smoke: input });
  const ladder = [
    { severity: 'Severe', level: 2 },
    { severity: 'Extreme', level: 3 },
  ];
  const from = (second: string) =>
    confirmedSeverities({
      models: [detector('a', 'hub/one'), detector('b', second), { id: 'z', type: 'fire-zone', detectors: ['a', 'b'] }],
      rules: [{ id: 'fire', type: 'level', event: 'Fire', input: 'z/level', ladder } as RuleConfig],
      units: new Map([
        ['hub/one', '%/m'],
        ['hub/two', '%/m'],
        ['other/two', '%/m'],
      ]),
    }).get('fire');
  expect(from('other/two')).toBe('Extreme');
  expect(from('hub/two')).toBeUndefined();
});

test('places that one camera looks at stay independent where it is named, and not where a channel is shared', () => {
  const detector = (id: string, smoke: string) => ({ id, type: 'fire', smoke, flame: 'cam/flame' });
  const ladder = [{ severity: 'Extreme', level: 3 }];
  const cameras = ['a', 'b'].map((id) => ({ detector: id, input: 'cam/flame' }));
  const from = (second: string, more: object) =>
    confirmedSeverities({
      models: [
        detector('a', 'hub/one'),
        detector('b', second),
        { id: 'z', type: 'fire-zone', detectors: ['a', 'b'], ...more },
      ],
      rules: [{ id: 'fire', type: 'level', event: 'Fire', input: 'z/level', ladder } as RuleConfig],
      units: new Map([
        ['hub/one', '%/m'],
        ['hub/two', '%/m'],
        ['other/two', '%/m'],
        ['cam/flame', '1'],
      ]),
    }).get('fire');
  expect(from('other/two', { cameras })).toBe('Extreme');
  expect(from('hub/two', { cameras })).toBeUndefined();
  expect(from('other/two', {})).toBeUndefined();
  expect(checkZone({ detectors: ['a'], cameras })).toEqual([expect.stringContaining('/cameras/1/detector: b')]);
});

test('verification and coincidence together, one detector for a coincidence, and strangers in isolations are refused', () => {
  expect(checkZone({ detectors: ['a', 'b'], dependency: 'coincidence', verify: true })).toHaveLength(1);
  expect(checkZone({ detectors: ['a'], dependency: 'coincidence' })).toHaveLength(1);
  expect(checkZone({ detectors: ['a', 'a'] })).toHaveLength(1);
  expect(checkZone({ detectors: ['a'], isolations: [{ detector: 'b', input: 'k/b' }] })).toHaveLength(1);
  expect(checkZone({ detectors: ['a'], callPoints: ['k/b'], reset: 'k/b' })).toHaveLength(1);
  expect(checkZone({ detectors: ['a'], verify: true, callPoints: ['k/b'], reset: 'k/c' })).toEqual([]);
});

test('in an engine a zone hears heat before level, and reasons reach the alert', () => {
  const zone = { id: 'z', type: 'fire-zone', detectors: ['a', 'b'] };
  const ladder = [1, 2, 3].map((level, i) => ({ level, severity: ['Minor', 'Severe', 'Extreme'][i] }));
  const fire = { id: 'z-fire', type: 'level', event: 'Fire', input: 'z/level', ladder, latch: 'Severe' };
  const units = new Map(
    ['a', 'b'].flatMap((id) => ['heat', 'level'].map((kind) => [`${id}/${kind}`, '{state}'] as const)),
  );
  const engine = createEngine({ site: 's', origin: 'edge', models: [zone], rules: [fire as never], units });
  const heard = (stream: string, value: number, takenAtMs: number) =>
    engine
      .step({ kind: 'reading', stream, value, takenAtMs, late: false })
      .flatMap((effect) => (effect.kind === 'alert' ? [effect.transition] : []));
  expect(heard('a/level', 2, 1000)).toMatchObject([{ kind: 'raise', severity: 'Severe', latch: 'latched' }]);
  expect(heard('b/heat', 1, 2000)).toMatchObject([
    { kind: 'escalate', severity: 'Extreme', reasons: [/^Confirmed by heat/].map((r) => expect.stringMatching(r)) },
  ]);
});

const danger = fc.record({
  atS: fc.integer({ min: 0, max: 300 }),
  name: fc.constantFrom('a', 'b', 'c', 'a-heat', 'b-heat', 'call', 'a-service', 'b-verifying', 'reset', 'a-isolated'),
  value: fc.integer({ min: 0, max: 3 }),
  more: fc.boolean(),
});
/** Inputs in which danger can be more or less; the others stay as they are in both histories. */
const dangerous = /^(a|b|c|call|.*-heat|.*-verifying)$/;

const runs = process.env.TOCSIN_LONG === '1' ? 20_000 : 2_000;

test('more danger in any input never gives a lower level', () => {
  const configs = [{}, { verify: true }, { dependency: 'coincidence' as const }, { withinMs: 120_000 }];
  fc.assert(
    fc.property(fc.array(danger, { maxLength: 40 }), fc.constantFrom(...configs), (rows, more) => {
      const config = zoneOf(more);
      const inOrder = rows
        .filter(({ name }) => config.verify || !name.endsWith('verifying'))
        .toSorted((x, y) => x.atS - y.atS);
      let state = fireZone.initial(config);
      let worse = fireZone.initial(config);
      for (const { atS, name, value, more: isMore } of inOrder) {
        const raised = isMore && dangerous.test(name) ? value + 1 : value;
        state = fireZone.step(state, eventOf([atS, name, value], config), config).state;
        worse = fireZone.step(worse, eventOf([atS, name, raised], config), config).state;
        expect(worse.live.said.level).toBeGreaterThanOrEqual(state.live.said.level);
      }
    }),
    { numRuns: runs, seed: 7 },
  );
});

test('late history never bends the present, states stay JSON and as small, and shifting all times shifts nothing else', () => {
  const inputs = fc.array(fc.tuple(danger, fc.boolean()), { maxLength: 40 });
  fc.assert(
    fc.property(inputs, fc.integer({ min: 0, max: 1_000_000 }), (rows, shiftS) => {
      const config = zoneOf();
      const all = rows
        .filter(([{ name }]) => !name.endsWith('verifying'))
        .map(([{ atS, name, value }, late]): Input => [atS, name, value, late]);
      const live = all.filter(([, , , late]) => !late);
      let state = fireZone.initial(config);
      let alone = fireZone.initial(config);
      let shifted = fireZone.initial(config);
      for (const input of all) state = fireZone.step(state, eventOf(input, config), config).state;
      for (const input of live) {
        // What a step answers is read before the next one: an unchanged answer is one object for all.
        const answer = { ...fireZone.step(alone, eventOf(input, config), config) };
        const later = fireZone.step(shifted, eventOf([input[0] + shiftS, input[1], input[2]], config), config);
        expect(later.outputs).toEqual(answer.outputs);
        expect(later.reasons).toEqual(answer.reasons);
        [alone, shifted] = [answer.state, later.state];
      }
      expect(state.live).toEqual(alone.live);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(JSON.stringify(state).length).toBeLessThan(4_000);
    }),
    { numRuns: runs / 4, seed: 8 },
  );
});

test('a step changes no state that was given to it', () => {
  const config = zoneOf();
  let state = fireZone.initial(config);
  for (const input of [
    [0, 'a', 2],
    [1, 'call', 1],
    [2, 'a-service', 3],
    [3, 'reset', 1],
    [4, 'b', 2],
  ] as Input[]) {
    const before = structuredClone(state);
    const next = fireZone.step(state, eventOf(input, config), config).state;
    expect(state).toEqual(before);
    state = next;
  }
});
