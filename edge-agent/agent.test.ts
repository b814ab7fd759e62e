import { generateKeyPairSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type Command, decodeBatch, type SiteEvent, silentLogger, topics } from '@tocsin/contracts';
import { commandSigner, publicKeyOf } from '@tocsin/rules/signing';
import { simClock } from '@tocsin/simulators/time';
import { expect, test } from 'vitest';
import { createEdgeAgent, type FieldListener, type Transport, type TransportListener } from './agent.ts';
import { journalOn } from './outbox/journal.ts';
import { checkSite, type Site } from './site/load.ts';

const startMs = Date.UTC(2026, 10, 23);
const text = `
site: mill
name: Mill
mode: live
devices:
  - id: heat
    format: json-path
    topic: field/heat
    intervalMs: 1000
    channels:
      - { id: temp, path: $.t, unit: Cel, min: -40, max: 1000 }
rules:
  - id: hot
    type: threshold
    event: It is too hot
    input: heat/temp
    direction: above
    ladder:
      - { severity: Severe, at: 60, clear: 50, holdMs: 0, clearHoldMs: 200 }
actuators:
  - id: siren
    driver: mqtt-relay
    commandTopic: field/siren/set
    stateTopic: field/siren/state
    rest: off
    onSilence: off
    leaseMs: 5000
    actions:
      on: { send: 'ON', state: 'ON' }
      off: { send: 'OFF', state: 'OFF' }
responses:
  - { id: sound, when: { rule: hot, atLeast: Severe }, actuator: siren, action: on }
`;

function siteOf(more = ''): Site {
  const checked = checkSite(text + more, 'mill.yaml', 'h'.repeat(64));
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.site;
}

const bytes = (said: unknown) => new TextEncoder().encode(typeof said === 'string' ? said : JSON.stringify(said));
const { privateKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

type Setting = {
  site?: Site;
  alone?: boolean;
  db?: DatabaseSync;
  clock?: ReturnType<typeof simClock>;
  marks?: Map<string, number>;
};

/** An agent with a field, a cloud and a disk made of memory. `disk.full` makes every commit fail. */
function setUp({ site = siteOf(), alone = false, ...setting }: Setting = {}) {
  const clock = setting.clock ?? simClock(startMs);
  const db = setting.db ?? new DatabaseSync(':memory:');
  const disk = { full: false };
  const published: [string, string][] = [];
  const up: { topic: string; payload: Uint8Array }[] = [];
  let hear: FieldListener = () => {};
  let link: TransportListener | undefined;
  const transport: Transport = {
    start(listener) {
      link = listener;
    },
    publish(topic, payload) {
      up.push({ topic, payload: typeof payload === 'string' ? bytes(payload) : payload });
      if (topic.includes('/up/')) clock.after(1, () => acknowledge(payload as Uint8Array));
    },
    stop: async () => {},
  };
  /** A cloud that stores whatever comes in order. */
  const marks = setting.marks ?? new Map<string, number>();
  const stored: SiteEvent[] = [];
  function acknowledge(payload: Uint8Array): void {
    const { epoch, lane, seq, events } = decodeBatch(payload).batch;
    const mark = marks.get(`${epoch} ${lane}`) ?? 0;
    const storedThrough = seq === mark + 1 ? seq : mark;
    // What comes again after a restart is recognised by its number, as the real cloud does.
    if (storedThrough > mark && lane === 'urgent') stored.push(...events);
    marks.set(`${epoch} ${lane}`, storedThrough);
    link!.message(topics.ack(site.site), bytes({ v: 1, epoch, lane, storedThrough }), false);
  }
  const order: string[] = [];
  const open = () =>
    journalOn(db, {
      site: site.site,
      path: ':memory:',
      bytesMax: 1e9,
      nowMs: () => clock.nowMs(),
      beforeCommit() {
        if (disk.full) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
        order.push('commit');
      },
    });
  const agent = createEdgeAgent({
    site,
    field: {
      publish: (topic, payload) => {
        order.push(`publish ${topic}`);
        published.push([topic, String(payload)]);
      },
      onMessage(listener) {
        hear = listener;
      },
      subscribe: () => {},
    },
    ...(alone ? {} : { transport }),
    journalPath: ':memory:',
    openJournal: open,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    version: 'test',
  });
  const events = () => stored;
  return {
    agent,
    clock,
    db,
    disk,
    order,
    published,
    marks,
    up,
    events,
    say: (topic: string, said: unknown, retained = false) => hear(topic, bytes(said), retained),
    connect: () => link!.connected(),
    down: (topic: string, said: unknown, retained = false) => link!.message(topic, bytes(said), retained),
  };
}

/** Kinds of what was sent; alerts of the fire rule only, because silence of the test's sensors is a trouble of its own. */
const kinds = (events: SiteEvent[]) =>
  events.map((event) => {
    if (event.kind === 'alert' && event.transition.rule !== 'hot') return 'trouble';
    if (event.kind === 'alert') return `alert ${event.transition.kind}`;
    return event.kind === 'receipt' ? `receipt ${event.receipt.state}` : event.kind;
  });

test('what is too hot is told and acted on: the intent is on disk before the order leaves', async () => {
  const one = setUp();
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.clock.advance(1_000);
  one.order.length = 0;
  one.say('field/heat', { t: 80 });
  expect(one.published.at(-1)).toEqual(['field/siren/set', 'ON']);
  expect(one.order.slice(0, 2)).toEqual(['commit', 'publish field/siren/set']);
  one.say('field/siren/state', 'ON');
  one.clock.advance(200);
  expect(kinds(one.events())).toEqual(expect.arrayContaining(['alert raise', 'command', 'receipt verified']));
  expect(one.agent.status()).toMatchObject({ health: 'ok', online: true });
  await one.agent.stop();
});

test('a gateway without a cloud acts in the same way and keeps no outbox', async () => {
  const one = setUp({ alone: true });
  await one.agent.start();
  one.say('field/siren/state', 'OFF');
  for (let i = 0; i < 100; i += 1) {
    one.say('field/heat', { t: 80 + i / 10 });
    one.clock.advance(1_000);
  }
  expect(one.published).toContainEqual(['field/siren/set', 'ON']);
  expect(one.db.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 0 });
  expect(Number(one.db.prepare('SELECT count(*) AS n FROM ledger').get()!.n)).toBeGreaterThan(2);
  await one.agent.stop();
});

