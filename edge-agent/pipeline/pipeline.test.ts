import { AlertTransition, Command, type Command as Order, ownRules, Reading, Receipt } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { feed, houseOf, logOf, readingOf } from './house.ts';
import { createPipeline } from './pipeline.ts';
import { troubleWords } from './trouble-words.ts';
import type { Pipeline, PipelineEvent } from './types.ts';

/** The instants of these stories count from here, because alerts carry real ones. */
const t0 = 1_700_000_000_000;
const at = (seconds: number) => t0 + seconds * 1000;
const kitchen = (value: number, s: number, more?: object) => readingOf('kitchen/smoke', value, at(s), more);
const corridor = (value: number, s: number, more?: object) => readingOf('corridor/smoke', value, at(s), more);
const lift = (value: number, s: number) => readingOf('lift/floor', value, at(s));
const tick = (s: number): PipelineEvent => ({ kind: 'tick', atMs: at(s) });
const says = (actuator: string, state: string, s: number): PipelineEvent => ({
  kind: 'readBack',
  actuator,
  state,
  atMs: at(s),
});
const order = (s: number, more: Partial<Order>): PipelineEvent => ({
  kind: 'order',
  receivedAtMs: at(s),
  command: {
    v: 1,
    id: 'order-1',
    site: 'house',
    device: 'siren',
    action: 'on',
    notBeforeMs: at(s),
    expiresAtMs: at(s + 30),
    issuer: 'dispatcher',
    reason: 'as agreed by phone',
    mode: 'live',
    ...more,
  },
});

/** A house without the siren, for stories about the breaker alone. */
const quiet = (more: object = {}) => houseOf({ responses: [houseOf().responses[0]!], ...more });

describe('one detector and two (F5)', () => {
  test('one smoke alarm alerts and cuts nothing; a second one within a minute cuts at once, and the read-back proves it', () => {
    const pipeline = createPipeline(quiet());
    expect(feed(pipeline, [lift(0, 0), kitchen(0.1, 0), corridor(0.1, 0), kitchen(9, 1)])).toEqual([
      'raise smoke-kitchen/kitchen',
    ]);
    expect(feed(pipeline, [tick(2), lift(0, 3), kitchen(9, 3), tick(4)])).toEqual([]);
    expect(feed(pipeline, [lift(0, 29), corridor(8, 30)])).toEqual([
      'raise smoke-corridor/corridor',
      'raise fire/house',
      'breaker open requested',
      'breaker open authorised',
      '! breaker open',
    ]);
    expect(feed(pipeline, [says('breaker', 'open', 31)])).toEqual(['breaker open verified']);
  });

  test('a second alarm after the minute, when the first is over, cuts nothing', () => {
    const pipeline = createPipeline(quiet());
    const first = [lift(0, 0), kitchen(9, 1), kitchen(0, 2), kitchen(0, 4), tick(5)];
    const log = feed(pipeline, [...first, kitchen(0, 66), lift(0, 66), corridor(9, 67)]);
    expect(log).toContain('raise smoke-corridor/corridor');
    expect(log.filter((line) => line.startsWith('!'))).toEqual([]);
  });

  test('power comes back by a person with a reason only, not by a reset of the alarm', () => {
    const pipeline = createPipeline(quiet());
    feed(pipeline, [lift(0, 0), kitchen(9, 1), corridor(9, 1), says('breaker', 'open', 2)]);
    feed(pipeline, [
      kitchen(0, 3),
      corridor(0, 3),
      kitchen(0, 5),
      corridor(0, 5),
      tick(6),
      kitchen(0, 66),
      corridor(0, 66),
      tick(67),
    ]);
    const reset = { device: 'alerts', action: 'reset', alert: 'house/fire/house' };
    const ended = feed(pipeline, [order(68, { id: 'r', ...reset }), tick(69)]);
    expect(ended).toEqual(['reset fire/house', 'alerts reset executed']);
    const restore = { device: 'breaker', action: 'closed' };
    expect(feed(pipeline, [order(70, { id: 'a', ...restore, reason: '' })])).toContain(
      'breaker closed refused: ending open needs a reason',
    );
    expect(feed(pipeline, [order(71, { id: 'b', ...restore })])).toContain('! breaker closed');
  });
});

