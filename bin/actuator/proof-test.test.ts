import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { checkSite, type Site } from '@tocsin/edge-agent/site';
import { orderRelay, type RelayFault, relayAtRest, stepRelay } from '@tocsin/simulators';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { openGateway } from './gateway.ts';
import { type ProofTest, walkProofTest } from './proof-test.ts';

const yaml = (more: string, mode = 'live') => `site: mill
name: Mill
mode: ${mode}
broker:
  listen: { host: 127.0.0.1, port: 0 }
  users:
    - { username: siren, password: { env: SIREN }, publish: [siren/state], subscribe: [siren/set, siren/get] }
devices: []
actuators:
  - id: siren
    driver: mqtt-relay
    commandTopic: siren/set
    stateTopic: siren/state
    askTopic: siren/get
    rest: off
    onSilence: off by its own timer
    readBackWithinMs: 300
    leaseMs: 5000
    proofTest: { everyDays: 180 }
    actions: { on: { send: 'ON', state: 'ON' }, off: { send: 'OFF', state: 'OFF' } }
${more.replaceAll(/^/gm, '    ')}
`;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of undo.splice(0).reverse()) await end();
});

/** A simulated relay on a real line to the gateway's own broker. */
async function connectRelay(port: number, fault: RelayFault): Promise<{ moves: string[] }> {
  const client: MqttClient = mqtt.connect({
    host: '127.0.0.1',
    port,
    clientId: 'siren',
    username: 'siren',
    password: 'pw',
  });
  const moves: string[] = [];
  let state = relayAtRest;
  const tell = () => void client.publish('siren/state', state.contact, { qos: 1 });
  client.on('message', (topic, payload) => {
    const story = { autoOffMs: 0, travelMs: 5 };
    const wanted = payload.toString();
    if (topic === 'siren/set' && (wanted === 'ON' || wanted === 'OFF')) {
      moves.push(wanted);
      const nowMs = Date.now();
      state = stepRelay(orderRelay(state, story, { wanted, nowMs }), story, { nowMs: nowMs + 5, fault });
    }
    if (fault !== 'silent') tell();
  });
  undo.push(() => client.endAsync(true));
  await client.subscribeAsync(['siren/set', 'siren/get'], { qos: 1 });
  tell();
  return { moves };
}

type Walked = { good: boolean; said: string; moves: string[]; site: Site };

async function walk(
  given: { more?: string; fault?: RelayFault; answers?: string[] } & Partial<ProofTest>,
): Promise<Walked> {
  const { more = '', fault = 'none', answers = [], ...test } = given;
  const dataDir = mkdtempSync(join(tmpdir(), 'proof-'));
  undo.push(() => rmSync(dataDir, { recursive: true }));
  const loaded = checkSite(yaml(more), 'site.yaml', '0'.repeat(64));
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  const site = { ...loaded.site, dataDir };
  const gateway = await openGateway({
    ...{ site, file: join(dataDir, 'site.yaml'), env: { SIREN: 'pw' } },
    ...{ clock: systemClock, logger: silentLogger },
  });
  undo.push(gateway.stop);
  const { moves } = await connectRelay(gateway.fieldPort!, fault);
  const said: string[] = [];
  const good = await walkProofTest({
    ...{ site, device: 'siren', action: 'on', live: false, arm: false, by: 'ann', listenMs: 50 },
    ...{ gateway, clock: systemClock, say: (line) => void said.push(line) },
    ask: async () => answers.shift() ?? '',
    ...test,
  });
  return { good, said: said.join('\n'), moves, site };
}

/** Bodies of the ledger's entries about proof tests. */
function recorded({ dataDir }: Site): string[] {
  const db = new DatabaseSync(join(dataDir, 'journal.sqlite'), { readOnly: true });
  const rows = db.prepare("SELECT body FROM ledger WHERE kind = 'receipt' ORDER BY number").all();
  db.close();
  return rows
    .map(({ body }) => JSON.parse(String(body)) as { action: string; state: string; why?: string })
    .flatMap(({ action, state, why }) => (action === 'proof-test' && state === 'executed' ? [why ?? ''] : []));
}

