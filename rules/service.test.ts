import { generateKeyPairSync } from 'node:crypto';
import { type Command, type DeskEvent, type SiteEvent, type SiteView, silentLogger } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { descriptor, handClock, memoryLog, receipt, type Said, transition } from './desk/pretend.ts';
import { openDatabase } from './desk/shell/database.ts';
import type { Engine } from './engine/index.ts';
import { verifyLedger } from './ledger/ledger.ts';
import { commandSigner, createRulesService, publicKeyOf, type RulesServiceDeps } from './service.ts';
import { verifyCommand } from './signing.ts';

const key = 'hill/creep/slope';
const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const say = (said: Said): SiteEvent => ({ kind: 'alert', transition: transition(said) });
const note = (code: string): SiteEvent => ({ kind: 'note', code, text: code, atMs: 1000 });
const [begun, told] = [note('EPOCH_BEGUN'), note('ALERTS_TOLD')];
const view = (said: Partial<SiteView> = {}): SiteView => ({ site: 'hill', descriptor: descriptor(), ...said });
const status = (online: boolean): SiteView['status'] => {
  const counts = { queued: 0, refused: 0, startedAtMs: 0, atMs: 0 };
  return { v: 1, site: 'hill', online, health: 'ok', problems: [], ...counts };
};

/** A cloud rule that is active while ext-1/mm is above 10; its memory is what it saved. */
function pretendEngine(): Engine & { ticks: number } {
  let memory = { occurrence: 0, number: 0, active: false };
  let dirty = false;
  const told = (kind: 'raise' | 'clear', takenAtMs: number) => {
    memory = { ...memory, occurrence: memory.occurrence + Number(kind === 'raise'), active: kind === 'raise' };
    memory.number = kind === 'raise' ? 1 : memory.number + 1;
    dirty = true;
    const { occurrence, number } = memory;
    return [
      { kind: 'alert' as const, transition: transition({ kind, origin: 'cloud', occurrence, number, takenAtMs }) },
    ];
  };
  return {
    ticks: 0,
    step(event) {
      if (event.kind === 'tick') this.ticks += 1;
      if (event.kind !== 'reading') return [];
      if (event.value === 666) throw new Error('division by zero');
      if (event.value > 10 === memory.active) return [];
      return told(event.value > 10 ? 'raise' : 'clear', event.takenAtMs);
    },
    takeDirty() {
      const was = dirty;
      dirty = false;
      return was ? [['memory', { ...memory }]] : [];
    },
    restore(states) {
      for (const [, state] of states) memory = { ...(state as typeof memory) };
    },
    alerts: () => new Map(memory.occurrence > 0 ? [[key, {} as never]] : []),
  };
}

function setUp(words: Partial<RulesServiceDeps> = {}) {
  const database = openDatabase(':memory:');
  const log = memoryLog();
  const clock = handClock();
  const sent: Command[] = [];
  let ids = 0;
  const deps: RulesServiceDeps = {
    dbPath: ':memory:',
    // One database outlives several services, as a file would; what a dead service left open is rolled back.
    openDatabase: () => ({ exec: (sql) => database.exec(sql), prepare: (sql) => database.prepare(sql), close() {} }),
    log,
    rulesConfig: [],
    publish: (_topic, payload) => sent.push(JSON.parse(String(payload))),
    signCommand: commandSigner(pem),
    clock,
    logger: silentLogger,
    newId: () => `${++ids}`,
    ...words,
  };
  const make = () => createRulesService(deps);
  let service = make();
  let seq = 0;
  return {
    deps,
    database,
    log,
    clock,
    sent,
    get service() {
      return service;
    },
    get desk() {
      return service.desk;
    },
    async restart() {
      await service.stop();
      service = make();
      await service.start();
      return service;
    },
    /** Commits one batch as ingest would and waits for the end of the turn. */
    async take(events: SiteEvent[], more: object = {}) {
      seq += 1;
      service.committed(log.append({ seq, events, ...more }, clock.nowMs()));
      await Promise.resolve();
    },
  };
}

