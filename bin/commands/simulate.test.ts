import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createBroker, hashSecret } from '@tocsin/broker';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { createRelayDevice, tasmotaFirmware } from '@tocsin/simulators';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { simulateSign, simulateSiren } from '../simulate/by-http.ts';
import { simulateController } from '../simulate/controller.ts';
import { simulatePanel } from '../simulate/panel.ts';
import { relayNames, simulateRelay } from '../simulate/relay.ts';
import { doLine, type Simulated } from '../simulate/words.ts';

const bin = fileURLToPath(new URL('../tocsin.js', import.meta.url));
let child: ChildProcess | undefined;
let device: Simulated | undefined;
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await device?.stop();
  device = undefined;
  child = undefined;
});

/** A broker of the field side with one account, and the topics it heard. */
function brokerAt(port: number) {
  const heard: string[] = [];
  const account = {
    ...{ username: 'pump', clientId: 'pump', secretSha256: hashSecret('its secret') },
    ...{ publish: ['#'], subscribe: ['#'], retain: ['#'] },
  };
  const broker = createBroker({
    listen: { host: '127.0.0.1', port },
    accounts: { find: (username) => (username === 'pump' ? account : undefined) },
    clock: systemClock,
    logger: silentLogger,
    onPublish: ({ topic }) => heard.push(topic),
  });
  return { broker, heard };
}

const eventually = (seen: () => unknown) => expect.poll(seen, { timeout: 10_000, interval: 20 });

test('a siren is served, tells what it does, is spoilt by a typed line, and ends in order', async () => {
  child = spawn(process.execPath, [bin, 'simulate', 'siren'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const told: Record<string, unknown>[] = [];
  let said = '';
  createInterface({ input: child.stdout! }).on('line', (line) => told.push(JSON.parse(line)));
  child.stderr!.on('data', (bytes) => {
    said += String(bytes);
  });
  await eventually(() => told.at(-1)?.sounds).toBe(false);
  const url = /siren: (http:\S+)/.exec(said)![1]!;
  const order = () => fetch(url, { method: 'POST', body: '{"on":true,"seconds":30}' });
  expect((await order()).status).toBe(200);
  await eventually(() => told.at(-1)?.sounds).toBe(true);
  child.stdin!.write('fault lies\nfault tired\nsing\n');
  await eventually(() => told.at(-1)?.sounds).toBe(false);
  expect(await (await fetch(url)).json()).toMatchObject({ output: 'on' });
  await eventually(() => said).toContain('"tired" is not known here.');
  expect(said).toContain('Type: fault none|broken|lies|timerless');
  child.stdin!.end();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('what is typed', () => {
  test('moves, jams and spoils a panel', async () => {
    device = await simulatePanel({ port: 0, ways: '2' });
    expect(device.look()).toEqual({ places: ['closed', 'closed'], writes: 0 });
    expect(doLine(device, 'hand 1 open')).toBeUndefined();
    await eventually(() => device!.look()).toMatchObject({ places: ['closed', 'open'] });
    for (const line of [
      'feedback 0 lag 500',
      'feedback 0 none',
      'fault slow 2000',
      'fault exception 6',
      'fault none',
      'cut',
    ])
      expect(doLine(device, line), line).toBeUndefined();
    for (const line of ['hand 2 open', 'hand 0 up', 'feedback 0 lag', 'fault slow -1', 'fault', 'jam'])
      expect(doLine(device, line), line).toMatch(/Type: /);
  });

  test('presses buttons and pre-empts a controller, in both dialects', async () => {
    for (const dialect of ['ntcip-1202', 'ug405'] as const) {
      device = await simulateController({ port: 0, dialect });
      expect(device.look()).toMatchObject({ interval: 'red', hold: 0, call: 0, shouts: 0 });
      for (const line of ['press 2', 'preempt on', 'preempt off', 'backup 0', 'fault late 300', 'fault none', 'reboot'])
        expect(doLine(device, line), line).toBeUndefined();
      expect(doLine(device, 'fault late')).toContain('Type: fault none|silent|mute|elsewhere|late MS');
      await device.stop();
    }
    device = undefined;
  });

  test('spoils a sign', async () => {
    device = await simulateSign({ port: 0 });
    expect(doLine(device, 'fault stuck')).toBeUndefined();
    const show = await fetch(device.where, { method: 'POST', body: '{"text":7,"pages":[["CLOSED"]]}' });
    expect(show.status).toBe(200);
    expect(device.look()).toEqual({ text: 0, pages: [] });
  });

  test.each(relayNames)('turns a %s by hand, and its broker hears of it', async (firmware) => {
    const { broker, heard } = brokerAt(0);
    const { port } = await broker.start();
    const login = { name: 'pump', username: 'pump', password: 'its secret' };
    device = await simulateRelay({ firmware, mqttUrl: `mqtt://127.0.0.1:${port}`, ...login });
    expect(device.look()).toEqual({ contact: 'off' });
    await eventually(() => heard.length).toBeGreaterThan(0);
    const before = heard.length;
    expect(doLine(device, 'hand on')).toBeUndefined();
    await eventually(() => device!.look()).toEqual({ contact: 'on' });
    await eventually(() => heard.length).toBeGreaterThan(before);
    expect(doLine(device, 'fault tired')).toContain('Type: fault none|sticks');
    await device.stop();
    device = undefined;
    await broker.stop();
  });

  test('an unknown word is answered with all that can be typed', async () => {
    device = await simulateSiren({ port: 0 });
    for (const line of ['', 'constructor', 'help']) expect(doLine(device, line)).toContain('reboot MS');
  });
});

test.each([
  [['simulate'], 'No device given.'],
  [['simulate', 'bomb'], '"bomb" is not known here.'],
  [['simulate', 'panel', '--ways', '0'], 'at least one way'],
  [['simulate', 'tasmota'], 'A relay needs a broker.'],
  [['simulate', 'tasmota', '--mqtt', 'mqtt://127.0.0.1:1'], 'does not let siren in'],
])('tocsin %j says what is wrong and how to mend it', async (words, text) => {
  child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr!.on('data', (bytes) => {
    said += String(bytes);
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toContain(text);
});

test('a port that is taken, and one that is none, are named without a stack', async () => {
  const first = await simulatePanel({ port: 0 });
  device = first;
  const port = /:(\d+),/.exec(first.where)![1]!;
  for (const [name, wanted, text, code] of [
    ['panel', port, 'EADDRINUSE', 1],
    ['siren', port, 'EADDRINUSE', 1],
    ['panel', '99999', 'is not a whole number', 2],
  ] as const) {
    child = spawn(process.execPath, [bin, 'simulate', name, '--port', wanted], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr!.on('data', (bytes) => {
      said += String(bytes);
    });
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(said).toContain(text);
    expect(said.trim().split('\n')).toHaveLength(1);
  }
});

test('a relay whose broker comes later joins it then', async () => {
  const early = brokerAt(0);
  const { port } = await early.broker.start();
  await early.broker.stop();
  const relay = createRelayDevice({
    connect(options) {
      const login = { username: 'pump', clientId: 'pump', password: 'its secret', reconnectPeriod: 50 };
      const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...options, ...login });
      client.on('error', () => {});
      return client;
    },
    clock: systemClock,
    firmware: tasmotaFirmware({ topic: 'pump' }),
  });
  const joined = relay.start();
  await new Promise((done) => setTimeout(done, 300));
  const late = brokerAt(port);
  await late.broker.start();
  await joined;
  await eventually(() => late.heard).toContain('tele/pump/LWT');
  await relay.stop();
  await late.broker.stop();
});
