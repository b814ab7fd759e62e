import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@tocsin/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Grid } from '../../vision/types.ts';
import {
  knownViewOf,
  type SupervisionState,
  stepSupervision,
  supervisionFor,
  unwatched,
  watchedBefore,
} from '../supervision/supervision.ts';
import { createMemory } from './memory.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const cells = 64 * 36;
const config = supervisionFor(10);
const gridOf = (level: (column: number, row: number) => number, sharpness: number, atMs: number): Grid => ({
  ...{ columns: 64, rows: 36, noise: 1 },
  y: Uint8Array.from({ length: cells }, (_, i) =>
    Math.round(level(i % 64, Math.floor(i / 64)) + ((i + atMs / 100) % 2)),
  ),
  cb: new Uint8Array(cells).fill(120),
  cr: new Uint8Array(cells).fill(130),
  sharpness: sharpness + (atMs % 7),
});
/** A street of hard edges, and a bag before the lens: soft folds, no detail, but no single tone either. */
const street = (atMs: number) => gridOf((x, y) => 60 + 70 * ((x >> 2) % 2) + 40 * ((y >> 2) % 2), 600, atMs);
const bag = (atMs: number) => gridOf((x, y) => 90 + 25 * Math.sin(x / 9) + 15 * Math.sin(y / 7), 20, atMs);

function watch(fromMs: number, toMs: number, grid: (atMs: number) => Grid, start: SupervisionState) {
  let watched = stepSupervision(start, { atMs: fromMs }, config);
  for (let atMs = fromMs; atMs < toMs; atMs += 100)
    watched = stepSupervision(watched.state, { atMs, grid: grid(atMs) }, config);
  return watched;
}
const names = ({ troubles }: ReturnType<typeof watch>) => troubles.map(({ name }) => name);

test('a covered lens stays covered over a restart, while without its memory it would be taken for a quiet street', async () => {
  const covered = watch(60_000, 70_000, bag, watch(0, 60_000, street, unwatched).state);
  expect([names(covered), covered.coverageFactor]).toEqual([['covered'], 0]);
  const memory = createMemory(join(folder, 'cam.json'), { calibration: 'a', logger: silentLogger });
  await memory.keep(knownViewOf(covered.state));

  const blank = watch(100_000, 120_000, bag, unwatched);
  expect([names(blank), blank.coverageFactor]).toEqual([[], 1]);

  const view = await memory.recall();
  const first = watch(100_000, 100_100, bag, watchedBefore(view!));
  expect([names(first), first.coverageFactor]).toEqual([['covered'], 0]);
  const later = watch(100_100, 160_000, bag, first.state);
  expect([names(later), later.coverageFactor]).toEqual([['covered'], 0]);
  const cleaned = watch(160_000, 175_000, street, later.state);
  expect([names(cleaned), cleaned.coverageFactor]).toEqual([[], 1]);
});

test('whoever calibrates anew says that what is seen now is right', async () => {
  const memory = createMemory(join(folder, 'cam.json'), { calibration: 'b', logger: silentLogger });
  expect(await memory.recall()).toBeUndefined();
});

test('a view is kept when a trouble begins or ends, and else every few minutes', async () => {
  const path = join(folder, 'noted.json');
  const memory = createMemory(path, { calibration: 'a', logger: silentLogger });
  const kept = () => {
    try {
      const text = readFileSync(path, 'utf8');
      rmSync(path);
      return text.length > 0;
    } catch {
      return false;
    }
  };
  const quiet = watch(0, 60_000, street, unwatched).state;
  const covered = watch(60_000, 70_000, bag, quiet).state;
  const told: boolean[] = [];
  for (const [state, atMs] of [
    [quiet, 1_000],
    [quiet, 2_000],
    [covered, 3_000],
    [covered, 4_000],
    [quiet, 5_000],
    [quiet, 304_000],
    [quiet, 306_000],
  ] as const) {
    await memory.note(knownViewOf(state), atMs);
    told.push(kept());
  }
  expect(told).toEqual([false, false, true, false, true, false, true]);
});

test.each([
  ['cut off', '{"v":1,"calibration":"a","view":{"mode":"col'],
  ['of another form', '{"v":1,"calibration":"a","view":{"mode":"colour","usuals":{},"suspicions":{}}}'],
  ['empty', ''],
])('a file that is %s is as good as none', async (_, text) => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, text);
  expect(await createMemory(path, { calibration: 'a', logger: silentLogger }).recall()).toBeUndefined();
});

test('a disk that takes nothing is told once', async () => {
  const told: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, text: string) => void told.push(text) };
  const memory = createMemory(join(folder, 'nowhere', 'cam.json'), { calibration: 'a', logger });
  await memory.keep(knownViewOf(unwatched));
  await memory.keep(knownViewOf(unwatched));
  expect(told).toEqual(['What a camera knows of its view could not be kept.']);
});
