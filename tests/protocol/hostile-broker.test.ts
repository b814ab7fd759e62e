import { type Command, commandWire, topics } from '@tocsin/contracts';
import { commandSigner, publicKeyOf } from '@tocsin/rules/signing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Battle, createBattle, type Gateway, newPem } from './hostile-broker.ts';

/**
 * Goal (reliability.md, faults 53 and 54): whoever owns the broker can keep orders back, and nothing else. Method: record real orders off
 * the wire and bring them again in every wrong way; nothing may move, and every attempt must be on record with its reason.
 */
const pem = newPem();
const dayMs = 86_400_000;
let battle: Battle;
beforeEach(async () => {
  battle = await createBattle(pem);
});
afterEach(() => battle.end());

const give = (action: string) =>
  battle.service.orders.order({
    ...{ site: 'mill', actuator: 'siren', action, reason: 'test', by: 'Ada', atMs: battle.clock.nowMs() },
  });
const inject = (payload: Uint8Array | string, { site = 'mill', retain = false } = {}) =>
  battle.attacker.publishAsync(topics.command(site), Buffer.from(payload as string), { qos: 1, retain });
const refusalsOf = (gateway: Gateway) =>
  gateway.ledger().flatMap(({ kind, body }) => (kind === 'security' && body.act === 'order.refused' ? [body.why] : []));
const receiptsOf = (gateway: Gateway, id: string) =>
  gateway
    .ledger()
    .flatMap(({ body }) => (body.commandId === id ? [`${body.state}${body.why ? `: ${body.why}` : ''}`] : []));
/** What the console shows of refused orders. */
const shownOf = (site: string) => battle.service.desk.alert(`${site}/orders-refused/${site}`);

/** Gives an order, lets the gateway obey it, and answers its bytes as they were on the wire. */
async function recorded(gateway: Gateway, action: string): Promise<Buffer> {
  const before = gateway.commands();
  const { id } = give(action);
  await gateway.heard(before + 1);
  await battle.until('the cloud has the receipt', () => battle.service.orders.find(id)?.state === 'verified');
  expect(gateway.moves.at(-1)).toBe(action === 'on' ? 'ON' : 'OFF');
  const bytes = battle.wire.orders.find((order) => (JSON.parse(String(order)) as Command).id === id)!;
  expect(gateway.ledger()).toContainEqual(
    expect.objectContaining({
      actor: 'Ada',
      body: expect.objectContaining({ act: 'order.signed', order: id, key: 'spring' }),
    }),
  );
  return bytes;
}
const keys = [{ key: publicKeyOf(pem), name: 'spring' }];

test('an order that was recorded moves nothing a second time: at once, elsewhere, altered, or after its end', async () => {
  const mill = await battle.gateway('mill', keys);
  const farm = await battle.gateway('farm', keys);
  const on = await recorded(mill, 'on');
  await recorded(mill, 'off');
  for (let n = 0; n < 5; n += 1) await inject(on);
  await mill.heard(7);
  expect(refusalsOf(mill), 'A repeat in its time gets the first receipt again.').toEqual([]);

  await inject(on, { site: 'farm' });
  await farm.heard(1);
  const altered = Buffer.from(on);
  altered[altered.indexOf('"on"') + 1]! ^= 1;
  await inject(altered);
  await mill.heard(8);
  battle.clock.advance(600_000);
  await inject(on);
  await mill.heard(9);
  expect(refusalsOf(farm)).toEqual(['for another site']);
  expect(refusalsOf(mill)).toEqual(['altered', 'outdated']);
  expect([mill.moves, farm.moves]).toEqual([['ON', 'OFF'], []]);
});

test('a recorded order moves nothing next day after a restart, nor when its key has ended or was taken out', async () => {
  let mill = await battle.gateway('mill', keys);
  const on = await recorded(mill, 'on');
  const off = await recorded(mill, 'off');
  await mill.stop();

  battle.clock.jump(dayMs);
  mill = await battle.gateway('mill', keys);
  await inject(on);
  await inject(off);
  await mill.heard(2);
  expect(refusalsOf(mill), 'Next day, after a restart.').toEqual(['outdated', 'outdated']);
  await mill.stop();

  battle.clock.jump(-dayMs);
  mill = await battle.gateway('mill', [{ ...keys[0]!, until: new Date(battle.clock.nowMs() - 1).toISOString() }]);
  await inject(on);
  await mill.heard(1);
  await mill.stop();
  mill = await battle.gateway('mill', [publicKeyOf(newPem())]);
  await inject(on);
  await mill.heard(1);
  expect(refusalsOf(mill).slice(2), 'The key ended, then it was taken out.').toEqual(['key out of time', 'altered']);
  await mill.stop();

  mill = await battle.gateway('mill', keys);
  await inject(on);
  await mill.heard(1);
  const { id } = JSON.parse(String(on)) as Command;
  expect(receiptsOf(mill, id).at(-1), 'A clock set back and a restart: still known, so the first receipt.').toMatch(
    /^authorised/,
  );
  expect(mill.moves).toEqual([]);
});