async function started(words: Partial<RulesServiceDeps> = {}) {
  const set = setUp(words);
  await set.service.start();
  return set;
}

const say2 = { kind: 'acknowledge', number: 2, by: 'Ada' } as const;

test('an alert of a site is on the desk, in the ledger and shown in the turn in which its batch came', async () => {
  const { take, desk, service, database, clock } = await started();
  const events: DeskEvent[] = [];
  desk.subscribe((event) => {
    expect(desk.eventsAfter(event.id - 1, 1), 'It is committed before it is shown.').toHaveLength(1);
    events.push(event);
  });
  await take([say({ kind: 'raise' })]);
  expect(events).toMatchObject([{ id: 1, kind: 'alert', alert: { key, version: 1, condition: 'active' } }]);
  expect(desk.alerts()).toMatchObject([{ key, operator: 'unacknowledged' }]);
  expect(service.ledger.entries(0, 10)).toMatchObject([{ kind: 'alert', actor: 'edge:hill' }]);
  expect(verifyLedger(database)).toMatchObject({ ok: true, entries: 1 });
  clock.advance(1000);
  const { alert, transitions } = desk.alert(key)!;
  expect(alert.ladder.notifiedAtMs).toBe(1_000_000);
  expect(transitions).toMatchObject([{ receivedAtMs: 1_000_000, notifiedAtMs: 1_000_000 }]);
  expect(desk.lastEventId(), 'Writing down who was told is not news.').toBe(1);
});

test('with nobody listening nobody was notified', async () => {
  const { take, desk, clock } = await started();
  await take([say({ kind: 'raise' })]);
  clock.advance(5000);
  expect(desk.alert(key)!.alert.ladder.notifiedAtMs).toBeUndefined();
});

test('many transitions of one turn are shown once, and all of them are kept', async () => {
  const { service, log, desk } = await started();
  for (let seq = 1; seq <= 5; seq += 1)
    service.committed(log.append({ seq, events: [say({ kind: seq === 1 ? 'raise' : 'update', number: seq })] }));
  await Promise.resolve();
  expect(desk.lastEventId()).toBe(1);
  expect(desk.alert(key)!.transitions.map(({ transition: { number } }) => number)).toEqual([1, 2, 3, 4, 5]);
});

test('evidence is kept with the transition, and the ledger seals it by its hash', async () => {
  const { take, desk, service } = await started();
  const points: [number, number][] = [[900, 1.5]];
  const evidence = [{ device: 'ext-1', channel: 'mm', unit: 'mm', points, limits: [] }];
  await take([say({ kind: 'raise', evidence }), say({ kind: 'update', number: 2 })]);
  expect(desk.alert(key)!.evidence).toEqual(evidence);
  const body = JSON.parse(service.ledger.entries(0, 1)[0]!.body);
  expect(body.evidence).toBeUndefined();
  expect(body.evidenceSha256).toMatch(/^[0-9a-f]{64}$/);
});

test('of two dispatchers the first is named to the second, and a restart forgets neither', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' })]);
  expect(set.desk.acknowledge({ key, by: 'Ada', atMs: 1_000_500, note: 'on it' })).toMatchObject({
    operator: 'acknowledged',
    acknowledgedBy: 'Ada',
    note: 'on it',
  });
  await set.restart();
  expect(() => set.desk.acknowledge({ key, by: 'Grace', atMs: 1_000_900 })).toThrow(
    expect.objectContaining({ code: 'ALERT_ALREADY_ACKNOWLEDGED', detail: 'Ada did at 1970-01-01T00:16:40.500Z.' }),
  );
  const operators = set.service.ledger.entries(0, 10).filter(({ kind }) => kind === 'operator');
  expect(operators).toMatchObject([{ actor: 'Ada', atMs: 1_000_500 }]);
});

