import { generateKeyPairSync } from 'node:crypto';
import { type Command, commandWire, type OrderView, type SiteEvent, silentLogger } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { descriptor, handClock, memoryLog, receipt } from './desk/pretend.ts';
import { openDatabase } from './desk/shell/database.ts';
import { commandSigner, createRulesService, type OrderLimits, publicKeyOf, usualOrderLimits } from './service.ts';
import { verifyCommand } from './signing.ts';

const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const [sees, may] = [() => true, () => true];
const actuator = (id: string) => ({
  ...{ actuator: id, driver: 'mqtt-relay', actions: ['open', 'closed'], rest: 'closed' },
  ...{ onSilence: 'no change', irreversible: true },
});

async function cloudOf(sites: string[], limits: Partial<OrderLimits> = {}) {
  const clock = handClock(Date.parse('2026-05-01T12:00:00Z'));
  const database = openDatabase(':memory:');
  const log = memoryLog();
  const sent: { topic: string; text: string; command: Command; atMs: number }[] = [];
  const disk = { full: false };
  const exec = (sql: string) => {
    const full = Object.assign(new Error('disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    if (disk.full && sql === 'COMMIT') throw full;
    database.exec(sql);
  };
  let ids = 0;
  const make = () =>
    createRulesService({
      dbPath: ':memory:',
      openDatabase: () => ({ exec, prepare: (sql) => database.prepare(sql), close() {} }),
      log,
      rulesConfig: [],
      publish: (topic, payload) =>
        sent.push({ topic, text: String(payload), command: JSON.parse(String(payload)), atMs: clock.nowMs() }),
      signCommand: commandSigner(pem),
      orderLimits: { ...usualOrderLimits, ...limits },
      clock,
      logger: silentLogger,
      newId: () => `${++ids}`,
    });
  let service = make();
  const start = async () => {
    await service.start();
    for (const site of sites)
      service.siteChanged({
        site,
        descriptor: { ...descriptor(site), actuators: [actuator('breaker'), actuator('fan')] },
      });
  };
  await start();
  let seq = 0;
  return {
    clock,
    database,
    disk,
    sent,
    get orders() {
      return service.orders;
    },
    get service() {
      return service;
    },
    async restart() {
      await service.stop();
      service = make();
      await start();
    },
    order: (site: string, more: object = {}): OrderView =>
      service.orders.order({
        ...{ site, actuator: 'breaker', action: 'open', reason: 'Fire in the street', by: 'Ada', atMs: clock.nowMs() },
        ...more,
      }),
    async take(events: SiteEvent[], site: string) {
      seq += 1;
      service.committed(log.append({ seq, events, site }, clock.nowMs()));
      await Promise.resolve();
    },
    entries: (act: string) =>
      service.ledger.entries(0, 10_000).filter(({ body }) => (JSON.parse(body) as { act?: string }).act === act),
  };
}

test('an order leaves signed, numbered and in its one form, is repeated until the site has it, and its receipts tell the rest', async () => {
  const cloud = await cloudOf(['hill']);
  const order = cloud.order('hill');
  expect(order).toMatchObject({
    state: 'left',
    mode: 'live',
    number: cloud.clock.nowMs(),
    leftAtMs: cloud.clock.nowMs(),
  });
  const [first] = cloud.sent;
  expect(first).toMatchObject({ topic: 'tocsin/v1/hill/down/command', command: { id: order.id, device: 'breaker' } });
  expect(first!.text).toBe(commandWire(first!.command));
  expect(verifyCommand(first!.command, [publicKeyOf(pem)])).toBe(true);
  expect(first!.command.expiresAtMs - cloud.clock.nowMs()).toBe(120_000);
  cloud.clock.advance(10_000);
  const repeats = cloud.sent.length;
  expect(repeats).toBeGreaterThan(1);
  expect(new Set(cloud.sent.map(({ text }) => text)).size, 'A repeat is the same to the last byte.').toBe(1);
  const said = { commandId: order.id, device: 'breaker', action: 'open', issuer: 'Ada' };
  await cloud.take([{ kind: 'receipt', receipt: receipt({ state: 'requested', ...said }) }], 'hill');
  cloud.clock.advance(100_000);
  expect(cloud.sent).toHaveLength(repeats);
  await cloud.take([{ kind: 'receipt', receipt: receipt({ state: 'verified', ...said }) }], 'hill');
  expect(cloud.orders.find(order.id)).toMatchObject({ state: 'verified' });
});

test('an order that no site answers ends as unanswered and is brought before a person', async () => {
  const cloud = await cloudOf(['hill']);
  const order = cloud.order('hill');
  cloud.clock.advance(125_000);
  expect(cloud.orders.find(order.id)).toMatchObject({ state: 'unanswered' });
  expect(cloud.service.desk.alert('hill/order-unanswered/breaker')!.alert).toMatchObject({ class: 'supervisory' });
  const many = cloud.sent.length;
  cloud.clock.advance(600_000);
  expect(cloud.sent).toHaveLength(many);
});

test.each([
  ['DEVICE_UNKNOWN', { actuator: 'valve' }],
  ['DEVICE_UNKNOWN', { site: 'nowhere' }],
  ['COMMAND_REFUSED', { action: 'explode' }],
  ['CONTRACT_BROKEN', { reason: '  ' }],
  ['CONTRACT_BROKEN', { by: ' ' }],
])('%s: an order with %j leaves nothing behind', async (code, more) => {
  const cloud = await cloudOf(['hill']);
  expect(() => cloud.order('hill', more)).toThrow(expect.objectContaining({ code }));
  expect([cloud.sent, cloud.service.ledger.entries(0, 9)]).toEqual([[], []]);
});

test('while the disk is full no order leaves, and none leaves afterwards that was refused', async () => {
  const cloud = await cloudOf(['hill']);
  cloud.disk.full = true;
  expect(() => cloud.order('hill')).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
  cloud.database.exec('ROLLBACK');
  cloud.disk.full = false;
  cloud.clock.advance(60_000);
  expect(cloud.sent).toEqual([]);
  await cloud.restart();
  expect(cloud.order('hill')).toMatchObject({ state: 'left' });
});

test('numbers of a device only grow: in a burst, after a restart, with the clock set back, and above a backup that forgot them', async () => {
  const cloud = await cloudOf(['hill', 'mill'], { perIssuer: 1e9, allSites: 1e9 });
  const numbers: number[] = [];
  const give = () => numbers.push(cloud.order('hill').number!);
  for (let n = 0; n < 5; n += 1) give();
  const backup = cloud.database.prepare('SELECT * FROM order_number').all();
  await cloud.restart();
  give();
  cloud.clock.advance(50);
  give();
  cloud.database.exec('DELETE FROM order_number');
  for (const { site, device, number } of backup)
    cloud.database.prepare('INSERT INTO order_number VALUES (?, ?, ?)').run(site!, device!, number!);
  cloud.clock.advance(1_000);
  give();
  cloud.clock.advance(-3_600_000);
  give();
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(cloud.order('mill').number, 'Each device has numbers of its own.').toBeLessThan(numbers[0]!);
});

test('a rule or a script that wants 500 cut-offs gets ten; the rest waits until a second person lets it go in stages', async () => {
  const sites = Array.from({ length: 500 }, (_, n) => `house-${n}`);
  const cloud = await cloudOf(sites);
  const given = sites.map((site) => cloud.order(site));
  expect(given.filter(({ state }) => state === 'left')).toHaveLength(10);
  expect(given.at(-1)).toMatchObject({ state: 'held', why: expect.stringContaining('at most 10') });
  expect(cloud.orders.held(sees)).toMatchObject({ held: 490, sites: 490, stage: 20 });
  expect(cloud.service.desk.alert('cloud/orders-held/queue')!.alert).toMatchObject({
    class: 'supervisory',
    condition: 'active',
  });
  const act = { atMs: cloud.clock.nowMs(), count: 20, may };
  expect(() => cloud.orders.release({ ...act, by: 'Ada' })).toThrow('your own');
  expect(() => cloud.orders.release({ ...act, by: 'Bo', count: 490 })).toThrow('at most 20');
  expect(cloud.orders.release({ ...act, by: 'Bo' })).toHaveLength(20);
  expect(() => cloud.orders.release({ ...act, by: 'Bo' })).toThrow('only just left');
  expect(new Set(cloud.sent.map(({ command }) => command.id)).size).toBe(30);
  expect(cloud.entries('orders.release').map(({ actor, body }) => [actor, JSON.parse(body)])).toMatchObject([
    ['Bo', { count: 20, sites: 20, held: 470 }],
  ]);
  expect(cloud.entries('order.held')).toHaveLength(490);
  await cloud.restart();
  expect(cloud.orders.held(sees).held, 'A restart lets nothing go.').toBe(470);
  for (let stage = 0; stage < 24; stage += 1) {
    cloud.clock.advance(30_000);
    cloud.orders.release({ ...act, by: 'Bo' });
  }
  expect(cloud.orders.held(sees).held).toBe(0);
  expect(cloud.service.desk.alert('cloud/orders-held/queue')!.alert.condition).toBe('normal');
});

test('what waits too long ends, what is withdrawn ends, and a newer order takes the place of one that waits', async () => {
  const cloud = await cloudOf(['a', 'b', 'c', 'd'], { perIssuer: 1 });
  cloud.order('a');
  const [b, c, d] = [cloud.order('b'), cloud.order('c'), cloud.order('d')];
  const newer = cloud.order('b', { action: 'closed', by: 'Bo' });
  expect([cloud.orders.find(b.id)?.state, newer.state]).toEqual(['withdrawn', 'left']);
  const act = { by: 'Ada', atMs: cloud.clock.nowMs(), count: 1, may };
  expect(() => cloud.orders.withdraw({ ...act, may: ({ site }) => site === 'b' })).toThrow('No order waits');
  expect(cloud.orders.withdraw(act).map(({ id }) => id)).toEqual([c.id]);
  cloud.clock.advance(1_801_000);
  expect(cloud.orders.find(d.id)).toMatchObject({ state: 'overdue' });
  expect(cloud.entries('orders.overdue')).toHaveLength(1);
  expect(new Set(cloud.sent.map(({ command }) => command.site))).toEqual(new Set(['a', 'b']));
});

test('the limit of an area holds whoever orders, and what moves nothing is not counted', async () => {
  const areas = [{ area: 'old town', sites: ['a', 'b', 'c'] }];
  const cloud = await cloudOf(['a', 'b', 'c', 'd'], { areas, perArea: 2 });
  expect(cloud.order('a', { mode: 'exercise' }).state).toBe('left');
  expect(['a', 'b', 'c', 'd'].map((site, n) => cloud.order(site, { by: `Person ${n}` }).state)).toEqual([
    ...['left', 'left', 'held', 'left'],
  ]);
  expect(cloud.order('c', { mode: 'shadow' }).state).toBe('left');
});

const person = fc.nat({ max: 3 });
const count = fc.integer({ min: 1, max: 5 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      by: person,
      site: fc.nat({ max: 7 }),
      fan: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), by: person, count }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), by: person, count }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