test('an alarm survives a restart: it is neither resolved nor raised again', async () => {
  const one = setUp();
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.say('field/heat', { t: 80 });
  one.say('field/siren/state', 'ON');
  one.clock.advance(150);
  expect(kinds(one.events())).toContain('alert raise');
  const two = setUp({ db: one.db, marks: one.marks, clock: simClock(one.clock.nowMs() + 60_000) });
  await two.agent.start();
  two.connect();
  two.say('field/siren/state', 'ON');
  two.clock.advance(500);
  two.say('field/heat', { t: 81 });
  two.clock.advance(500);
  expect(kinds(two.events())).not.toContain('alert raise');
  expect(kinds(two.events())).not.toContain('alert clear');
  two.say('field/heat', { t: 20 });
  two.clock.advance(1_000);
  expect(kinds(two.events())).toContain('alert clear');
});

test('a full disk stops neither deciding nor a siren; what was decided is stored once there is space', async () => {
  const one = setUp();
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.clock.advance(1_000);
  one.disk.full = true;
  one.say('field/heat', { t: 80 });
  expect(one.published.at(-1)).toEqual(['field/siren/set', 'ON']);
  expect(one.agent.status()).toMatchObject({ health: 'failed' });
  expect(one.agent.status().problems.join()).toContain('STORE_FULL');
  expect(kinds(one.events())).not.toContain('alert raise');
  one.clock.advance(5_000);
  one.disk.full = false;
  one.clock.advance(2_000);
  expect(one.agent.status().health).toBe('ok');
  expect(kinds(one.events()).filter((kind) => kind === 'alert raise')).toHaveLength(1);
  await one.agent.stop();
});

test('an act that cannot be taken back is refused while its intent cannot be stored', async () => {
  const site = siteOf();
  site.actuators[0]!.irreversible = ['on'];
  site.rules.push({
    id: 'sure',
    type: 'coincidence',
    event: 'Sure',
    of: ['hot'],
    need: 1,
    atLeast: 'Severe',
    withinMs: 9_000,
    severity: 'Severe',
  });
  site.responses[0]!.when.rule = 'sure';
  const one = setUp({ site });
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.clock.advance(1_000);
  one.disk.full = true;
  one.say('field/heat', { t: 80 });
  expect(one.agent.counters().commands, 'The act must have been wanted.').toBeGreaterThan(0);
  expect(one.published.filter(([, said]) => said === 'ON')).toEqual([]);
  one.disk.full = false;
  one.clock.advance(2_000);
  expect(JSON.stringify(one.events())).toContain('journal: the intent could not be stored');
  await one.agent.stop();
});

