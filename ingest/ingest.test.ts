import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Ack,
  type Batch,
  type CommittedBatch,
  decodeBatch,
  encodeBatch,
  Fault,
  type Log,
  silentLogger,
  topics,
} from '@tocsin/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { createIngest, type IngestDeps, openQuarantine, openSites, openSqliteLog } from './index.ts';

const startMs = 1_790_000_000_000;
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

/** A clock that stands until it is moved; tasks run when their time has come. */
function handClock() {
  let passedMs = 0;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    after(delayMs: number, task: () => void) {
      const entry = { atMs: passedMs + delayMs, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((one) => one !== entry);
      };
    },
    advance(byMs: number) {
      passedMs += byMs;
      const due = tasks.filter(({ atMs }) => atMs <= passedMs);
      tasks = tasks.filter(({ atMs }) => atMs > passedMs);
      for (const { task } of due) task();
    },
  };
}

function open(more: Partial<IngestDeps> = {}, wrap: (log: Log) => Log = (log) => log) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-ingest-'));
  const clock = handClock();
  const shared = { clock, logger: silentLogger };
  const log = openSqliteLog(join(dir, 'log.sqlite'), shared);
  const quarantine = openQuarantine({ path: join(dir, 'quarantine.sqlite'), ...shared });
  const sites = openSites({ path: join(dir, 'sites.sqlite'), ...shared });
  const acks: (Ack & { topic: string })[] = [];
  const committed: CommittedBatch[] = [];
  const ingest = createIngest({
    log: wrap(log),
    quarantine,
    sites,
    publish: (topic, payload) => void acks.push({ topic, ...JSON.parse(String(payload)) }),
    onCommitted: (batch) => void committed.push(batch),
    ...shared,
    ...more,
  });
  ingest.start();
  cleanUps.push(() => {
    for (const part of [log, quarantine, sites]) part.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    ingest,
    log,
    quarantine,
    clock,
    acks,
    committed,
    turn,
    taken: () => acks.splice(0).map(({ storedThrough }) => storedThrough),
  };
}

function batch(seq: number, more: Partial<Batch> & { values?: number[] } = {}): Batch {
  const { values = [seq], ...head } = more;
  return {
    site: 'quarry',
    epoch: 'e1',
    lane: 'live',
    seq,
    sentAtMs: startMs,
    series: [{ device: 'crack-1', channel: 'opening', unit: 'mm' }],
    columns: {
      series: new Uint8Array(values.length),
      takenAtMs: new Float64Array(values.length).fill(startMs),
      value: Float64Array.from(values),
      quality: new Uint8Array(values.length),
    },
    events: [],
    ...head,
  };
}
const up = topics.up('quarry', 'live');
const bytes = (...given: Parameters<typeof batch>) => Uint8Array.from(encodeBatch(batch(...given)));

describe('pictures and views', () => {
  test('go to who keeps them, and a refused picture leaves no byte in the quarantine', async () => {
    const taken: string[] = [];
    const { ingest, quarantine } = open({
      pictures: {
        receive(site, payload) {
          taken.push(`picture ${site} ${payload.byteLength}`);
          if (payload.byteLength > 3) throw new Fault('PICTURE_INVALID', 'It is not a JPEG.');
        },
        view(site, payload) {
          taken.push(`view ${site} ${payload.byteLength}`);
          throw new Fault('SITE_MISMATCH', 'It names another site.');
        },
      },
    });
    ingest.receive(topics.picture('quarry'), Uint8Array.from([1, 2, 3]));
    ingest.receive(topics.picture('quarry'), Buffer.from('a face'));
    ingest.receive(topics.view('quarry'), Buffer.from('{}'));
    expect(taken).toEqual(['picture quarry 3', 'picture quarry 6', 'view quarry 2']);
    quarantine.flush();
    const kept = quarantine.list({ site: 'quarry' });
    expect(kept.map(({ reason, payload }) => [reason, payload.byteLength])).toEqual([
      ['SITE_MISMATCH', 2],
      ['PICTURE_INVALID', 0],
    ]);
  });

  test('are let go where nobody keeps them', () => {
    const { ingest } = open();
    ingest.receive(topics.picture('quarry'), Uint8Array.from([1]));
    ingest.receive(topics.view('quarry'), Buffer.from('{}'));
    expect(ingest.counters()).toMatchObject({ messages: 2, topicsRefused: 0, messagesRefused: {} });
  });
});

