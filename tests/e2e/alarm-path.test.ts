import { join } from 'node:path';
import type { AlertDetail, AlertView } from '@tocsin/contracts';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleClient, openConsole, person } from './console-client.ts';
import { fixtureSite } from './fixture-site.ts';
import { eventually, type Program, runProgram } from './processes.ts';
import { countingSensor } from './sensor.ts';

/** The whole alarm path through real processes: sensor, gateway, relay, cloud, dispatcher; and what survives when one of them dies. */
let site: Awaited<ReturnType<typeof fixtureSite>>;
let cloud: Program;
let edge: Program;
let client: ConsoleClient;
let sensor: ReturnType<typeof countingSensor>;
let relay: mqtt.MqttClient;
const orders: string[] = [];
let answers = true;

beforeAll(async () => {
  site = await fixtureSite();
  cloud = await site.startCloud();
  edge = await site.startEdge();
  client = await openConsole(site.ports.http, cloud.announced.setupCode as string);
  sensor = countingSensor({ port: site.ports.field, secret: site.secrets.TEST_FIELD });
  relay = mqtt.connect({
    host: '127.0.0.1',
    port: site.ports.field,
    clientId: 'relay',
    username: 'relay',
    password: site.secrets.TEST_FIELD,
    reconnectPeriod: 100,
  });
  relay.on('error', () => {});
  relay.on('connect', () => relay.subscribe('field/relay/set', { qos: 1 }));
  relay.on('message', (_topic, payload) => {
    orders.push(payload.toString());
    if (answers) relay.publish('field/relay/state', payload, { qos: 1, retain: false });
  });
  await eventually('the relay listens', () => relay.connected || undefined);
  relay.publish('field/relay/state', 'OFF', { qos: 1 });
  await eventually('the sensor is connected', () => sensor.client.connected || undefined);
  await eventually('the gateway is known', async () =>
    (await client.get<{ sites: { status?: { online: boolean } }[] }>('/api/sites')).sites[0]?.status?.online
      ? true
      : undefined,
  );
}, 60_000);

afterAll(async () => {
  await sensor?.end();
  await relay?.endAsync(true);
  await edge?.kill('SIGTERM');
  await cloud?.kill('SIGTERM');
  site?.[Symbol.dispose]();
});

const alerts = async () => (await client.get<{ alerts: AlertView[] }>('/api/alerts')).alerts;
const hot = async () => (await alerts()).find(({ rule }) => rule === 'hot');

test('a hot reading switches the relay, is confirmed by read-back, and stands before the dispatcher with its evidence', async () => {
  for (let i = 0; i < 5; i += 1) sensor.read(20 + i);
  sensor.read(60);
  await eventually('the relay is ordered', () => orders.includes('ON') || undefined, 3_000);
  const alert = await eventually('the alert is shown and its act confirmed', async () => {
    const found = await hot();
    return found?.ladder.confirmedAtMs === undefined ? undefined : found;
  });
  expect(alert).toMatchObject({
    severity: 'Severe',
    class: 'alarm',
    condition: 'active',
    operator: 'unacknowledged',
    latch: 'latched',
  });
  const { takenAtMs, decidedAtMs, actedAtMs, confirmedAtMs, receivedAtMs } = alert.ladder;
  // The device's own clock says when it was taken; it may run a little ahead of the gateway's.
  expect(Math.abs(takenAtMs! - decidedAtMs!)).toBeLessThan(1_000);
  const steps = [decidedAtMs, actedAtMs, confirmedAtMs].map(Number);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(receivedAtMs).toBeGreaterThanOrEqual(decidedAtMs!);
  expect(alert.actuators[0]).toMatchObject({ actuator: 'fan', state: 'verified', commanded: 'on', confirmed: 'on' });
  const detail = await client.get<AlertDetail>(`/api/alerts/${alert.key}`);
  expect(detail.evidence[0]?.points.at(-1)?.[1]).toBe(60);
  expect(detail.evidence[0]?.limits[0]?.value).toBe(50);
});

test('an acknowledgement bears a name, the second one is told who was first, and both survive a kill of the cloud', async () => {
  const { key } = (await hot())!;
  const first = await client.post<AlertView>(`/api/alerts/${key}/acknowledge`, { note: 'on my way' });
  expect(first.status).toBe(200);
  const second = await client.post<{ code: string; message: string }>(`/api/alerts/${key}/acknowledge`, {});
  expect(second).toMatchObject({ status: 409, body: { code: 'ALERT_ALREADY_ACKNOWLEDGED' } });
  expect(second.body.message).toContain(person.name);
  await cloud.kill('SIGKILL');
  cloud = await site.startCloud();
  const after = await eventually('the cloud answers again', hot);
  expect(after).toMatchObject({
    operator: 'acknowledged',
    acknowledgedBy: person.name,
    condition: 'active',
    latch: 'latched',
  });
});

