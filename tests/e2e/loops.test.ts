import { type AlertView, systemClock } from '@tocsin/contracts';
import { createRelayDevice, servePanel, tasmotaFirmware } from '@tocsin/simulators';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConsoleClient, openConsole } from './console-client.ts';
import { eventually, type Program } from './processes.ts';
import { townSite } from './town-site.ts';

/**
 * The loops of a slope and of a building from sensor to equipment and back, through real processes and the equipment's own protocols
 * (Tasmota and plain MQTT, Modbus). The crossing's loop stands in eyes.test.ts.
 */
let endings: (() => unknown)[] = [];
beforeEach(() => {
  endings = [];
});
afterEach(async () => {
  for (const end of endings.reverse()) await end();
}, 30_000);

type TownSite = Awaited<ReturnType<typeof townSite>>;

async function run(site: TownSite) {
  endings.push(() => site.folder[Symbol.dispose]());
  const programs: Program[] = [await site.startCloud(), await site.startEdge()];
  for (const program of programs) endings.push(() => program.kill('SIGTERM'));
  const console = await openConsole(site.ports.http, programs[0]!.announced.setupCode as string);
  const alertOf = async (rule: string) =>
    (await console.get<{ alerts: AlertView[] }>('/api/alerts')).alerts.find((alert) => alert.rule === rule);
  return { console, alertOf };
}

/** A device that says something once a second. */
function speaker(site: TownSite, name: string, say: () => object): MqttClient {
  const client = site.client(name);
  const timer = setInterval(() => client.publish(`field/${name}/state`, JSON.stringify(say()), { qos: 1 }), 1_000);
  endings.push(() => {
    clearInterval(timer);
    return client.endAsync(true);
  });
  return client;
}

/** A relay that does as it is told and says so; answers what it heard. */
async function obedient(client: MqttClient, base: string): Promise<string[]> {
  const heard: string[] = [];
  client.on('message', (_topic, payload) => {
    heard.push(String(payload));
    client.publish(`${base}/state`, payload, { qos: 1 });
  });
  await client.subscribeAsync(`${base}/set`, { qos: 1 });
  client.publish(`${base}/state`, 'OFF', { qos: 1 });
  return heard;
}

const stateOf = (alert: AlertView | undefined, actuator: string) =>
  alert?.actuators.find((each) => each.actuator === actuator)?.state;

async function confirm(console: ConsoleClient, alert: AlertView): Promise<void> {
  expect((await console.post(`/api/alerts/${alert.key}/acknowledge`, {})).status).toBe(200);
  expect((await console.post(`/api/alerts/${alert.key}/reset`, { note: 'walked the slope, it is quiet' })).status).toBe(
    200,
  );
}

describe('slope', () => {
  test('two gauges at once sound the siren and close the road, and only a person opens it again', {
    timeout: 120_000,
  }, async () => {
    const site = await townSite('hillside', (text) =>
      text.replaceAll('windowMs: 15000', 'windowMs: 5000').replaceAll('clearHoldMs: 15000', 'clearHoldMs: 2000'),
    );
    const { console, alertOf } = await run(site);
    let mm = 100;
    let perS = 0;
    speaker(site, 'ext-1', () => {
      mm += perS;
      return { time: new Date().toISOString(), mm };
    });
    speaker(site, 'ext-2', () => [{ bn: 'ext-2/', bt: Date.now() / 1000, n: 'displacement', u: 'mm', v: mm }]);
    const barrier = site.client('barrier');
    endings.push(() => barrier.endAsync(true));
    const roadOrders = await obedient(barrier, 'field/barrier');
    const siren = createRelayDevice({
      connect: (options) => site.client('siren', { ...options, protocolVersion: 4 }),
      clock: systemClock,
      firmware: tasmotaFirmware({ topic: 'siren' }),
    });
    await siren.start();
    endings.push(() => siren.stop());
    await new Promise((done) => setTimeout(done, 7_000));
    expect(roadOrders).not.toContain('ON');
    expect(siren.contact()).toBe(false);

    perS = 1;
    await eventually(
      'the siren sounds and the road is closed',
      () => siren.contact() && roadOrders.includes('ON'),
      30_000,
    );
    await eventually('both are verified', async () => {
      const alert = await alertOf('slope-failing');
      return stateOf(alert, 'siren') === 'verified' && stateOf(alert, 'barrier') === 'verified';
    });
    perS = 0;
    const quiet = await eventually(
      'the slope is quiet again',
      async () => {
        const alert = await alertOf('slope-failing');
        return alert?.condition === 'normal' ? alert : undefined;
      },
      40_000,
    );
    expect(quiet.latch).toBe('latched');
    // Longer than the siren's lease: what still sounds is renewed and not forgotten.
    await new Promise((done) => setTimeout(done, 10_000));
    expect(siren.contact(), 'the siren goes on until a person resets').toBe(true);
    expect(roadOrders.at(-1), 'the road stays closed until a person resets').toBe('ON');
    await confirm(console, quiet);
    await eventually('the road is open and the siren silent', () => roadOrders.at(-1) === 'OFF' && !siren.contact());
  });
});

describe('building', () => {
  test('two detectors count down and open the breaker, read back at its contacts, once the lift is down; lifts and smoke control keep their supply', {
    timeout: 120_000,
  }, async () => {
    const panel = await servePanel({ ways: [{ kind: 'shunt' }, { kind: 'shunt' }, { kind: 'shunt' }] });
    endings.push(() => panel.stop());
    const site = await townSite('mill-house', (text) => text.replace('port: 18842', `port: ${panel.port}`));
    const { alertOf } = await run(site);
    const smoke = { kitchen: 0, corridor: 0 };
    for (const name of ['kitchen', 'corridor'] as const)
      speaker(site, name, () => ({ temperature: 21, smoke: smoke[name], co: 2 }));
    let recalled: string[] = [];
    let floor = 4;
    const lift = speaker(site, 'lift', () => {
      floor = recalled.at(-1) === 'ON' ? Math.max(0, floor - 1) : floor;
      return { floor };
    });
    recalled = await obedient(lift, 'field/lift-recall');

    smoke.kitchen = 10;
    await eventually('the lift is recalled', () => recalled.includes('ON'), 30_000);
    await new Promise((done) => setTimeout(done, 7_000));
    expect(floor).toBe(0);
    expect(panel.place(0), 'one detector cuts no power').toBe('closed');

    smoke.corridor = 10;
    const fire = await eventually('the fire is confirmed', () => alertOf('fire-confirmed'), 20_000);
    expect(fire.severity).toBe('Extreme');
    await eventually('the breaker is open', () => panel.place(0) === 'open', 20_000);
    const shown = await eventually('the contacts prove it', async () => {
      const alert = await alertOf('fire-confirmed');
      return stateOf(alert, 'breaker') === 'verified' ? alert : undefined;
    });
    const { decidedAtMs, actedAtMs } = shown.ladder;
    expect(actedAtMs! - decidedAtMs!, 'the countdown was kept').toBeGreaterThanOrEqual(5_000);
    expect(panel.moves().map(({ way, to }) => `${way} ${to}`)).toEqual(['0 open']);
    expect([1, 2].map((way) => panel.place(way))).toEqual(['closed', 'closed']);
    expect(panel.writes().every(({ address }) => address < 10)).toBe(true);

    smoke.kitchen = 0;
    smoke.corridor = 0;
    await eventually('the smoke is gone', async () => (await alertOf('smoke-kitchen'))?.condition === 'normal', 30_000);
    expect(panel.place(0), 'power comes back by a person only').toBe('open');
  });
});
