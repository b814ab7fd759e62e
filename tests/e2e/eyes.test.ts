import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertDetail, AlertView, CameraState } from '@tocsin/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleClient, openConsole } from './console-client.ts';
import { drawnCrossing, pictures, street } from './drawn-crossing.ts';
import { eventually, type Program, runProgram } from './processes.ts';

/**
 * A camera of a real gateway, from pictures on MQTT to the signal controller (SNMP) and to the dispatcher: somebody slow is given time, the alert carries its
 * pictures, a covered lens is news, and eyes that are killed come back. The pictures are drawn; everything behind them is what ships.
 */
let site: Awaited<ReturnType<typeof drawnCrossing>>;
let cloud: Program;
let edge: Program;
let client: ConsoleClient;
let show: Awaited<ReturnType<typeof street>>;

/** The controller serves a call after its green, yellow and red clearance: the walk begins some twelve seconds after its start. */
const callAtMs = 500;
const walker = { kind: 'slow', startMs: 13_000, speedMps: 0.6, direction: 1, y: 1.2, waitMs: 4_500 } as const;
/** From 1 m behind one kerb to the other. */
const kerbAtMs = walker.startMs + 11_000 / walker.speedMps;

beforeAll(async () => {
  site = await drawnCrossing();
  const drawn = pictures([walker], kerbAtMs + 3_000);
  cloud = await site.startCloud();
  edge = await site.startEdge();
  client = await openConsole(site.ports.http, cloud.announced.setupCode as string);
  show = await street(site, await drawn, callAtMs);
}, 120_000);

afterAll(async () => {
  await show?.stop();
  await edge?.kill('SIGTERM');
  await cloud?.kill('SIGTERM');
  site?.folder[Symbol.dispose]();
});

const alerts = async () => (await client.get<{ alerts: AlertView[] }>('/api/alerts')).alerts;
const alertOf = async (rule: string) => (await alerts()).find((alert) => alert.rule === rule);
const cameras = async () => (await client.get<{ cameras: CameraState[] }>('/api/sites/station-street/cameras')).cameras;

/** Processes of the eyes below the gateway. */
function eyesOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
        return parent === pid ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

test('somebody slow holds the clearance until they have crossed, and not much longer', {
  timeout: 90_000,
}, async () => {
  const clearance = () => show.phases.find(({ phase }) => phase === 2);
  await eventually('the clearance began', () => clearance(), 30_000);
  const plannedEndMs = show.plannedEndMs();
  await eventually(
    'the clearance is over',
    () => show.phases.find(({ tMs, phase }) => phase === 0 && tMs > clearance()!.tMs),
    40_000,
  );
  const overAtMs = show.phases.at(-1)!.tMs;
  expect(show.holds[0], 'the controller was asked to hold before the clearance would have ended').toMatchObject({
    on: true,
  });
  expect(show.holds[0]!.tMs).toBeLessThan(plannedEndMs);
  expect(show.onRoad(overAtMs), 'nobody is on the road any more').toBe(0);
  expect(overAtMs).toBeGreaterThan(plannedEndMs + 1_000);
  // The claim is one second; the other is for a busy machine.
  expect(overAtMs - kerbAtMs).toBeLessThan(2_000);
  expect(show.holds.at(-1), 'the hold was given back').toMatchObject({ on: false });
  expect(show.shouts(), 'the conflict monitor has nothing to say').toEqual([]);
});

test('the page is told what the camera sees, and the alert carries its pictures, whole and recorded', {
  timeout: 60_000,
}, async () => {
  const [camera] = await cameras();
  // A machine that is too slow to look often enough says so, and is right.
  expect(camera).toMatchObject({
    camera: 'cam-1',
    view: { picture: { width: 640, height: 360 }, coverage: expect.any(Number) },
  });
  expect(camera!.view!.zones.map(({ zone }) => zone)).toEqual(['near-kerb', 'road', 'far-kerb']);
  const path = '/api/alerts/station-street/crossing-time/cam-1';
  const detail = await eventually(
    'all pictures are here',
    async () => {
      const told = await client.get<AlertDetail>(path);
      const pictures = told.pictures ?? [];
      return pictures.length >= 5 && pictures.every(({ state }) => state === 'here') ? told : undefined;
    },
    30_000,
  );
  const roles = new Set(detail.pictures!.map(({ role }) => role));
  expect([...roles].sort()).toEqual(['after', 'at', 'before']);
  expect(detail.pictures!.every(({ blurred }) => blurred)).toBe(true);
  const [first] = detail.pictures!;
  const response = await fetch(`http://127.0.0.1:${site.ports.http}${path}/pictures/${first!.sha256}`, {
    headers: { cookie: client.cookie() },
  });
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([bytes[0], bytes[1]]).toEqual([0xff, 0xd8]);
  const stranger = await fetch(`http://127.0.0.1:${site.ports.http}${path}/pictures/${first!.sha256}`);
  expect(stranger.status).toBe(401);
  for (const ledger of ['edge/journal.sqlite', 'cloud/state.sqlite']) {
    const file = join(site.folder.path, ledger);
    const { code, err } = await runProgram(['ledger', 'verify', file]);
    expect(code, err).toBe(0);
    const { out } = await runProgram(['ledger', 'show', file, '--limit', '1000']);
    expect(out, `${ledger} names the picture`).toContain(first!.sha256);
  }
});

test('eyes that are killed come back by themselves', { timeout: 60_000 }, async () => {
  const [pid] = eyesOf(edge.pid);
  expect(pid).toBeDefined();
  const killedAtMs = Date.now();
  process.kill(pid!, 'SIGKILL');
  await eventually('there are other eyes', () => eyesOf(edge.pid).some((other) => other !== pid) || undefined, 20_000);
  await eventually(
    'the camera is live again',
    async () => {
      const [camera] = await cameras();
      const { atMs = 0, coverage } = camera?.view ?? {};
      return atMs > killedAtMs + 1_000 && coverage === 100 ? true : undefined;
    },
    30_000,
  );
});

test('a covered lens is a trouble within ten seconds, and nobody is counted meanwhile', {
  timeout: 60_000,
}, async () => {
  const coveredAtMs = Date.now();
  show.cover();
  const alert = await eventually('the trouble is told', () => alertOf('camera-covered'), 30_000);
  expect(alert).toMatchObject({ class: 'trouble', subject: 'cam-1', condition: 'active' });
  expect(alert.raisedAtMs - coveredAtMs).toBeLessThanOrEqual(10_000);
  const latest = await eventually('coverage is none', async () => {
    const { readings } = await client.get<{ readings: { channel: string; value: number; takenAtMs: number }[] }>(
      '/api/series/latest?site=station-street&device=cam-1',
    );
    const coverage = readings.find(({ channel }) => channel === 'coverage');
    return coverage?.value === 0 ? readings : undefined;
  });
  const people = latest.find(({ channel }) => channel === 'people')!;
  const coverage = latest.find(({ channel }) => channel === 'coverage')!;
  expect(people.takenAtMs, 'the last count is of before').toBeLessThan(coverage.takenAtMs);
});
