import type { DatabaseSync } from 'node:sqlite';
import { silentLogger } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { handClock, memoryLog, transition } from './desk/pretend.ts';
import { type Database, openDatabase } from './desk/shell/database.ts';
import { createRulesService } from './service.ts';

/** A service on a disk that can be made to refuse every commit, as a full or dying one does, while reads still work. */
async function onFailingDisk() {
  const database = openDatabase(':memory:') as DatabaseSync;
  const disk = { refuses: false };
  const connection: Database = {
    prepare: (sql) => database.prepare(sql),
    exec(sql) {
      if (disk.refuses && sql === 'COMMIT')
        throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
      database.exec(sql);
    },
    close() {
      // Closing rolls back what was begun.
      if (database.isTransaction) database.exec('ROLLBACK');
    },
  };
  const clock = handClock();
  const log = memoryLog();
  const service = createRulesService({
    dbPath: ':memory:',
    openDatabase: () => connection,
    log,
    rulesConfig: [],
    publish() {},
    clock,
    logger: silentLogger,
  });
  await service.start();
  const take = async (seq: number) => {
    const events = [{ kind: 'alert' as const, transition: transition({ kind: 'raise', subject: `s${seq}` }) }];
    service.committed(log.append({ seq, events }, clock.nowMs()));
    await Promise.resolve();
  };
  const pass = async (byMs: number) => {
    clock.advance(byMs);
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { disk, clock, service, take, pass };
}

test('a desk whose disk refuses says so from the first refusal until a commit has succeeded, and then shows everything', async () => {
  const { disk, clock, service, take, pass } = await onFailingDisk();
  await take(1);
  expect(service.health()).toEqual({ status: 'ok' });
  disk.refuses = true;
  const brokeAtMs = clock.nowMs();
  await take(2);
  expect(service.health()).toEqual({ status: 'degraded', sinceMs: brokeAtMs, why: 'disk I/O error' });
  for (let second = 0; second < 90; second += 1) {
    await pass(1_000);
    expect(service.health(), `after ${second} s`).toMatchObject({ status: 'degraded', sinceMs: brokeAtMs });
  }
  disk.refuses = false;
  await pass(30_000);
  await pass(1_000);
  expect(service.health()).toEqual({ status: 'ok' });
  expect(service.desk.alerts()).toHaveLength(2);
});

test('a quiet desk is well again after a failure although nothing new comes', async () => {
  const { disk, service, take, pass } = await onFailingDisk();
  await take(1);
  disk.refuses = true;
  service.noted({ site: 'hill', code: 'SITE_MISMATCH', text: 'x' });
  await pass(100);
  expect(service.health().status).toBe('degraded');
  disk.refuses = false;
  await pass(31_000);
  expect(service.health()).toEqual({ status: 'ok' });
});