test('an order kept back and let through after a later one is refused by its number', async () => {
  const mill = await battle.gateway('mill', keys);
  battle.wire.holdBack = true;
  const kept = give('on');
  const bytes = battle.wire.orders.at(-1)!;
  battle.wire.holdBack = false;
  await recorded(mill, 'off');
  await inject(bytes);
  await mill.heard(2);
  expect(mill.moves).toEqual(['OFF']);
  expect(receiptsOf(mill, kept.id).at(-1)).toContain(`it has number ${kept.number}`);
});

test('ten minutes of partition: what comes late is not carried out, also when the clock of the gateway was set back meanwhile', async () => {
  const mill = await battle.gateway('mill', keys);
  await recorded(mill, 'off');
  battle.wire.holdBack = true;
  const late = give('on');
  const bytes = battle.wire.orders.at(-1)!;
  battle.clock.advance(600_000);
  await inject(bytes);
  await mill.heard(2);
  expect(receiptsOf(mill, late.id).at(-1)).toMatch(/^expired/);
  expect(battle.service.orders.find(late.id), 'The cloud does not claim more than it knows.').toMatchObject({
    state: 'unanswered',
  });

  battle.wire.holdBack = false;
  await recorded(mill, 'off');
  battle.wire.holdBack = true;
  give('on');
  const later = battle.wire.orders.at(-1)!;
  battle.clock.advance(300_000);
  battle.clock.jump(-300_000);
  await inject(later);
  await mill.heard(4);
  expect(refusalsOf(mill)).toEqual(['outdated', 'older than the clock was']);
  expect(mill.moves).toEqual(['OFF', 'OFF']);
});

test('whatever else a broker says is refused under its own reason, on record, and counted in one alert that a person sees', async () => {
  const mill = await battle.gateway('mill', keys);
  battle.wire.holdBack = true;
  give('on');
  const text = String(battle.wire.orders.at(-1)!);
  const command = JSON.parse(text) as Command;
  const { signature: _none, ...unsigned } = command;
  const future = commandSigner(pem)({ ...command, notBeforeMs: battle.clock.nowMs() + 60_000 });
  const hostile: [why: string, payload: string | Buffer][] = [
    ['unsigned', commandWire(unsigned)],
    ['altered', commandWire(commandSigner(newPem())(command))],
    ['altered', text.replace('"device":"siren"', '"device":"SIREN"')],
    ['not JSON', text.slice(0, -20)],
    ['too large', text.padEnd(100_000, ' ')],
    ['a field twice', text.replace('"action":"on"', '"action":"off","action":"on"')],
    ['not an order', text.replace('"v":1', '"v":"1"')],
    ['not an order', text.replace('"device":"siren"', '"device":"sіren"')],
    ['not in its one form', text.replace('{', '{ ')],
    ['not UTF-8', Buffer.from([0xc3, 0x28])],
    ['before its time', commandWire(future)],
  ];
  for (const [, payload] of hostile) await inject(payload);
  await mill.heard(hostile.length);
  expect(refusalsOf(mill)).toEqual(hostile.map(([why]) => why));
  expect(mill.moves).toEqual([]);
  await mill.stop();
  await inject(text, { retain: true });
  const again = await battle.gateway('mill', keys);
  await again.heard(1);
  expect(refusalsOf(again).at(-1)).toBe('retained');
  expect(again.moves).toEqual([]);
  const { alert } = await battle.until('the console shows it', () => shownOf('mill'));
  expect(alert).toMatchObject({ class: 'supervisory', operator: 'unacknowledged' });
});

test('a flood of forged orders is one alert with its count and a few entries, and afterwards a real order is obeyed', async () => {
  const mill = await battle.gateway('mill', keys);
  for (let n = 0; n < 1_000; n += 1) void inject(`{"flood":${n}}`);
  await mill.heard(1_000);
  battle.clock.advance(120_000);
  const entries = mill.ledger().filter(({ kind, body }) => kind === 'security' && body.act === 'order.refused');
  expect(entries).toHaveLength(21);
  const folded = Object.values(entries.at(-1)!.body.folded as Record<string, number>).reduce(
    (sum, count) => sum + count,
    0,
  );
  expect(20 + folded, 'None is uncounted.').toBe(1_000);
  const { transitions } = await battle.until('the console shows them all', () => {
    const shown = shownOf('mill');
    const counts = shown?.alert.reasons.map((reason) => Number(/: (\d+)\./.exec(reason)?.[1])) ?? [];
    return counts.reduce((sum, count) => sum + count, 0) === 1_000 ? shown : undefined;
  });
  expect(transitions.every(({ transition }) => transition.occurrence === 1)).toBe(true);
  expect(transitions.length).toBeLessThan(6);
  const { id } = give('on');
  await mill.heard(1_001);
  expect(mill.moves).toEqual(['ON']);
  expect(receiptsOf(mill, id)).toContain('verified');
});
