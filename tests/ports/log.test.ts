import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type Log, silentLogger } from '@tocsin/contracts';
import { openSqliteLog, openSqliteLogReader, type SqliteLog } from '@tocsin/ingest/log';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { entry, logSuite } from './log.ts';
import { openMemoryLog } from './memory-log.ts';

const clock = { nowMs: () => 1_790_000_000_000 };
const folders: string[] = [];
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-log-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  vi.restoreAllMocks();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const open = (path: string, more: Partial<Parameters<typeof openSqliteLog>[1]> = {}) =>
  openSqliteLog(path, { clock, logger: silentLogger, ...more });

/** Makes the n-th write that node:sqlite runs from now fail as a full disk would; the file below stays real. */
const disk = { writesLeft: Number.POSITIVE_INFINITY };
function write(): void {
  if (disk.writesLeft === 0) {
    disk.writesLeft = Number.POSITIVE_INFINITY;
    throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
  }
  disk.writesLeft -= 1;
}
const { prepare, exec } = DatabaseSync.prototype;
function breakableDisk(): void {
  disk.writesLeft = Number.POSITIVE_INFINITY;
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, sql: string) {
    const statement = prepare.call(this, sql);
    if (!/^\s*(INSERT|UPDATE)/.test(sql)) return statement;
    const run = statement.run.bind(statement) as (...values: unknown[]) => unknown;
    statement.run = ((...values: unknown[]) => {
      write();
      return run(...values);
    }) as typeof statement.run;
    return statement;
  });
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql === 'COMMIT') write();
    exec.call(this, sql);
  });
}

describe('the port Log', () => {
  beforeEach(breakableDisk);
  logSuite('memory', () => {
    const log = openMemoryLog();
    return { log, failAfter: log.failAfter, dispose: () => log.close() };
  });
  logSuite('sqlite', () => {
    const path = join(folder(), 'log.sqlite');
    let log: Log = open(path);
    return {
      log,
      failAfter(writes) {
        disk.writesLeft = writes;
      },
      reopen() {
        log.close();
        log = open(path);
        return log;
      },
      dispose: () => log.close(),
    };
  });
});

const bytes = (length: number, seed: number): Uint8Array =>
  createHash('shake256', { outputLength: length }).update(`${seed}`).digest();

/** A log of 2,000 batches on disk, checkpointed and closed. */
function filled(): string {
  const path = join(folder(), 'log.sqlite');
  const log = open(path);
  for (let seq = 1; seq <= 2_000; seq += 100)
    log.append(Array.from({ length: 100 }, (_, i) => entry(seq + i, { body: bytes(300, seq + i) })));
  log.close();
  return path;
}

function overwrite(path: string, at: number, data: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, data, 0, data.length, at);
  closeSync(file);
}