test('acts on alerts that do not exist, and acts of nobody, are refused', async () => {
  const { desk, take } = await started();
  expect(() => desk.acknowledge({ key: 'a/b/c', by: 'Ada', atMs: 1 })).toThrow('no such alert');
  expect(() => desk.reset({ key: 'a/b/c', by: 'Ada', atMs: 1 })).toThrow('no such alert');
  await take([say({ kind: 'raise' })]);
  expect(() => desk.acknowledge({ key, by: ' ', atMs: 1 })).toThrow('name');
});

test('an acknowledgement goes down to the site, signed, and is repeated until the site says it', async () => {
  const { desk, take, sent, clock } = await started();
  await take([say({ kind: 'raise' })]);
  desk.acknowledge({ key, by: 'Ada', atMs: clock.nowMs() });
  expect(sent).toMatchObject([{ device: 'alerts', action: 'acknowledge', alert: key, issuer: 'Ada', value: 1 }]);
  expect(sent[0]!.expiresAtMs).toBe(clock.nowMs() + 600_000);
  expect(verifyCommand(sent[0]!, [publicKeyOf(pem)])).toBe(true);
  clock.advance(10_000);
  expect(sent.length).toBeGreaterThan(2);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  await take([say(say2)]);
  const count = sent.length;
  clock.advance(700_000);
  expect(sent.length).toBe(count);
});

test('repeats of an unanswered wish are bounded, and its end is shown', async () => {
  const { desk, take, sent, clock } = await started();
  await take([say({ kind: 'raise', latch: 'latched' }), say({ kind: 'clear', number: 2, latch: 'latched' })]);
  expect(desk.reset({ key, by: 'Ada', atMs: clock.nowMs() })).toMatchObject({
    latch: 'latched',
    asked: { act: 'reset', by: 'Ada', state: 'waiting' },
  });
  desk.reset({ key, by: 'Grace', atMs: clock.nowMs() });
  clock.advance(700_000);
  expect(sent.length).toBeLessThan(20);
  expect(new Set(sent.map(({ id }) => id)).size, 'A second person does not send a second wish.').toBe(1);
  expect(desk.alert(key)!.alert.asked).toMatchObject({ state: 'expired' });
});

test('a wish survives a restart of the cloud', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise', latch: 'latched' }), say({ kind: 'clear', number: 2, latch: 'latched' })]);
  set.desk.reset({ key, by: 'Ada', atMs: set.clock.nowMs() });
  await set.restart();
  const before = set.sent.length;
  set.clock.advance(5000);
  expect(set.sent.length).toBeGreaterThan(before);
  await set.take([say({ kind: 'reset', number: 3, by: 'Ada' })]);
  expect(set.desk.alert(key)!.alert).toMatchObject({ latch: 'none' });
  expect(set.desk.alert(key)!.alert.asked).toBeUndefined();
});

test('a latch is not reset while its cause is there, and a refusal by the site is shown', async () => {
  const { desk, take, sent, clock } = await started();
  await take([say({ kind: 'raise', latch: 'latched' })]);
  expect(() => desk.reset({ key, by: 'Ada', atMs: 5 })).toThrow(
    expect.objectContaining({ code: 'ALERT_STILL_ACTIVE' }),
  );
  expect(sent).toEqual([]);
  await take([say({ kind: 'clear', number: 2, latch: 'latched' })]);
  desk.reset({ key, by: 'Ada', atMs: clock.nowMs() });
  const commandId = sent[0]!.id;
  const no = receipt({ state: 'refused', device: 'alerts', action: 'reset', commandId, alert: key, why: 'It moves.' });
  await take([{ kind: 'receipt', receipt: no }]);
  expect(desk.alert(key)!.alert).toMatchObject({ latch: 'latched', asked: { state: 'refused', why: 'It moves.' } });
  const count = sent.length;
  clock.advance(60_000);
  expect(sent.length).toBe(count);
});

test('a cloud that cannot sign says so instead of pretending to reset', async () => {
  const { desk, take } = await started({ signCommand: undefined });
  await take([say({ kind: 'raise', latch: 'latched' }), say({ kind: 'clear', number: 2, latch: 'latched' })]);
  expect(() => desk.reset({ key, by: 'Ada', atMs: 5 })).toThrow(expect.objectContaining({ code: 'COMMAND_REFUSED' }));
  expect(desk.acknowledge({ key, by: 'Ada', atMs: 5 }).operator).toBe('acknowledged');
});

