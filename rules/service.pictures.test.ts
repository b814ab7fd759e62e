import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type DeskEvent, Fault, type PictureNote, type SiteEvent, silentLogger } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { handClock, memoryLog, type Said, transition } from './desk/pretend.ts';
import { openDatabase } from './desk/shell/database.ts';
import { verifyLedger } from './ledger/ledger.ts';
import { createRulesService, type RulesServiceDeps } from './service.ts';

const key = 'hill/creep/slope';
const say = (said: Said): SiteEvent => ({ kind: 'alert', transition: transition(said) });
const hash = (digit: number) => String(digit).padStart(2, '0').repeat(32);
const note = (digit: number, more: Partial<PictureNote> = {}): SiteEvent => ({
  kind: 'picture',
  note: {
    ...{ v: 1, alert: key, occurrence: 1, camera: 'cam-1', role: 'at', takenAtMs: 1000 + digit, sha256: hash(digit) },
    ...{ bytes: 100, width: 640, height: 360, blurred: true },
    ...more,
  },
});

/** A service on one database in memory that outlives it; `fuse.left` makes the n-th statement from now fail. */
async function started() {
  const database = openDatabase(':memory:') as DatabaseSync;
  const fuse: { left?: number } = {};
  const burn = () => {
    if (fuse.left === undefined) return;
    fuse.left -= 1;
    if (fuse.left < 0) throw Object.assign(new Error('disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
  };
  const deps: RulesServiceDeps = {
    dbPath: ':memory:',
    openDatabase: () => ({
      exec: (sql) => {
        if (!sql.startsWith('ROLLBACK')) burn();
        return database.exec(sql);
      },
      prepare(sql) {
        const statement = database.prepare(sql);
        return new Proxy(statement, {
          get(target, name) {
            const value = Reflect.get(target, name) as unknown;
            if (typeof value !== 'function') return value;
            return (...args: unknown[]) => {
              if (name === 'run') burn();
              return (value as (...all: unknown[]) => unknown).apply(target, args);
            };
          },
        });
      },
      close() {
        if (database.isTransaction) database.exec('ROLLBACK');
      },
    }),
    log: memoryLog(),
    rulesConfig: [],
    publish: () => {},
    clock: handClock(),
    logger: silentLogger,
  };
  const log = deps.log as ReturnType<typeof memoryLog>;
  const clock = deps.clock as ReturnType<typeof handClock>;
  let service = createRulesService(deps);
  await service.start();
  let seq = 0;
  return {
    database,
    fuse,
    clock,
    get service() {
      return service;
    },
    get pictures() {
      return service.pictures;
    },
    of: (name = key) => service.desk.alert(name)!.pictures,
    /** Stops, lets time pass, and starts again. */
    async restart(afterMs = 0) {
      await service.stop();
      clock.advance(afterMs);
      service = createRulesService(deps);
      await service.start();
    },
    async take(events: SiteEvent[], more: object = {}) {
      seq += 1;
      service.committed(log.append({ seq, events, ...more }, clock.nowMs()));
      await Promise.resolve();
    },
    ledgerOf: (kind: string) =>
      service.ledger.entries(0, 1000).flatMap((entry) => (entry.kind === kind ? [JSON.parse(entry.body)] : [])),
  };
}

test('pictures of an alert are awaited, here and expired, over repeats and restarts, and each step is shown', async () => {
  const set = await started();
  const versions: number[] = [];
  set.service.desk.subscribe((event: DeskEvent) => void (event.kind === 'alert' && versions.push(event.id)));
  await set.take([say({ kind: 'raise' }), note(2, { role: 'after' }), note(1)]);
  expect(set.of()).toMatchObject([
    { sha256: hash(1), role: 'at', state: 'awaited', earlier: false },
    { sha256: hash(2), role: 'after', state: 'awaited' },
  ]);
  expect([1, 2, 3].map((digit) => set.pictures.fate('hill', hash(digit)))).toEqual(['awaited', 'awaited', 'unknown']);
  set.pictures.stored('hill', hash(1));
  set.pictures.stored('hill', hash(1));
  await set.take([note(1)]);
  await set.restart();
  expect(set.of().map(({ state }) => state)).toEqual(['here', 'awaited']);
  set.pictures.gone('hill', [hash(1), hash(2), hash(9)], 'age');
  expect(set.of().map(({ state }) => state)).toEqual(['expired', 'expired']);
  expect(set.pictures.fate('hill', hash(1))).toBe('unwanted');
  expect(versions).toEqual([1, 2]);
  expect(set.ledgerOf('evidence')).toEqual([
    expect.objectContaining({ sha256: hash(2), alert: key, blurred: true }),
    expect.objectContaining({ sha256: hash(1), role: 'at' }),
    { act: 'picture.delete', site: 'hill', why: 'age', count: 2, pictures: [hash(1), hash(2)] },
  ]);
  expect(verifyLedger(set.database).ok).toBe(true);
});

test('a picture is found through its own site only, and a note for another site is a security matter', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1)]);
  expect(set.pictures.fate('dale', hash(1))).toBe('unknown');
  set.pictures.stored('dale', hash(1));
  expect(set.of()[0]?.state).toBe('awaited');
  await set.take([note(2, { alert: 'dale/creep/slope' }), note(3, { alert: 'hillside/creep/slope' })]);
  expect(set.ledgerOf('security').length).toBe(2);
  expect(set.pictures.fate('hill', hash(2))).toBe('unknown');
});