describe('a log in SQLite', () => {
  test('a disk without room stores nothing, says so, and stores again when there is room', () => {
    const path = join(folder(), 'log.sqlite');
    const full = open(path, { pagesMax: 24 });
    let stored = 0;
    const fill = () => {
      for (;;) stored = full.append([entry(stored + 1, { body: new Uint8Array(4_000) })])[0]!.storedThrough;
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    expect(stored).toBeGreaterThan(3);
    expect(full.mark('quarry', 'e1', 'live')).toBe(stored);
    expect(fill, 'It stays full without a crash.').toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    full.close();
    const roomy = open(path);
    expect(roomy.read(0, 1_000).map(({ seq }) => seq)).toEqual(Array.from({ length: stored }, (_, i) => i + 1));
    expect(roomy.append([entry(stored + 1)])[0]!.outcome).toBe('stored');
    roomy.close();
  });

  test('a batch whose bytes changed on disk is never served and is counted', () => {
    const path = filled();
    const content = readFileSync(path);
    const victim = Buffer.from(bytes(300, 1_234));
    // SQLite leaves older copies of moved rows in free space; every copy is changed.
    let copies = 0;
    for (
      let at = content.indexOf(victim.subarray(0, 64));
      at >= 0;
      at = content.indexOf(victim.subarray(0, 64), at + 1)
    ) {
      overwrite(path, at + 20, Uint8Array.of(content[at + 20]! ^ 1));
      copies += 1;
    }
    expect(copies, 'The body must be found in the file.').toBeGreaterThan(0);
    const told: number[] = [];
    const log = open(path, { onDamaged: (offset) => told.push(offset) });
    const read = log.read(0, 10_000);
    expect(read).toHaveLength(1_999);
    expect(read.some(({ seq }) => seq === 1_234)).toBe(false);
    expect([told.length, log.damagedRows()]).toEqual([1, 1]);
    expect(log.mark('quarry', 'e1', 'live'), 'The mark has a row of its own.').toBe(2_000);
    log.close();
  });

  test('64 random bytes anywhere in the file are found, and nothing false is ever served', () => {
    const path = filled();
    const original = readFileSync(path);
    let noticed = 0;
    for (let round = 0; round < 15; round += 1) {
      const at = Math.floor(((round + 0.37) / 15) * (original.length - 64));
      const copy = join(folder(), 'log.sqlite');
      const damaged = Buffer.from(original);
      for (let i = 0; i < 64; i += 1) damaged[at + i] = (round * 97 + i * 131 + 13) & 255;
      writeWhole(copy, damaged);
      const log: SqliteLog = open(copy);
      const read = log.read(0, 10_000);
      const wrong = read.filter(({ seq, body }) => Buffer.compare(bytes(300, seq), body) !== 0);
      expect(wrong, `byte ${at}`).toEqual([]);
      const mark = log.mark('quarry', 'e1', 'live');
      expect([0, 2_000], `byte ${at}`).toContain(mark);
      if (read.length < 2_000 || log.recovered() !== undefined || mark === 0) noticed += 1;
      // A log that went on from a lower mark would acknowledge what it does not have; going on from the kept one loses nothing more.
      expect(log.append([entry(mark + 1)])[0]!.outcome).toBe('stored');
      log.close();
    }
    expect(noticed).toBeGreaterThan(10);
  });

  test('a file that is no database is set aside under a time stamp and a new one is begun', () => {
    const path = filled();
    overwrite(path, 0, new Uint8Array(4_096));
    const log = open(path);
    expect(log.recovered()).toMatchObject({ setAsideAs: expect.stringContaining('.damaged-2026') });
    expect(readdirSync(join(path, '..')).some((name) => name.includes('.damaged-'))).toBe(true);
    expect(log.append([entry(log.mark('quarry', 'e1', 'live') + 1)])[0]!.outcome).toBe('stored');
    log.close();
  });

  test('of its entries the newest so many, and those before an instant, are found across restarts', () => {
    const path = join(folder(), 'log.sqlite');
    let atMs = 1_790_000_000_000;
    const ticking = { nowMs: () => atMs };
    const offsets: number[] = [];
    const times: number[] = [];
    let seq = 0;
    for (const rows of [1, 7, 40, 3, 1, 1, 20]) {
      const log = open(path, { clock: ticking });
      for (let i = 0; i < rows; i += 1) {
        seq += 1;
        atMs += 500;
        const [stored] = log.append([{ ...entry(seq), receivedAtMs: atMs }]);
        offsets.push(stored!.offset!);
        times.push(atMs);
      }
      log.close();
      atMs += 3_600_000;
    }
    const log = open(path, { clock: ticking });
    for (let n = 1; n <= offsets.length; n += 1) expect(log.offsetOfNewest(n), `${n}`).toBe(offsets.at(-n));
    expect(log.offsetOfNewest(offsets.length + 1)).toBe(0);
    for (const [i, at] of times.entries()) {
      expect(log.newestBefore(at)).toBe(offsets[i - 1] ?? 0);
      expect(log.newestBefore(at + 1)).toBe(offsets[i]);
    }
    log.close();
  });

  test('what can be proved of a damaged file is carried over, with its marks', () => {
    const path = filled();
    // The last page of the file is a leaf of batches or of their index; the first pages hold the schema and the marks.
    overwrite(path, statSync(path).size - 4_096, new Uint8Array(4_096).fill(0xff));
    const log = open(path);
    expect(log.recovered()).toMatchObject({ marks: 1 });
    expect(log.recovered()!.batches).toBeGreaterThan(1_900);
    expect(log.mark('quarry', 'e1', 'live')).toBe(2_000);
    expect(log.append([entry(2_001)])[0]!.outcome).toBe('stored');
    log.close();
  });

  test('a file of a later version is refused and left alone', () => {
    const path = filled();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => open(path)).toThrow(expect.objectContaining({ code: 'VERSION_UNKNOWN' }));
    expect(readdirSync(join(path, '..')).some((name) => name.includes('.damaged-'))).toBe(false);
  });

  test('offsets go on beyond those of a file that was restored from a backup', () => {
    const path = filled();
    const backup = readFileSync(path);
    const first = open(path);
    const later = first.append([entry(2_001), entry(2_002)]).at(-1)!.offset!;
    first.close();
    writeWhole(path, backup);
    const restored = openSqliteLog(path, { clock: { nowMs: () => clock.nowMs() + 60_000 }, logger: silentLogger });
    expect(restored.append([entry(2_001)])[0]!.offset).toBeGreaterThan(later);
    restored.close();
  });

  test('a large trim is deleted in slices beside later appends and is never served meanwhile', () => {
    const path = join(folder(), 'log.sqlite');
    const log = open(path);
    const batches = (first: number, count: number) => Array.from({ length: count }, (_, i) => entry(first + i));
    log.append(batches(1, 6_000));
    const rows = () => {
      const db = new DatabaseSync(path, { readOnly: true });
      const { n } = db.prepare('SELECT count(*) AS n FROM batch').get() as { n: number };
      db.close();
      return n;
    };
    log.trim(log.end());
    expect([log.read(0, 10), rows()]).toEqual([[], 4_000]);
    for (let seq = 6_001; seq <= 6_020; seq += 1) log.append([entry(seq)]);
    expect(rows()).toBe(20);
    expect(log.read(0, 100)).toHaveLength(20);
    log.close();
  });

  test('a second connection reads what was committed, and notices that another file took its place', () => {
    const path = join(folder(), 'log.sqlite');
    const log = open(path);
    const reader = openSqliteLogReader(path, () => undefined);
    expect(reader.read(0, 10)).toEqual([]);
    log.append([entry(1)]);
    expect(reader.read(0, 10).map(({ seq }) => seq)).toEqual([1]);
    log.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    expect(() => reader.read(0, 10)).toThrow(Fault);
    const second = open(path);
    second.append([entry(1), entry(2)]);
    expect(reader.read(0, 10).map(({ seq }) => seq)).toEqual([1, 2]);
    reader.close();
    second.close();
  });

  test('a store that does not synchronise fully is refused', () => {
    const prepare = DatabaseSync.prototype.prepare;
    vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, sql: string) {
      return prepare.call(this, sql === 'PRAGMA synchronous' ? 'SELECT 1 AS synchronous' : sql);
    });
    expect(() => open(join(folder(), 'log.sqlite'))).toThrow(expect.objectContaining({ code: 'STORE_NOT_DURABLE' }));
  });
});

function writeWhole(path: string, data: Uint8Array): void {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  writeFileSync(path, data);
}