describe('guards', () => {
  test('a lift between floors keeps the power on and says so; the cut follows as soon as the lift is down', () => {
    const pipeline = createPipeline(quiet());
    expect(feed(pipeline, [lift(3, 0), kitchen(9, 1), corridor(9, 1)]).slice(2)).toEqual([
      'raise fire/house',
      'breaker open requested',
      'breaker open refused: The lift is not at the ground floor. (lift/floor is outside -0.5 to 0.5)',
      'raise interlock/breaker',
    ]);
    expect(feed(pipeline, [tick(2), lift(2, 2)])).toEqual([]);
    expect(feed(pipeline, [lift(0, 3)])).toEqual([
      'breaker open requested',
      'breaker open authorised',
      '! breaker open',
      'clear interlock/breaker',
    ]);
  });

  test('late data raise a late alert and move nothing', () => {
    const pipeline = createPipeline(houseOf());
    feed(pipeline, [corridor(0.1, 0), corridor(0.1, 600)]);
    const effects = pipeline.step(kitchen(9, 601, { atMs: at(300), late: true }));
    expect(logOf(effects)).toEqual([
      'raise smoke-kitchen/kitchen',
      'siren on refused: late data never move an actuator',
    ]);
    expect(effects[0]).toMatchObject({ kind: 'store', late: true });
    const acknowledge = { device: 'alerts', action: 'acknowledge', alert: 'house/smoke-kitchen/kitchen' };
    const more = feed(pipeline, [tick(602), order(603, acknowledge), tick(1300)]);
    expect(more.filter((line) => line.startsWith('!'))).toEqual([]);
  });

  test('a flagged value is stored and decides nothing', () => {
    const effects = createPipeline(houseOf()).step(kitchen(250, 1));
    expect(effects[0]).toMatchObject({ kind: 'store', reading: { value: 250, quality: 1 } });
    expect(logOf(effects).filter((line) => !line.includes('/'))).toEqual([]);
  });

  test('shadow decides everything and hands nothing to the wire', () => {
    const pipeline = createPipeline(houseOf({ mode: 'shadow' }));
    const log = feed(pipeline, [
      lift(0, 0),
      kitchen(9, 1),
      corridor(9, 1),
      tick(60),
      kitchen(0, 61),
      kitchen(0, 63),
      tick(64),
    ]);
    expect(log).toContain('! breaker open (shadow)');
    expect(log).toContain('! siren on (shadow)');
    expect(log).toContain('! siren off (shadow)');
    expect(log.filter((line) => line.startsWith('!') && !line.endsWith('(shadow)'))).toEqual([]);
    expect(log.filter((line) => line.includes('unverified'))).toEqual([]);
  });
});

describe('holds', () => {
  test('a hold is renewed while the alert lasts and released when it ends', () => {
    const pipeline = createPipeline(houseOf());
    feed(pipeline, [kitchen(9, 1), says('siren', 'on', 1)]);
    expect(feed(pipeline, [kitchen(9, 4), tick(4), kitchen(9, 5), tick(5)])).toEqual([
      '! siren on',
      'siren on verified',
    ]);
    const ended = feed(pipeline, [kitchen(0, 6), tick(6), kitchen(0, 7), tick(7)]);
    expect(ended).toEqual([
      'recover smoke-kitchen/kitchen',
      'clear smoke-kitchen/kitchen',
      'siren on released: its reason ended',
      'siren off authorised',
      '! siren off',
    ]);
    expect(feed(pipeline, [says('siren', 'off', 8)])).toEqual(['siren off verified']);
  });

  test('an act nobody confirms is a trouble until the device speaks', () => {
    const pipeline = createPipeline(houseOf());
    feed(pipeline, [kitchen(9, 1), tick(3)]);
    expect(feed(pipeline, [tick(7)])).toContain('raise unverified/siren');
    expect(feed(pipeline, [says('siren', 'on', 8)])).toEqual(['siren on verified', 'clear unverified/siren']);
  });

  test('a restart during a hold waits for the device, then renews it', () => {
    const disk = new Map<string, string>();
    const before = createPipeline(houseOf());
    feed(before, [kitchen(9, 1), says('siren', 'on', 1), tick(2)]);
    for (const [key, state] of before.takeDirty()) disk.set(key, JSON.stringify(state));
    const after = createPipeline(houseOf());
    after.restore([...disk].map(([key, text]) => [key, JSON.parse(text) as unknown]));
    expect(feed(after, [{ kind: 'restarted', atMs: at(4) }, tick(4), kitchen(9, 5), tick(5)])).toEqual([]);
    expect(feed(after, [says('siren', 'on', 5.5)])).toEqual(['! siren on', 'siren on verified']);
  });

  test('a restart with another site file ends what is no longer asked for', () => {
    const before = createPipeline(houseOf());
    feed(before, [kitchen(9, 1), says('siren', 'on', 1)]);
    const after = createPipeline(houseOf({ responses: [] }));
    after.restore(before.takeDirty());
    const log = feed(after, [{ kind: 'restarted', atMs: at(3) }, says('siren', 'on', 3)]);
    expect(log).toEqual(['siren on released: its reason ended', 'siren off authorised', '! siren off']);
  });

  test('what is held until reset by an alert that does not latch ends when a person resets it', () => {
    const [, warn] = houseOf().responses;
    const pipeline = createPipeline(houseOf({ responses: [{ ...warn!, hold: 'untilReset' }] }));
    feed(pipeline, [kitchen(9, 1), says('siren', 'on', 1), kitchen(0, 2), kitchen(0, 4)]);
    expect(feed(pipeline, [tick(5)])).toContain('! siren on');
    const reset = { device: 'alerts', action: 'reset', alert: 'house/smoke-kitchen/kitchen' };
    expect(feed(pipeline, [order(6, reset)])).toContain('! siren off');
  });
});