const limits: OrderLimits = {
  ...{ withinMs: 60_000, perIssuer: 3, perArea: 4, allSites: 6 },
  areas: [{ area: 'north', sites: ['s0', 's1', 's2'] }],
  stage: { count: 3, pauseMs: 20_000 },
};

test('whatever people, pauses and restarts bring, no window has more than its limit, and no stage more than one pause allows', async () => {
  let [held, released] = [0, 0];
  const sites = Array.from({ length: 8 }, (_, n) => `s${n}`);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 80 }), async (steps) => {
      const cloud = await cloudOf(sites, limits);
      const left = new Map<string, OrderView>();
      const tried = (work: () => OrderView[]) => {
        try {
          for (const order of work()) if (order.state === 'left') left.set(order.id, order);
        } catch (error) {
          expect(error).toMatchObject({ code: 'COMMAND_REFUSED' });
        }
      };
      for (const one of steps) {
        const atMs = cloud.clock.nowMs();
        if (one.kind === 'wait') cloud.clock.advance(one.ms);
        else if (one.kind === 'restart') await cloud.restart();
        else if (one.kind === 'order')
          tried(() => [cloud.order(`s${one.site}`, { by: `p${one.by}`, actuator: one.fan ? 'fan' : 'breaker' })]);
        else tried(() => cloud.orders[one.kind]({ by: `p${one.by}`, atMs, count: one.count, may }));
      }
      held += cloud.entries('order.held').length;
      const all = [...left.values()];
      released += all.filter(({ releasedBy }) => releasedBy !== undefined).length;
      expect(new Set(cloud.sent.map(({ command }) => command.id))).toEqual(new Set(left.keys()));
      expect(all.every(({ issuer, releasedBy }) => issuer !== releasedBy)).toBe(true);
      for (const { leftAtMs: fromMs } of all) {
        const within = (ms: number) => all.filter(({ leftAtMs }) => leftAtMs! >= fromMs! && leftAtMs! < fromMs! + ms);
        const alone = within(limits.withinMs).filter(({ releasedBy }) => releasedBy === undefined);
        expect(alone.length).toBeLessThanOrEqual(limits.allSites);
        for (const by of ['p0', 'p1', 'p2', 'p3'])
          expect(alone.filter(({ issuer }) => issuer === by).length).toBeLessThanOrEqual(limits.perIssuer);
        expect(alone.filter(({ site }) => ['s0', 's1', 's2'].includes(site)).length).toBeLessThanOrEqual(
          limits.perArea,
        );
        const stage = within(limits.stage.pauseMs).filter(({ releasedBy }) => releasedBy !== undefined);
        expect(stage.length).toBeLessThanOrEqual(limits.stage.count);
      }
    }),
    { numRuns: 40 },
  );
  expect(Math.min(held, released), `${held} held, ${released} released: enough to mean something?`).toBeGreaterThan(40);
});