test('what a re-imaged gateway no longer remembers can be closed by a person', async () => {
  const { desk, take } = await started();
  await take([say({ kind: 'raise', latch: 'latched' })]);
  await take([told], { epoch: 'e2' });
  const { alert } = desk.alert(key)!;
  expect(alert).toMatchObject({ condition: 'active', latch: 'latched', data: 'stale' });
  expect(alert.reasons[0]).toContain('no longer knows this alert');
  expect(desk.alerts({ open: true })).toMatchObject([{ key }]);
  expect(() => desk.reset({ key, by: 'Ada', atMs: 5 })).toThrow(
    expect.objectContaining({ code: 'ALERT_STILL_ACTIVE' }),
  );
  const closed = desk.reset({ key, by: 'Ada', atMs: 5, note: 'I stood there: no fire.' });
  expect(closed).toMatchObject({ condition: 'normal', latch: 'none', note: 'I stood there: no fire.' });
  expect(closed.reasons.join()).not.toContain('no longer knows');
});

test('an active alert cannot be reset because an epoch began, and one told again goes on with what persons did', async () => {
  const { desk, take, sent, clock } = await started();
  await take([say({ kind: 'raise', latch: 'latched' })]);
  desk.acknowledge({ key, by: 'Ada', atMs: 5 });
  await take([begun], { epoch: 'e2' });
  const reset = () => desk.reset({ key, by: 'Eve', atMs: 6, note: 'It looks over.' });
  expect(reset).toThrow(expect.objectContaining({ code: 'ALERT_STILL_ACTIVE' }));
  const again = say({ kind: 'update', number: 2, latch: 'latched', retold: true });
  await take([again, told], { epoch: 'e2' });
  expect(reset).toThrow(expect.objectContaining({ code: 'ALERT_STILL_ACTIVE' }));
  const standing = {
    condition: 'active',
    data: 'good',
    occurrence: 1,
    acknowledgedBy: 'Ada',
    reasons: ['said update'],
  };
  expect(desk.alert(key)!.alert).toMatchObject(standing);
  await take([say({ kind: 'clear', number: 3, latch: 'latched' })], { epoch: 'e2' });
  desk.reset({ key, by: 'Ada', atMs: clock.nowMs() });
  expect(sent.map(({ action, value }) => [action, value])).toEqual([
    ['acknowledge', 1],
    ['reset', 3],
  ]);
});

test('an alert whose raise was lost with an epoch is shown when it is told again, and what got worse wants a person again', async () => {
  const { desk, take, sent } = await started();
  const severe = { severity: 'Severe', latch: 'latched', retold: true } as const;
  await take([begun, say({ kind: 'update', number: 7, occurrence: 3, ...severe }), told]);
  expect(desk.alerts({ open: true })).toMatchObject([{ key, condition: 'active', operator: 'unacknowledged' }]);
  desk.acknowledge({ key, by: 'Ada', atMs: 5 });
  expect(sent).toMatchObject([{ action: 'acknowledge', value: 7 }]);
  const worse = { ...severe, severity: 'Extreme' } as const;
  await take([begun, say({ kind: 'update', number: 9, occurrence: 3, ...worse }), told], { epoch: 'e2' });
  expect(desk.alert(key)!.alert).toMatchObject({ severity: 'Extreme', operator: 'unacknowledged', occurrence: 3 });
  desk.acknowledge({ key, by: 'Eve', atMs: 6 });
  expect(sent).toMatchObject([{}, { action: 'acknowledge', value: 9 }]);
});

