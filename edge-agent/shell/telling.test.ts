import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeBatch, type SiteEvent, silentLogger, topics } from '@tocsin/contracts';
import { verifyLedger } from '@tocsin/rules/ledger';
import { simClock } from '@tocsin/simulators/time';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeAgent, type FieldListener, type TransportListener } from '../agent.ts';
import { checkSite } from '../site/load.ts';

const text = `
site: mill
name: Mill
mode: live
devices:
  - id: heat
    format: json-path
    topic: field/heat
    intervalMs: 1000
    channels: [{ id: temp, path: $.t, unit: Cel, min: -40, max: 1000 }]
rules:
  - id: fire
    type: threshold
    event: It burns
    input: heat/temp
    direction: above
    latch: true
    ladder: [{ severity: Extreme, at: 60, clear: 50, holdMs: 0, clearHoldMs: 200 }]
  - id: warm
    type: threshold
    event: It was warm
    input: heat/temp
    direction: above
    ladder: [{ severity: Minor, at: 30, clear: 25, holdMs: 0, clearHoldMs: 200 }]
`;
const bytes = (said: unknown) => new TextEncoder().encode(JSON.stringify(said));

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tocsin-telling-'));
  path = join(directory, 'journal.sqlite');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A cloud that stores what comes in order, and forgets what a test takes out of `marks`. */
function pretendCloud() {
  return { marks: new Map<string, number>(), stored: [] as { epoch: string; event: SiteEvent }[] };
}

function gateway(clock = simClock(Date.UTC(2026, 10, 23)), cloud = pretendCloud()) {
  const checked = checkSite(text, 'mill.yaml', 'h'.repeat(64));
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  let hear: FieldListener = () => {};
  let link: TransportListener | undefined;
  const take = (payload: Uint8Array) => {
    const { epoch, lane, seq, events } = decodeBatch(payload).batch;
    const name = `${epoch} ${lane}`;
    if (seq === (cloud.marks.get(name) ?? 0) + 1) {
      cloud.marks.set(name, seq);
      cloud.stored.push(...events.map((event) => ({ epoch, event })));
    }
    const ack = { v: 1, epoch, lane, storedThrough: cloud.marks.get(name) ?? 0 };
    clock.after(1, () => link?.message(topics.ack('mill'), bytes(ack), false));
  };
  const agent = createEdgeAgent({
    site: checked.site,
    field: {
      publish: () => {},
      onMessage: (listener) => {
        hear = listener;
      },
      subscribe: () => {},
    },
    transport: {
      start(listener) {
        link = listener;
      },
      publish: (topic, payload) => void (topic.includes('/up/') && take(payload as Uint8Array)),
      stop: async () => {},
    },
    journalPath: path,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    version: 'test',
  });
  return {
    agent,
    clock,
    cloud,
    connect: () => link!.connected(),
    /** Says one temperature a second, so that nothing is silent. */
    say(value: number, seconds = 1) {
      for (let i = 0; i < seconds; i += 1) {
        hear('field/heat', bytes({ t: value }), false);
        clock.advance(1_000);
      }
    },
    /** What the cloud stored in its newest epoch, in short. */
    told() {
      const { epoch } = cloud.stored.at(-1)!;
      return cloud.stored.flatMap(({ epoch: of, event }) => {
        if (of !== epoch) return [];
        if (event.kind === 'note') return [event.code];
        if (event.kind !== 'alert') return [event.kind];
        const { kind, rule, condition, latch, occurrence, number } = event.transition;
        return [`${kind} ${rule} ${condition} ${latch} ${occurrence}/${number}`];
      });
    },
  };
}

/** Overwrites the root page of an index of the outbox. */
function damage() {
  const db = new DatabaseSync(path);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox_lane'").get()!.rootpage);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const file = openSync(path, 'r+');
  writeSync(file, randomBytes(4096), 0, 4096, (root - 1) * 4096);
  closeSync(file);
}

test('a gateway without a past says that nothing stands', async () => {
  const one = gateway();
  await one.agent.start();
  one.connect();
  one.say(20, 3);
  expect(one.told()).toEqual(['JOURNAL_BEGUN', 'ALERTS_TOLD']);
  await one.agent.stop();
  const two = gateway(one.clock, one.cloud);
  await two.agent.start();
  two.connect();
  two.say(20, 3);
  expect(two.told()).toEqual(['JOURNAL_BEGUN', 'ALERTS_TOLD']);
  await two.agent.stop();
});

test('an alert raised offline is told after its journal was damaged, and the ledger names the one before', async () => {
  const one = gateway();
  await one.agent.start();
  one.say(35);
  one.say(20, 3);
  one.say(80, 2);
  await one.agent.stop();
  const before = new DatabaseSync(path);
  const head = before.prepare('SELECT number, hash FROM ledger ORDER BY number DESC LIMIT 1').get()!;
  before.close();
  damage();
  const two = gateway(one.clock, one.cloud);
  await two.agent.start();
  two.connect();
  two.say(80, 3);
  expect(two.told()).toEqual(['gap', 'update warm active none 2/2', 'update fire active latched 1/2', 'ALERTS_TOLD']);
  await two.agent.stop();
  const file = readdirSync(directory).find((name) => name.endsWith('Z'));
  const after = new DatabaseSync(path);
  const first = after.prepare('SELECT kind, body FROM ledger WHERE number = 1').get()!;
  expect(first.kind).toBe('security');
  expect(JSON.parse(String(first.body))).toMatchObject({ file, entries: head.number, head: head.hash });
  expect(verifyLedger(after)).toMatchObject({ ok: true });
  after.close();
});

test('a cloud that comes back from a backup is told again what stands, once', async () => {
  const one = gateway();
  await one.agent.start();
  one.connect();
  one.say(20, 5);
  const backup = new Map(one.cloud.marks);
  one.say(80);
  one.say(20, 3);
  one.cloud.marks = backup;
  one.say(20, 120);
  expect(one.told()).toEqual([
    'OUTBOX_PROBE',
    'gap',
    'gap',
    'EPOCH_BEGUN',
    'update fire normal latched 1/4',
    'ALERTS_TOLD',
  ]);
  one.say(80);
  expect(one.told().at(-1)).toBe('raise warm active none 2/1');
  await one.agent.stop();
});

test('what a gateway owes to tell it tells after a crash, too', async () => {
  const one = gateway();
  await one.agent.start();
  one.connect();
  one.say(80, 3);
  await one.agent.stop();
  const db = new DatabaseSync(path);
  db.exec("UPDATE state SET json = '\"another epoch\"' WHERE key = 'told'");
  db.close();
  const two = gateway(one.clock, one.cloud);
  await two.agent.start();
  two.connect();
  two.say(80, 2);
  const told = two.told();
  expect(told.filter((what) => what === 'ALERTS_TOLD')).toHaveLength(2);
  expect(told.slice(-3)).toEqual(['update fire active latched 1/2', 'update warm active none 1/2', 'ALERTS_TOLD']);
  await two.agent.stop();
});