test('a signed command is obeyed, a repeat acts once, an unsigned or foreign one is refused and told', async () => {
  const site = siteOf();
  site.cloud = { url: 'mqtt://127.0.0.1', password: { env: 'X' }, commandKeys: [publicKeyOf(pem)] };
  const one = setUp({ site });
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.clock.advance(1_000);
  const nowMs = one.clock.nowMs();
  const plain: Command = {
    v: 1,
    id: 'order-1',
    site: 'mill',
    device: 'siren',
    action: 'on',
    leaseMs: 5_000,
    notBeforeMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    issuer: 'Ada',
    reason: 'test',
    mode: 'live',
  };
  const sign = commandSigner(pem);
  one.down(topics.command('mill'), plain);
  one.down(topics.command('mill'), { ...sign(plain), action: 'off' });
  one.down(topics.command('mill'), sign(plain), true);
  expect(one.published.filter(([, said]) => said === 'ON')).toHaveLength(0);
  expect(one.agent.counters().refused).toMatchObject({ SIGNATURE_INVALID: 2, COMMAND_REFUSED: 1 });
  one.down(topics.command('mill'), sign(plain));
  one.down(topics.command('mill'), sign(plain));
  expect(one.published.filter(([, said]) => said === 'ON')).toHaveLength(1);
  one.clock.advance(100);
  expect(one.events()).toContainEqual(expect.objectContaining({ kind: 'note', code: 'SIGNATURE_INVALID' }));
  await one.agent.stop();
});

test('bad input is refused with a reason and costs nothing else', async () => {
  const one = setUp();
  await one.agent.start();
  one.connect();
  one.say('field/nobody', { t: 1 });
  one.say('field/heat', 'not json');
  one.say('field/heat', `{"t":"${'x'.repeat(300_000)}"}`);
  one.say('field/heat', { t: 20 }, true);
  one.say('field/heat', { t: 21 });
  one.clock.advance(200);
  expect(one.agent.counters()).toMatchObject({
    readings: 1,
    refused: { DEVICE_UNKNOWN: 1, PAYLOAD_TOO_LARGE: 1, TIME_IMPLAUSIBLE: 1 },
  });
  const live = one.up.filter(({ topic }) => topic.endsWith('/live')).map(({ payload }) => decodeBatch(payload).batch);
  expect(live.map(({ columns }) => [...columns.value])).toEqual([[21]]);
  await one.agent.stop();
});

test('while the cloud is away readings wait in the backlog, flagged late, and alerts in the urgent lane', async () => {
  const one = setUp();
  await one.agent.start();
  for (let i = 0; i < 10; i += 1) {
    one.say('field/heat', { t: 20 + i });
    one.clock.advance(1_000);
  }
  expect(one.agent.status()).toMatchObject({ health: 'degraded', queued: expect.any(Number) });
  one.connect();
  const backlog = () =>
    one.up.filter(({ topic }) => topic.endsWith('/backlog')).map(({ payload }) => decodeBatch(payload).batch);
  one.clock.advance(2_000);
  expect(
    backlog()
      .flatMap(({ columns }) => [...columns.quality])
      .every((quality) => (quality & 64) !== 0),
  ).toBe(true);
  expect(new Set(backlog().flatMap(({ columns }) => [...columns.value])).size).toBe(10);
  await one.agent.stop();
});

test('a decoder or driver that throws costs one message', async () => {
  const site = siteOf();
  const one = setUp({ site });
  await one.agent.start();
  one.connect();
  one.say('field/siren/state', 'OFF');
  one.clock.advance(1_000);
  site.actuators[0]!.actions = {};
  one.say('field/heat', { t: 90 });
  one.clock.advance(1_000);
  expect(kinds(one.events())).toContain('alert raise');
  one.say('field/heat', { t: 91 });
  one.clock.advance(200);
  expect(one.agent.counters().readings).toBe(2);
  await one.agent.stop();
});