test('an older image of a gateway does not end what it never knew', async () => {
  const { desk, take } = await started();
  await take([say({ kind: 'raise', occurrence: 2, number: 1 })]);
  const other = say({ kind: 'update', rule: 'rain', number: 2, retold: true });
  await take([begun, other, told], { epoch: 'e2' });
  expect(desk.alerts({ open: true })).toHaveLength(2);
  expect(desk.alert(key)!.alert).toMatchObject({ condition: 'active', data: 'stale' });
  await take([say({ kind: 'raise', occurrence: 2, number: 1 })], { epoch: 'e2' });
  expect(desk.alert(key)!.alert).toMatchObject({ condition: 'active', data: 'good', reasons: ['said raise'] });
});

test('receipts show what the actuator did in the alert and by itself', async () => {
  const { desk, take, service } = await started();
  await take([
    say({ kind: 'raise', takenAtMs: 900 }),
    { kind: 'receipt', receipt: receipt({ state: 'sent', commanded: 'closed', alert: key, atMs: 1000 }) },
    {
      kind: 'receipt',
      receipt: receipt({ state: 'verified', commanded: 'closed', confirmed: 'closed', alert: key, atMs: 1100 }),
    },
  ]);
  expect(desk.actuators('hill')).toMatchObject([{ actuator: 'barrier', state: 'verified', confirmed: 'closed' }]);
  const { alert } = desk.alert(key)!;
  expect(alert.actuators).toEqual(desk.actuators());
  expect(alert.ladder).toMatchObject({ actedAtMs: 1000, confirmedAtMs: 1100 });
  await take([{ kind: 'receipt', receipt: receipt({ state: 'released', confirmed: 'open', atMs: 9000 }) }]);
  expect(desk.alert(key)!.alert.actuators).toMatchObject([{ state: 'released', confirmed: 'open' }]);
  expect(service.ledger.entries(0, 10).map(({ kind }) => kind)).toEqual(['alert', 'receipt', 'receipt', 'receipt']);
});

test('the refused act of a person is an alert of its own, once while nobody has seen it', async () => {
  const { desk, take, service } = await started();
  const refused = {
    kind: 'receipt' as const,
    receipt: receipt({ state: 'refused', why: 'The pump runs.', issuer: 'Ada' }),
  };
  await take([refused]);
  await take([refused]);
  const [alert] = desk.alerts({ open: true });
  expect(alert).toMatchObject({
    rule: 'act-refused',
    class: 'supervisory',
    reasons: ['The pump runs.'],
    occurrence: 1,
  });
  expect(service.ledger.entries(0, 10).filter(({ kind }) => kind === 'refusal')).toHaveLength(2);
  desk.acknowledge({ key: alert!.key, by: 'Ada', atMs: 5 });
  expect(desk.alerts({ open: true })).toEqual([]);
  await take([refused]);
  expect(desk.alerts({ open: true })).toMatchObject([{ occurrence: 2, operator: 'unacknowledged' }]);
});

test('lost readings and forged events are troubles, and a site cannot speak for another or for the cloud', async () => {
  const { desk, take, service } = await started();
  await take([
    { kind: 'gap', what: 'The disk was full.', readings: 12, fromMs: 1, toMs: 2 },
    say({ kind: 'raise', site: 'other' }),
    say({ kind: 'raise', origin: 'cloud' }),
    say({ kind: 'raise', key: 'hill/other/name' }),
    { kind: 'receipt', receipt: receipt({ state: 'verified', site: 'other' }) },
  ]);
  expect(desk.alerts().map(({ key: name, class: kind }) => [name, kind])).toEqual([
    ['hill/data-gap/readings', 'trouble'],
    ['hill/security/SITE_MISMATCH', 'trouble'],
  ]);
  expect(service.counters()).toMatchObject({ foreign: 4, gaps: 1 });
  service.noted({ site: 'hill', code: 'BATCH_CONFLICTS', text: 'Batch 7 came again with other content.' });
  expect(desk.alert('hill/security/BATCH_CONFLICTS')!.alert.operator).toBe('unacknowledged');
  const kinds = service.ledger.entries(0, 50).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'security')).toHaveLength(5);
});

