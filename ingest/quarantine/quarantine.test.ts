import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@tocsin/contracts';
import { afterEach, expect, test } from 'vitest';
import { openQuarantine, type QuarantineLimits } from './quarantine.ts';

const folders: string[] = [];
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

function open(limits: Partial<QuarantineLimits> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-quarantine-'));
  folders.push(dir);
  return openQuarantine({ path: join(dir, 'q.sqlite'), clock: { nowMs: () => 1 }, logger: silentLogger, limits });
}
const refused = (n: number, site = 'quarry', bytes = 10) =>
  ({
    site,
    reason: 'CONTRACT_BROKEN',
    why: `${n}`,
    payload: new Uint8Array(bytes).fill(n),
    atMs: n,
    count: 1,
  }) as const;

test('the newest few examples of each site and reason are kept', () => {
  const quarantine = open({ samplesPerReason: 4 });
  for (let n = 0; n < 30; n += 1) {
    quarantine.add(refused(n));
    quarantine.flush();
  }
  quarantine.add({ ...refused(99), reason: 'UNIT_WRONG' });
  quarantine.flush();
  expect(quarantine.list().map(({ why }) => why)).toEqual(['99', '29', '28', '27', '26']);
  expect(quarantine.list({ site: 'tunnel' })).toEqual([]);
  quarantine.close();
});

test('a flood costs a few rows between two flushes, and the head of each payload only', () => {
  const quarantine = open();
  const large = refused(1, 'quarry', 1_000_000);
  for (let n = 0; n < 10_000; n += 1) quarantine.add({ ...large, atMs: n });
  quarantine.flush();
  const kept = quarantine.list();
  expect(kept).toHaveLength(3);
  expect(kept.every(({ payload }) => payload.length === 4_096)).toBe(true);
  quarantine.close();
});

test('the oldest make room when the whole is too large in rows or bytes', () => {
  const byRows = open({ rowsMax: 50 });
  const byBytes = open({ bytesMax: 100_000 });
  for (let n = 0; n < 300; n += 1) {
    for (const quarantine of [byRows, byBytes]) {
      quarantine.add(refused(n, `site-${n}`, 4_000));
      quarantine.flush();
    }
  }
  expect(byRows.list({ limit: 1_000 }).length).toBeLessThanOrEqual(50);
  expect(byBytes.list({ limit: 1_000 }).length).toBeLessThanOrEqual(25);
  expect(byBytes.list()[0]!.site).toBe('site-299');
  for (const quarantine of [byRows, byBytes]) quarantine.close();
});

test('a quarantine that cannot write goes on without its examples', () => {
  const quarantine = open();
  quarantine.add(refused(1));
  quarantine.close();
  expect(() => quarantine.flush()).not.toThrow();
});