test('without --live nothing moves and nothing is recorded', async () => {
  const { good, said, moves, site } = await walk({});
  expect(good).toBe(true);
  expect(said).toContain('It says that it stands at off.');
  expect(said).toContain('on would be done');
  expect(moves).toEqual([]);
  await Promise.all(
    undo
      .splice(1)
      .reverse()
      .map((end) => end()),
  );
  expect(recorded(site)).toEqual([]);
});

test('a live test moves it there and back, takes the times, and records the result with the day on which the next is due', async () => {
  const { good, said, moves, site } = await walk({ live: true, answers: ['siren', 'y'] });
  expect(said).toMatch(/\d+ ms {2}on verified/);
  expect(said).toMatch(/Good: on verified after \d+ ms, off verified after \d+ ms; seen by ann/);
  expect(good).toBe(true);
  expect(moves).toEqual(['ON', 'OFF']);
  await Promise.all(
    undo
      .splice(1)
      .reverse()
      .map((end) => end()),
  );
  expect(recorded(site)).toEqual([expect.stringMatching(/^proof test good; the next is due by \d{4}-/)]);
});

test('whoever does not type the name of the device moves nothing', async () => {
  const { good, moves } = await walk({ live: true, answers: ['sirene'] });
  expect([good, moves]).toEqual([false, []]);
});

test.each<[string, RelayFault, string]>([
  ['whose contact sticks', 'stuck', 'y'],
  ['that does not report', 'silent', 'y'],
  ['that reports what nobody saw', 'none', 'n'],
])('a device %s fails its test, and that is recorded', async (_, fault, seen) => {
  const { good, said, site, moves } = await walk({ live: true, fault, answers: ['siren', seen] });
  expect(good).toBe(false);
  expect(said).toContain('Not good');
  expect(moves).toContain('OFF');
  await Promise.all(
    undo
      .splice(1)
      .reverse()
      .map((end) => end()),
  );
  expect(recorded(site)).toEqual(['proof test failed']);
});

test('a disarmed device moves only with --arm, which ends with the test', async () => {
  const farHour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0');
  const more = `armed: [{ from: '${farHour}:00', to: '${farHour}:01', timeZone: UTC }]`;
  const closed = await walk({ live: true, more, answers: ['siren', 'y'] });
  expect([closed.good, closed.moves]).toEqual([false, []]);
  expect(closed.said).toContain('With --arm');
  const open = await walk({ live: true, arm: true, more, answers: ['siren', 'y'] });
  expect([open.good, open.moves]).toEqual([true, ['ON', 'OFF']]);
});

test('what an interlock forbids is refused in the exercise already, and nobody is asked to go on', async () => {
  const more = "interlocks: [{ refuse: on, when: { actuator: siren, is: off }, why: 'Not from rest.' }]";
  const { good, said, moves } = await walk({ live: true, more, answers: ['siren'] });
  expect([good, moves]).toEqual([false, []]);
  expect(said).toContain('Interlock on on: Not from rest.');
  expect(said).toContain('Exercise: on is refused: Not from rest.');
});

test('where the site file asks for two persons, the second confirms the act by name', async () => {
  const more = 'twoPersons: { actions: [on] }';
  const answers = ['siren', 'siren', 'y'];
  const { good, moves } = await walk({ live: true, more, second: 'ben', answers });
  expect([good, moves]).toEqual([true, ['ON', 'OFF']]);
  const alone = await walk({ live: true, more, answers: ['siren'] });
  expect([alone.good, alone.moves]).toEqual([false, []]);
});

test('beside a running gateway it is refused, with what to do', async () => {
  const { site } = await walk({});
  const again = openGateway({
    site,
    file: 'site.yaml',
    env: { SIREN: 'pw' },
    clock: systemClock,
    logger: silentLogger,
  });
  await expect(again).rejects.toThrow(/Another gateway runs on .* Stop it first/);
});