test('a site that falls silent or says good-bye is a trouble that ends when it is heard again', async () => {
  const set = await started();
  const offline = 'hill/site-offline/site';
  set.service.siteChanged(view({ status: status(true) }));
  await set.take([]);
  set.clock.advance(59_000);
  expect(set.desk.alert(offline)).toBeUndefined();
  set.clock.advance(3000);
  expect(set.desk.alert(offline)!.alert).toMatchObject({ condition: 'active', class: 'trouble' });
  await set.restart();
  set.clock.advance(30_000);
  expect(set.desk.alert(offline)!.alert.condition, 'A restart proves nothing.').toBe('active');
  await set.take([]);
  set.clock.advance(1000);
  expect(set.desk.alert(offline)!.alert.condition).toBe('normal');
  set.service.siteChanged(view({ status: status(false) }));
  set.clock.advance(1000);
  expect(set.desk.alert(offline)!.alert).toMatchObject({ condition: 'active', occurrence: 2 });
});

test('a site is shown at once when something about it changes, and its counters every ten seconds', async () => {
  const { service, desk, clock } = await started();
  const events: DeskEvent[] = [];
  desk.subscribe((event) => events.push(event));
  for (let i = 0; i < 50; i += 1) {
    service.siteChanged(view({ status: { ...status(true)!, queued: i } }));
    clock.advance(1000);
  }
  expect(events.filter(({ kind }) => kind === 'site').length).toBeLessThanOrEqual(6);
  expect(desk.sites()).toMatchObject([{ site: 'hill', status: { queued: 49 } }]);
});

test('batches that concern nobody cost no commit, no read and no row', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' })]);
  const { reads } = set.log;
  for (let i = 0; i < 500; i += 1) await set.take([], { readings: [['ext-1/mm', i, i]] });
  expect(set.log.reads).toBe(reads);
  expect(set.service.cursor()).toBe(1);
  expect(set.service.counters().applied).toBe(501);
  set.clock.advance(1000);
  expect(set.service.cursor(), 'The cursor is written a second later.').toBe(501);
});

test('a hole in what ingest hands over is filled from the log, and what came before is not applied again', async () => {
  const { service, log, desk } = await started();
  const batches = [1, 2, 3].map((seq) => log.append({ seq, events: [say({ kind: 'update', number: seq })] }));
  service.committed(batches[2]!);
  await new Promise((resolve) => setImmediate(resolve));
  for (const one of batches) service.committed(one);
  await Promise.resolve();
  expect(desk.alert(key)!.transitions).toHaveLength(3);
  expect(service.counters()).toMatchObject({ applied: 3, repeated: 0 });
});

test('readers resume after any event that is still kept', async () => {
  const { take, desk } = await started({ eventsKept: 10 });
  for (let number = 1; number <= 25; number += 1)
    await take([say({ kind: number === 1 ? 'raise' : 'update', number })]);
  expect([desk.firstEventId(), desk.lastEventId()]).toEqual([16, 25]);
  expect(desk.eventsAfter(20, 3).map(({ id }) => id)).toEqual([21, 22, 23]);
});

test('a reader that throws disturbs neither the others nor the desk', async () => {
  const { take, desk } = await started();
  const seen: number[] = [];
  desk.subscribe(() => {
    throw new Error('gone');
  });
  const leave = desk.subscribe(({ id }) => seen.push(id));
  await take([say({ kind: 'raise' })]);
  leave();
  await take([say({ kind: 'clear', number: 2 })]);
  expect(seen).toEqual([1]);
  expect(desk.lastEventId()).toBe(2);
});

const cloudRules = {
  rulesConfig: [{ site: 'hill', models: [], rules: [] }],
  engineMaker: { check: () => [], create: pretendEngine },
};