test('a kill of the gateway neither resolves the alarm nor repeats the act', async () => {
  const before = orders.filter((order) => order === 'ON').length;
  await edge.kill('SIGKILL');
  edge = await site.startEdge();
  await eventually('the sensor is back', () => sensor.client.connected || undefined);
  expect(await hot()).toMatchObject({ condition: 'active', latch: 'latched', occurrence: 1 });
  sensor.read(60);
  await eventually('the hold goes on', async () =>
    (await hot())?.actuators[0]?.state === 'verified' ? true : undefined,
  );
  expect(orders.filter((order) => order === 'OFF')).toEqual([]);
  expect(orders.filter((order) => order === 'ON').length - before).toBeLessThan(6);
});

test('when the cause is gone the relay is released, the latch stays, and a person resets it with a reason', async () => {
  const cool = setInterval(() => sensor.read(20), 100);
  try {
    await eventually('the relay is released', () => orders.includes('OFF') || undefined);
    const latched = await eventually('the condition is normal', async () => {
      const found = await hot();
      return found?.condition === 'normal' ? found : undefined;
    });
    expect(latched.latch).toBe('latched');
    const reset = await client.post(`/api/alerts/${latched.key}/reset`, { note: 'boiler repaired' });
    expect(reset.status).toBe(200);
    await eventually('the latch is released by the gateway', async () =>
      (await hot())?.latch === 'none' ? true : undefined,
    );
  } finally {
    clearInterval(cool);
  }
});

test('a relay that does not answer is unverified and a trouble, never done', async () => {
  answers = false;
  sensor.read(70);
  const trouble = await eventually(
    'the trouble is raised',
    async () => (await alerts()).find(({ key }) => key === 'plant/unverified/fan'),
    10_000,
  );
  expect(trouble).toMatchObject({ class: 'trouble', condition: 'active' });
  const truth = (await client.get<{ actuators: { actuator: string; state: string }[] }>('/api/actuators')).actuators;
  expect(truth.find(({ actuator }) => actuator === 'fan')?.state).not.toBe('verified');
  answers = true;
});

test('bad input is refused, counted and costs its neighbours nothing', async () => {
  const bad = [
    '{"t":1e999,"n":1,"v":1}',
    '{"v":"12"}',
    '{',
    '['.repeat(20_000),
    '{"v":NaN}',
    '{"n":null}',
    'x'.repeat(100_000),
  ];
  for (const payload of bad) sensor.client.publish('field/sensor/state', payload, { qos: 1 });
  const { n } = sensor.read(21);
  await eventually('the good reading after the bad ones is stored', async () => {
    const { readings } = await client.get<{ readings: { channel: string; value: number }[] }>(
      '/api/series/latest?site=plant',
    );
    return readings.some(({ channel, value }) => channel === 'count' && value >= n) || undefined;
  });
  const refused = await eventually('the refusals are counted', async () => {
    const { sites } = await client.get<{ sites: { status?: { refused: number } }[] }>('/api/sites');
    return (sites[0]?.status?.refused ?? 0) >= bad.length - 1 ? sites[0]!.status!.refused : undefined;
  });
  expect(refused).toBeGreaterThanOrEqual(bad.length - 1);
});

test('the ledger of cloud and gateway is whole, and a changed entry is named', async () => {
  await edge.kill('SIGTERM');
  await cloud.kill('SIGTERM');
  for (const file of ['cloud/state.sqlite', 'edge/journal.sqlite']) {
    const { code, out } = await runProgram(['ledger', 'verify', join(site.folder.path, file)]);
    expect(code, out).toBe(0);
    expect(out).toMatch(/whole\. \d+ entries/);
  }
  const { DatabaseSync } = await import('node:sqlite');
  const file = join(site.folder.path, 'cloud/state.sqlite');
  const db = new DatabaseSync(file);
  db.exec("DROP TRIGGER ledger_no_update; UPDATE ledger SET body = replace(body, 'e', 'f') WHERE number = 3;");
  db.close();
  const broken = await runProgram(['ledger', 'verify', file]);
  expect(broken.code).toBe(1);
  expect(broken.err).toContain('broken at entry 3');
});