describe('what arrives in one turn of the event loop', () => {
  test('is one commit and one cumulative acknowledgement per lane, and is then handed on in order', async () => {
    const { ingest, acks, committed, turn, log } = open();
    for (const seq of [1, 2, 3]) ingest.receive(up, bytes(seq));
    ingest.receive(topics.up('quarry', 'urgent'), bytes(1, { lane: 'urgent' }));
    ingest.receive(topics.up('tunnel', 'live'), bytes(1, { site: 'tunnel' }));
    expect([acks.length, committed.length], 'Nothing is acknowledged before the commit.').toEqual([0, 0]);
    await turn();
    expect(acks).toEqual([
      { topic: 'tocsin/v1/quarry/down/ack', v: 1, epoch: 'e1', lane: 'live', storedThrough: 3 },
      { topic: 'tocsin/v1/quarry/down/ack', v: 1, epoch: 'e1', lane: 'urgent', storedThrough: 1 },
      { topic: 'tocsin/v1/tunnel/down/ack', v: 1, epoch: 'e1', lane: 'live', storedThrough: 1 },
    ]);
    expect(ingest.counters().commits).toBe(1);
    expect(committed.map(({ offset }) => offset)).toEqual(log.read(0, 10).map(({ offset }) => offset));
    expect(log.read(0, 1)[0]!.body, 'What the site sent is kept byte for byte.').toEqual(bytes(1));
  });

  test('is committed in parts when it is more than the limits of a group', async () => {
    const { ingest, turn, taken } = open({ limits: { groupBatchesMax: 2 } });
    for (const seq of [1, 2, 3, 4, 5]) ingest.receive(up, bytes(seq));
    await turn();
    expect([taken(), ingest.counters().commits]).toEqual([[2, 4, 5], 3]);
  });

  test('is committed when ingest stops', async () => {
    const { ingest, taken } = open();
    ingest.receive(up, bytes(1));
    await ingest.stop();
    ingest.receive(up, bytes(2));
    expect(taken()).toEqual([1]);
  });
});

describe('a batch', () => {
  test('that comes again is acknowledged again and stored once', async () => {
    const { ingest, turn, taken, committed } = open();
    ingest.receive(up, bytes(1));
    await turn();
    ingest.receive(up, bytes(1));
    await turn();
    expect([taken(), committed.length, ingest.counters().batchesDuplicate]).toEqual([[1, 1], 1, 1]);
  });

  test('that comes before its predecessor is not stored, and the mark is said again', async () => {
    const { ingest, turn, taken, committed } = open();
    ingest.receive(up, bytes(1));
    ingest.receive(up, bytes(3));
    await turn();
    expect([taken(), ingest.counters().batchesEarly]).toEqual([[1], 1]);
    for (const seq of [2, 3]) ingest.receive(up, bytes(seq));
    await turn();
    expect([taken(), committed.map(({ seq }) => seq)]).toEqual([[3], [1, 2, 3]]);
  });

  test('with a stored number and other content is kept out, kept as evidence and told to site and guard', async () => {
    const notes: unknown[] = [];
    const { ingest, turn, acks, quarantine, committed } = open({ onSecurity: (note) => void notes.push(note) });
    ingest.receive(up, bytes(1));
    ingest.receive(up, bytes(1, { values: [99] }));
    await turn();
    expect(acks).toMatchObject([{ storedThrough: 1, conflictAt: 1 }]);
    expect(committed).toHaveLength(1);
    expect(notes).toMatchObject([{ site: 'quarry', code: 'BATCH_CONFLICTS' }]);
    quarantine.flush();
    expect(quarantine.list()).toMatchObject([{ site: 'quarry', reason: 'BATCH_CONFLICTS' }]);
  });

  test('with bad points keeps the others, and comes again as a duplicate although it was changed', async () => {
    const { ingest, turn, committed, log, quarantine, clock } = open();
    const sent = bytes(1, { values: [1, Number.NaN, 2, Number.POSITIVE_INFINITY] });
    ingest.receive(up, sent);
    await turn();
    ingest.receive(up, sent);
    await turn();
    expect([...committed[0]!.columns.value]).toEqual([1, 2]);
    expect([...decodeBatch(log.read(0, 1)[0]!.body).batch.columns.value]).toEqual([1, 2]);
    expect(ingest.counters()).toMatchObject({
      readingsStored: 2,
      readingsRefused: { VALUE_NOT_FINITE: 2 },
      batchesDuplicate: 1,
      batchesConflict: 0,
    });
    clock.advance(1_000);
    const [example] = quarantine.list();
    expect(example).toMatchObject({ site: 'quarry', reason: 'VALUE_NOT_FINITE', count: 2 });
    expect(JSON.parse(Buffer.from(example!.payload).toString())).toMatchObject({ device: 'crack-1', value: 'NaN' });
  });

  test('is judged by what its site said of its channels', async () => {
    const { ingest, turn, committed } = open();
    const descriptor = {
      v: 1,
      site: 'quarry',
      name: 'Quarry',
      version: '1',
      configHash: 'x',
      mode: 'live',
      devices: [{ device: 'crack-1', format: 'json-path', channels: [{ channel: 'opening', unit: 'mm', max: 10 }] }],
      rules: [],
      actuators: [],
    };
    ingest.receive(up, bytes(1, { values: [5, 50] }));
    ingest.receive(topics.descriptor('quarry'), Buffer.from(JSON.stringify(descriptor)));
    ingest.receive(up, bytes(2, { values: [5, 50] }));
    await turn();
    expect(committed.map(({ columns }) => [...columns.value])).toEqual([[5, 50], [5]]);
    expect(ingest.counters().readingsRefused).toEqual({ VALUE_OUT_OF_RANGE: 1 });
  });

  test('on the topic of another site or lane is refused, counted and told', () => {
    const notes: unknown[] = [];
    const { ingest } = open({ onSecurity: (note) => void notes.push(note) });
    ingest.receive(topics.up('tunnel', 'live'), bytes(1));
    ingest.receive(topics.up('quarry', 'urgent'), bytes(1));
    expect(ingest.counters().messagesRefused).toEqual({ SITE_MISMATCH: 2 });
    expect(notes).toHaveLength(2);
  });

  test.each([
    ['random bytes', Uint8Array.of(1, 2, 3), 'VERSION_UNKNOWN|PAYLOAD_MALFORMED'],
    ['nothing', new Uint8Array(0), 'PAYLOAD_MALFORMED'],
    ['too many bytes', new Uint8Array(1_048_577), 'PAYLOAD_TOO_LARGE'],
    ['bad JSON on a topic of CBOR', Buffer.from('{"v":1e999'), 'PAYLOAD_MALFORMED|VERSION_UNKNOWN'],
  ])('of %s is refused without an answer and kept as an example', (_, payload, code) => {
    const { ingest, acks, quarantine } = open();
    ingest.receive(up, payload);
    quarantine.flush();
    expect(Object.keys(ingest.counters().messagesRefused).join()).toMatch(new RegExp(`^(${code})$`));
    expect(quarantine.list()[0]!.payload.length).toBeLessThanOrEqual(4_096);
    expect(acks).toEqual([]);
  });

  test('on a topic that is none of ours is counted and nothing else', () => {
    const { ingest } = open();
    for (const topic of ['', 'a', 'tocsin/v2/quarry/up/live', 'tocsin/v1/quarry/up/fast', 'tocsin/v1/../up/live/x'])
      ingest.receive(topic, bytes(1));
    expect(ingest.counters()).toMatchObject({ topicsRefused: 5, messagesRefused: {} });
  });
});