test('cloud rules run as soon as the site has described itself, and remember across a restart', async () => {
  const set = await started(cloudRules);
  await set.take([], { readings: [['ext-1/mm', 50, 900]] });
  expect(set.desk.alerts(), 'Without units nothing is decided.').toEqual([]);
  set.service.siteChanged(view());
  await set.take([], { readings: [['ext-1/mm', 50, 1000]] });
  expect(set.desk.alert(key)!.alert).toMatchObject({ occurrence: 1, origins: { cloud: { condition: 'active' } } });
  await set.restart();
  expect(set.desk.alert(key)!.alert.condition, 'A restart resolves nothing.').toBe('active');
  await set.take([], { readings: [['ext-1/mm', 5, 2000]] });
  expect(set.desk.alert(key)!.alert.condition).toBe('normal');
  await set.take([], { readings: [['ext-1/mm', 50, 3000]] });
  expect(set.desk.alert(key)!.alert).toMatchObject({ condition: 'active', occurrence: 2 });
});

test('a cloud rule that fails is stopped with a trouble, and the batch and the other sites go on', async () => {
  const rulesConfig = ['hill', 'town'].map((site) => ({ site, models: [], rules: [] }));
  const set = await started({ ...cloudRules, rulesConfig });
  set.service.siteChanged(view());
  set.service.siteChanged({ site: 'town', descriptor: descriptor('town') });
  await set.take([say({ kind: 'raise', rule: 'edge-rule' })], { readings: [['ext-1/mm', 666, 1000]] });
  expect(set.desk.alerts().map(({ rule }) => rule)).toEqual(['edge-rule', 'cloud-rules']);
  expect(set.desk.alert('hill/cloud-rules/engine')!.alert.reasons).toEqual(['division by zero']);
  await set.take([], { site: 'town', readings: [['ext-1/mm', 50, 1000]] });
  expect(set.desk.alert(key)!.alert.origins.cloud).toBeDefined();
});

const threshold = (input: string) => ({
  id: 'creep',
  type: 'threshold',
  event: 'The slope moves',
  subject: 'slope',
  input,
  direction: 'above',
  ladder: [{ severity: 'Severe' as const, at: 10, clear: 8, holdMs: 0, clearHoldMs: 10_000 }],
});

test('the real engine runs the cloud’s rules on readings from the log', async () => {
  const set = await started({ rulesConfig: [{ site: 'hill', models: [], rules: [threshold('ext-1/mm')] }] });
  set.service.siteChanged(view());
  expect(set.desk.alerts({ site: 'hill' })).toEqual([]);
  await set.take([], { readings: [['ext-1/mm', 50, 1_000_000]] });
  expect(set.desk.alert(key)!.alert).toMatchObject({ severity: 'Severe', origins: { cloud: { condition: 'active' } } });
  await set.restart();
  set.desk.acknowledge({ key, by: 'Ada', atMs: set.clock.nowMs() });
  expect(set.desk.alert(key)!.transitions.map(({ transition: { kind } }) => kind)).toEqual(['raise', 'acknowledge']);
  await set.take([], { readings: [['ext-1/mm', 5, 1_001_000]] });
  for (let i = 0; i < 12; i += 1) {
    await set.take([], { readings: [['ext-1/mm', 5, 1_002_000 + i * 1000]] });
    set.clock.advance(1000);
  }
  expect(set.desk.alert(key)!.alert).toMatchObject({ condition: 'normal', operator: 'acknowledged' });
});

test('backlog feeds the cloud’s rules too: it raises, says that it is late, and moves nothing', async () => {
  const set = await started({ rulesConfig: [{ site: 'hill', models: [], rules: [threshold('ext-1/mm')] }] });
  set.service.siteChanged(view());
  await set.take([], { lane: 'backlog', readings: [['ext-1/mm', 50, 500_000]] });
  expect(set.desk.alert(key)!.alert).toMatchObject({ condition: 'active', late: true });
  expect(set.sent).toEqual([]);
});

