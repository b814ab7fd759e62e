import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { simClock } from '@tocsin/simulators/time';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { houseOf } from '../pipeline/house.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import type { Eyes } from '../vision/eyes/eyes.ts';
import type { CameraConfig } from './camera/config.ts';
import { createCameras } from './cameras.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cameras-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const cameraOf = (id: string): CameraConfig => ({
  ...{ id, source: { kind: 'mqtt', topic: `field/${id}`, silenceMs: 10_000 } },
  ...{ fps: 10, model: 'nanodet-g-384x640-int8', flames: false, footOffset: 0, zones: [] },
  evidence: { atLeast: 'Minor', beforeMs: 0, afterMs: 0, pictures: 1, blurPeople: true },
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Two cameras whose eyes refuse their models so many times. */
function rig(refusals: number) {
  const clock = simClock(Date.UTC(2026, 4, 4));
  const events: PipelineEvent[] = [];
  const errors: string[] = [];
  let starts = 0;
  const isOpen = () => starts > refusals;
  const eyes = {
    async start() {
      starts += 1;
      if (!isOpen()) throw new Fault('MODEL_INVALID', 'The file is cut off.');
    },
    stop: async () => {},
    state: () => (isOpen() ? { ok: true } : { ok: false, why: 'The file is cut off.' }),
    models: () => [],
  } as unknown as Eyes;
  const cameras = createCameras({
    ...{
      site: houseOf({ cameras: [cameraOf('one'), cameraOf('two')], dataDir: folder }),
      directory: folder,
      eyes,
      clock,
    },
    logger: { info() {}, warn() {}, error: (_, text) => void errors.push(text) },
    random: () => 0,
    readSecret: () => '',
    feed: (more) => void events.push(...more),
    evidence: () => undefined,
  });
  return { cameras, clock, events, errors, starts: () => starts };
}

test('eyes that refuse their models are opened again each minute, told once, and until then every camera is blind', async () => {
  const { cameras, clock, events, errors, starts } = rig(2);
  await cameras.start();
  expect(cameras.problem()).toBe('Eyes: The file is cut off.');
  clock.advance(5_000);
  const blind = events.flatMap((event) => (event.kind === 'trouble' ? [`${event.device} ${event.name}`] : []));
  expect(blind).toEqual(expect.arrayContaining(['one vision-failed', 'two vision-failed']));
  for (let i = 0; i < 3; i += 1) {
    clock.advance(60_000);
    await settle();
  }
  expect([starts(), cameras.problem()]).toEqual([3, undefined]);
  expect(errors.filter((text) => text === 'The eyes cannot start.')).toHaveLength(1);
  await cameras.stop();
});

test('once stopped, nobody opens them any more', async () => {
  const { cameras, clock, starts } = rig(9);
  await cameras.start();
  await cameras.stop();
  clock.advance(600_000);
  await settle();
  expect(starts()).toBe(1);
});

test('a message is for a camera by its topic, and for no other', () => {
  const { cameras } = rig(0);
  expect(cameras.topics()).toEqual(['field/one', 'field/two']);
  expect([
    cameras.message('field/one', new Uint8Array(), false),
    cameras.message('field/x', new Uint8Array(), false),
  ]).toEqual([true, false]);
});