describe('troubles and people', () => {
  test('silence of a sensor is one trouble, moves nothing, and ends when it speaks', () => {
    const pipeline = createPipeline(houseOf());
    feed(pipeline, [kitchen(0, 0), corridor(0, 0), lift(0, 0)]);
    const log: string[] = [];
    for (let s = 1; s <= 400; s += 1) log.push(...feed(pipeline, [tick(s), corridor(0, s), lift(0, s)]));
    expect(log.filter((line) => line.startsWith('raise'))).toEqual(['raise no-data/kitchen']);
    expect(feed(pipeline, [kitchen(0, 401), tick(402)])).toContain('clear no-data/kitchen');
  });

  test('a person acknowledges a trouble of the pipeline like any other alert, and a repeat does nothing', () => {
    const pipeline = createPipeline(houseOf());
    feed(pipeline, [kitchen(9, 1), tick(3), tick(7)]);
    const acknowledge = { device: 'alerts', action: 'acknowledge', alert: 'house/unverified/siren' };
    expect(feed(pipeline, [order(8, acknowledge)])).toEqual([
      'acknowledge unverified/siren',
      'alerts acknowledge executed',
    ]);
    expect(feed(pipeline, [order(9, acknowledge)])).toEqual(['alerts acknowledge executed']);
    expect(feed(pipeline, [order(10, { ...acknowledge, id: 'order-2' })])).toEqual([
      'alerts acknowledge refused: It is acknowledged already.',
    ]);
  });

  test.each([
    ['an unknown actuator', { device: 'pump' }, 'pump on refused: there is no actuator pump'],
    [
      'an unknown alert',
      { device: 'alerts', action: 'reset', alert: 'house/a/b' },
      'alerts reset refused: There is no such alert.',
    ],
    ['no alert at all', { device: 'alerts', action: 'reset' }, 'alerts reset refused: it does not say which alert'],
    [
      'an act alerts do not have',
      { device: 'alerts', action: 'on', alert: 'a/b/c' },
      'alerts on refused: alerts cannot on',
    ],
    [
      'an act that is over',
      { device: 'alerts', action: 'reset', alert: 'a/b/c', expiresAtMs: at(1) },
      'alerts reset expired: it came after its end',
    ],
    [
      'an act of tomorrow',
      { device: 'alerts', action: 'reset', alert: 'a/b/c', notBeforeMs: at(9) },
      'alerts reset refused: its time has not come',
    ],
  ])('an order about %s is refused with its reason', (_, more, line) => {
    expect(feed(createPipeline(houseOf()), [order(5, more)])).toEqual([line]);
  });

  test('what the shell could not read is counted, and becomes a trouble when it is the rule', () => {
    const pipeline = createPipeline(houseOf());
    const bad = (s: number): PipelineEvent => ({
      kind: 'refused',
      device: 'kitchen',
      code: 'PAYLOAD_MALFORMED',
      detail: 'Not JSON.',
      atMs: at(s),
    });
    expect(feed(pipeline, [bad(0)])).toContain('refused PAYLOAD_MALFORMED');
    const log = Array.from({ length: 50 }, (_, n) => feed(pipeline, [bad(n)])).flat();
    expect(log).toContain('raise refused/kitchen');
  });
});

test('everything it says fits the contracts', () => {
  const pipeline: Pipeline = createPipeline(houseOf());
  const story = [
    kitchen(0, 0),
    lift(3, 0),
    kitchen(9, 1),
    corridor(9, 2),
    tick(4),
    kitchen(250, 5),
    tick(9),
    lift(0, 10),
  ];
  const schemas = {
    store: Compile(Reading),
    alert: Compile(AlertTransition),
    command: Compile(Command),
    receipt: Compile(Receipt),
  };
  const seen = new Set<string>();
  for (const effect of [...story, order(11, {}), says('siren', 'off', 12)].flatMap((event) => pipeline.step(event))) {
    seen.add(effect.kind);
    if (effect.kind === 'store') expect(schemas.store.Check(effect.reading)).toBe(true);
    if (effect.kind === 'alert') expect([...schemas.alert.Errors(effect.transition)]).toEqual([]);
    if (effect.kind === 'command') expect(schemas.command.Check(effect.command)).toBe(true);
    if (effect.kind === 'receipt') expect([...schemas.receipt.Errors(effect.receipt)]).toEqual([]);
  }
  expect([...seen].sort()).toEqual(['alert', 'command', 'receipt', 'store']);
});

test('no rule of a site file can take the name of a trouble', () => {
  expect(Object.keys(troubleWords).filter((name) => !(ownRules as readonly string[]).includes(name))).toEqual([]);
});