test.each([
  ['a stream the site does not have', threshold('gone/mm')],
  ['no shape of a rule at all', { id: 'x', type: 'threshold', event: 'x' }],
])('cloud rules with %s are a trouble until they fit', async (_what, rule) => {
  const set = await started({ rulesConfig: [{ site: 'hill', models: [], rules: [rule] }] });
  set.service.siteChanged(view());
  const trouble = () => set.desk.alert('hill/cloud-rules/engine')!.alert;
  expect(trouble()).toMatchObject({ condition: 'active', class: 'trouble' });
  expect(set.service.counters()).toMatchObject({ failures: 0 });
  if (rule.id === 'x') return;
  const more = { device: 'gone', format: 'json-path', channels: [{ channel: 'mm', unit: 'mm' }] };
  const devices = [...descriptor().devices, more];
  set.service.siteChanged({ site: 'hill', descriptor: { ...descriptor(), devices } });
  expect(trouble().condition).toBe('normal');
});

test('an event on which the desk itself fails is left out and said, and its neighbours are kept', async () => {
  const set = setUp();
  const { database } = set;
  const prepare: typeof database.prepare = (sql) => {
    const statement = database.prepare(sql);
    if (!sql.includes('INTO transition')) return statement;
    const run = (...values: never[]) => {
      if (String(values[0]).includes('cursed')) throw new TypeError('undefined is not a function');
      return statement.run(...values);
    };
    return { run } as never;
  };
  const openDatabase = () => ({ exec: (sql: string) => database.exec(sql), prepare, close() {} });
  const clock = set.clock;
  const service = createRulesService({ ...set.deps, openDatabase });
  await service.start();
  const events = ['a', 'cursed', 'b'].map((subject) => say({ kind: 'raise', subject }));
  service.committed(set.log.append({ events }));
  await Promise.resolve();
  clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(service.desk.alerts().map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([
    'creep a',
    'creep b',
    'desk-failed desk',
  ]);
  expect(service.counters()).toMatchObject({ failures: 1, skippedEvents: 1, applied: 1, behind: 0 });
});

test('an entry of the log that can no longer be read is left out and said, and the rest is applied', async () => {
  const set = setUp();
  set.log.append({ seq: 1, events: [say({ kind: 'raise' })] });
  set.log.append({ seq: 2, events: [say({ kind: 'clear', number: 2 })] });
  set.log.entries[0]!.body = new Uint8Array([1, 2, 3]);
  await set.service.start();
  expect(set.desk.alerts().map(({ rule, condition }) => `${rule} ${condition}`)).toEqual([
    'creep normal',
    'desk-failed normal',
  ]);
  expect(set.service.counters()).toMatchObject({ skippedBatches: 1, failures: 0, applied: 2 });
});

test('the alert list can be asked for what is open, what is over, or everything, of one site or of all', async () => {
  const { desk, take } = await started();
  await take([
    say({ kind: 'raise' }),
    say({ kind: 'raise', subject: 'b' }),
    say({ kind: 'clear', subject: 'b', number: 2 }),
  ]);
  desk.acknowledge({ key: 'hill/creep/b', by: 'Ada', atMs: 5 });
  expect(desk.alerts({ open: true }).map(({ subject }) => subject)).toEqual(['slope']);
  expect(desk.alerts({ open: false }).map(({ subject }) => subject)).toEqual(['b']);
  expect(desk.alerts({ site: 'hill' })).toHaveLength(2);
  expect(desk.alerts({ site: 'town' })).toEqual([]);
  expect(desk.alerts({ limit: 1 })).toHaveLength(1);
});

test('ten thousand alerts in ten seconds are kept in bounded memory, and the severe one comes first', async () => {
  const { service, log, desk, clock, database } = await started({ eventsKept: 1000 });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 10_000; i += 1) {
    const severity = i === 7777 ? 'Extreme' : 'Minor';
    service.committed(log.append({ seq: i + 1, events: [say({ kind: 'raise', subject: `s${i}`, severity })] }));
    if (i % 100 !== 99) continue;
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  const [first, ...rest] = desk.alerts({ open: true, limit: 10_000 });
  expect(first).toMatchObject({ subject: 's7777', severity: 'Extreme' });
  expect(rest).toHaveLength(9999);
  expect(desk.lastEventId() - desk.firstEventId()).toBe(999);
  expect(verifyLedger(database)).toMatchObject({ ok: true, entries: 10_000 });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
});