test('a note that comes before its alert, or for one that has ended, is kept all the same', async () => {
  const set = await started();
  await set.take([note(1)]);
  expect(set.service.desk.alert(key)).toBeUndefined();
  await set.take([say({ kind: 'raise' }), say({ kind: 'clear', number: 2 })]);
  await set.take([note(2)]);
  expect(set.of().length).toBe(2);
});

test('an occurrence has eight pictures at the most, those of earlier ones are marked, and 32 are shown', async () => {
  const set = await started();
  for (let occurrence = 1; occurrence <= 5; occurrence += 1) {
    const takenAtMs = 10_000 * occurrence;
    await set.take([say({ kind: 'raise', occurrence, takenAtMs, decidedAtMs: takenAtMs })]);
    for (let i = 0; i < 10; i += 1)
      await set.take([note(10 * occurrence + i, { occurrence, takenAtMs: takenAtMs - 100 + i })]);
    await set.take([say({ kind: 'clear', occurrence, number: 2 })]);
  }
  const shown = set.of();
  expect(shown.length).toBe(32);
  expect(shown.slice(0, 8).map(({ sha256, earlier }) => [sha256, earlier])).toEqual(
    Array.from({ length: 8 }, (_, i) => [hash(50 + i), false]),
  );
  expect(new Set(shown.slice(8).map(({ earlier }) => earlier))).toEqual(new Set([true]));
  expect(shown.map(({ occurrence }) => occurrence)).toEqual([5, 4, 3, 2].flatMap((n) => Array(8).fill(n)));
});

test('a gateway that began anew counts from one again; pictures of the life before are not taken for its own', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1), say({ kind: 'clear', number: 2 })]);
  const laterMs = 5_000_000;
  await set.take([say({ kind: 'raise', takenAtMs: laterMs, decidedAtMs: laterMs }), note(2, { takenAtMs: laterMs })], {
    epoch: 'e2',
  });
  expect(set.of().map(({ sha256, earlier }) => [sha256, earlier])).toEqual([
    [hash(2), false],
    [hash(1), true],
  ]);
});

test('one picture of two alerts has one fate', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1)]);
  set.pictures.stored('hill', hash(1));
  await set.take([
    say({ kind: 'raise', key: 'hill/fire/slope', rule: 'fire' }),
    note(1, { alert: 'hill/fire/slope', role: 'before' }),
  ]);
  expect(set.of('hill/fire/slope')).toMatchObject([{ state: 'here', role: 'before' }]);
  set.pictures.gone('hill', [hash(1)], 'budget');
  expect([set.of()[0]?.state, set.of('hill/fire/slope')[0]?.state]).toEqual(['expired', 'expired']);
});

test('pictures a gateway lost before they were sent are told to a person, and are no longer awaited', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1)]);
  const what = '1 evidence pictures were deleted before the cloud had them.';
  await set.take([{ kind: 'gap', what, readings: 0, fromMs: 1000, toMs: 1000, pictures: [hash(1)] }]);
  expect(set.of()[0]?.state).toBe('expired');
  expect(set.service.desk.alert('hill/data-gap/pictures')?.alert).toMatchObject({
    event: 'Evidence pictures were lost',
    class: 'trouble',
    reasons: [what, expect.stringContaining('1 pictures from')],
  });
});

test('an altered picture is a trouble for a person and a line in the ledger, once', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1)]);
  set.pictures.stored('hill', hash(1));
  set.pictures.gone('hill', [hash(1)], 'altered');
  set.pictures.gone('hill', [hash(1)], 'altered');
  expect(set.ledgerOf('evidence').filter(({ act }) => act === 'picture.altered').length).toBe(1);
  expect(set.service.desk.alert('hill/store/STORE_DAMAGED')?.alert.reasons[0]).toContain(hash(1));
});

test('a picture that never came is told as gone after thirty days', async () => {
  const set = await started();
  await set.take([say({ kind: 'raise' }), note(1)]);
  await set.restart(30 * 86_400_000);
  expect(set.of()[0]?.state).toBe('awaited');
  set.clock.advance(1000);
  expect(set.of()[0]?.state).toBe('expired');
});

test('whichever write fails, a picture is marked wholly or not at all, and no alert is lost by it', async () => {
  let failures = 0;
  for (let n = 0; ; n += 1) {
    const set = await started();
    await set.take([say({ kind: 'raise' }), note(1)]);
    set.fuse.left = n;
    let failed: unknown;
    try {
      set.pictures.stored('hill', hash(1));
    } catch (error) {
      failed = error;
    }
    delete set.fuse.left;
    if (failed === undefined) break;
    failures += 1;
    expect(failed, `write ${n}`).toBeInstanceOf(Fault);
    set.clock.advance(60_000);
    await Promise.resolve();
    await set.take([say({ kind: 'raise', key: 'hill/fire/slope', rule: 'fire' })]);
    set.clock.advance(60_000);
    for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(set.of()[0]?.state, `write ${n}`).toBe('awaited');
    expect(set.service.desk.alert('hill/fire/slope')?.alert.condition, `write ${n}`).toBe('active');
    set.pictures.stored('hill', hash(1));
    expect(set.of()[0]?.state, `write ${n}`).toBe('here');
    expect(verifyLedger(set.database).ok, `write ${n}`).toBe(true);
  }
  expect(failures).toBeGreaterThan(2);
});

test('a state database of the version before pictures is opened and gains their table', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-desk-'));
  try {
    const path = join(dir, 'state.sqlite');
    const old = openDatabase(path);
    old.exec('DROP TABLE picture; PRAGMA user_version = 1');
    old.close();
    const opened = openDatabase(path);
    expect(opened.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 3 });
    expect(opened.prepare('SELECT count(*) AS n FROM picture').get()).toMatchObject({ n: 0 });
    opened.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