describe('a store that fails', () => {
  /** A log whose appends fail while `broken` says so. */
  function breakable() {
    const state = { broken: false };
    const wrap = (log: Log): Log => ({
      ...log,
      append(entries) {
        if (state.broken) throw new Fault('STORE_FULL', 'No space.');
        return log.append(entries);
      },
    });
    return { state, wrap };
  }

  test('is told, nothing is acknowledged or lost, and the repeats of the sites bring it back', async () => {
    const { state, wrap } = breakable();
    const told: string[] = [];
    const { ingest, turn, taken, committed, clock } = open({ onHealth: ({ status }) => void told.push(status) }, wrap);
    ingest.receive(up, bytes(1));
    await turn();
    state.broken = true;
    ingest.receive(up, bytes(2));
    await turn();
    expect([taken(), ingest.health().status, told]).toEqual([[1], 'degraded', ['degraded']]);
    expect(ingest.health().why).toContain('STORE_FULL');
    state.broken = false;
    ingest.receive(up, bytes(2));
    await turn();
    expect(taken(), 'The store is spared for a moment.').toEqual([]);
    clock.advance(200);
    for (const seq of [2, 3]) ingest.receive(up, bytes(seq));
    await turn();
    expect([taken(), told, committed.map(({ seq }) => seq)]).toEqual([[3], ['degraded', 'ok'], [1, 2, 3]]);
    expect(ingest.counters()).toMatchObject({ commitsFailed: 1, batchesNotStored: 2 });
  });

  test('is spared longer and longer, up to five seconds', async () => {
    const { state, wrap } = breakable();
    const { ingest, turn, clock } = open({}, wrap);
    state.broken = true;
    for (let passed = 0; passed < 60_000; passed += 50) {
      ingest.receive(up, bytes(1));
      await turn();
      clock.advance(50);
    }
    expect(ingest.counters().commitsFailed).toBeGreaterThan(10);
    expect(ingest.counters().commitsFailed).toBeLessThan(25);
  });
});

test('a consumer that throws does not keep the others from their batches', async () => {
  const seen: number[] = [];
  const onCommitted = ({ seq }: CommittedBatch) => {
    seen.push(seq);
    if (seq === 1) throw new Error('A bug in a consumer.');
  };
  const { ingest, turn, taken } = open({ onCommitted });
  for (const seq of [1, 2]) ingest.receive(up, bytes(seq));
  await turn();
  expect([seen, taken(), ingest.counters().consumerErrors]).toEqual([[1, 2], [2], 1]);
});

test('bad events are left out one by one and the good ones kept', async () => {
  const { ingest, turn, committed } = open();
  const note = { kind: 'note', code: 'x', text: 'y', atMs: startMs } as const;
  ingest.receive(up, bytes(1, { events: [note, { kind: 'note' } as never, note] }));
  await turn();
  expect(committed[0]!.events).toEqual([note, note]);
  expect(ingest.counters()).toMatchObject({ eventsStored: 2, eventsRefused: 1 });
});
