import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type LedgerEntry, type Publish, silentLogger, topics } from '@tocsin/contracts';
import { createEdgeAgent, createMqttTransport, type FieldListener } from '@tocsin/edge-agent';
import { checkSite } from '@tocsin/edge-agent/site';
import { createIngest, openQuarantine, openSites, openSqliteLog } from '@tocsin/ingest';
import { createRulesService } from '@tocsin/rules/service';
import { type CommandKey, commandSigner, publicKeyOf } from '@tocsin/rules/signing';
import { createMemoryBroker } from '@tocsin/simulators/mqtt';
import { type SimClock, simClock } from '@tocsin/simulators/time';
import type { MqttClient } from 'mqtt';
import { eventually } from '../e2e/processes.ts';

/**
 * A cloud and gateways joined by a broker that nobody may trust: it has no rights, and a raw client on it hears everything, keeps back what
 * it likes, and says whatever it likes on any topic. Cloud and gateways are the real ones; their clock is simulated, so that a day passes
 * in a moment.
 */
const siteText = (site: string) => `
site: ${site}
name: ${site}
mode: live
cloud: { url: "mqtt://memory", password: { env: X } }
journal: { commitEveryMs: 5 }
devices:
  - { id: d, format: json-path, topic: field/d, intervalMs: 86400000, channels: [{ id: n, path: $.n, unit: '1' }] }
actuators:
  - id: siren
    driver: mqtt-relay
    commandTopic: field/siren/set
    stateTopic: field/siren/state
    rest: off
    onSilence: off
    actions: { on: { send: 'ON', state: 'ON' }, off: { send: 'OFF', state: 'OFF' } }
`;

export const newPem = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

export type Gateway = Awaited<ReturnType<Battle['gateway']>>;
export type Battle = Awaited<ReturnType<typeof createBattle>>;

/** Opens the broker with the attacker on it, and the cloud. The cloud's orders go to the broker unless `holdBack` is set. */
export async function createBattle(pem: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-hostile-'));
  const clock = simClock(Date.UTC(2026, 4, 1, 12));
  const lines = await createMemoryBroker();
  const attacker = lines.connect({ clientId: 'mallory' });
  const wire = { holdBack: false, orders: [] as Buffer[] };
  const client = lines.connect({ clientId: 'cloud' });
  const publish: Publish = (topic, payload, options) => {
    if (topic.endsWith('/down/command')) wire.orders.push(Buffer.from(payload as string));
    if (topic.endsWith('/down/command') && wire.holdBack) return;
    client.publish(topic, Buffer.from(payload as string), { qos: 1, ...options });
  };
  const shared = { clock, logger: silentLogger };
  const log = openSqliteLog(join(folder, 'log.sqlite'), shared);
  const quarantine = openQuarantine({ path: join(folder, 'quarantine.sqlite'), ...shared });
  const sites = openSites({ path: join(folder, 'sites.sqlite'), ...shared });
  const dbPath = join(folder, 'state.sqlite');
  const service = createRulesService({
    dbPath,
    log,
    rulesConfig: [],
    publish,
    signCommand: commandSigner(pem),
    ...shared,
  });
  await service.start();
  const ingest = createIngest({
    ...{ log, quarantine, sites, publish, ...shared },
    onCommitted: (batch) => service.committed(batch),
    onSite: (view) => service.siteChanged(view),
  });
  ingest.start();
  client.on('message', (topic, payload) => ingest.receive(topic, payload, { clientId: topic.split('/')[2]! }));
  await client.subscribeAsync(['tocsin/v1/+/up/+', 'tocsin/v1/+/descriptor', 'tocsin/v1/+/status'], { qos: 1 });
  const stops: (() => Promise<void>)[] = [];
  /** Lets a little time pass, again and again, until something has come about. */
  const until = <T>(what: string, look: () => T | undefined) =>
    eventually(
      what,
      () => {
        clock.advance(100);
        return look();
      },
      10_000,
    );

  return {
    clock,
    attacker,
    service,
    wire,
    until,
    async gateway(site: string, keys: (string | CommandKey)[] = [publicKeyOf(pem)]) {
      const opened = await openGateway({ site, keys, folder, clock, lines, stops });
      await until(`the cloud knows ${site}`, () => service.desk.sites().some((view) => view.site === site));
      return opened;
    },
    async end() {
      for (const stop of stops.toReversed()) await stop();
      await ingest.stop();
      await service.stop();
      for (const store of [log, quarantine, sites]) store.close();
      await lines.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Making = {
  site: string;
  keys: (string | CommandKey)[];
  folder: string;
  clock: SimClock;
  lines: Awaited<ReturnType<typeof createMemoryBroker>>;
  stops: (() => Promise<void>)[];
};

async function openGateway({ site, keys, folder, clock, lines, stops }: Making) {
  const loaded = checkSite(siteText(site), join(folder, 'site.yaml'), '0'.repeat(64));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  loaded.site.cloud!.commandKeys = keys;
  const moves: string[] = [];
  const listeners: FieldListener[] = [];
  const say = (state: string) => {
    for (const listener of listeners) listener('field/siren/state', Buffer.from(state), false);
  };
  const journalPath = join(folder, `${site}.sqlite`);
  const agent = createEdgeAgent({
    site: loaded.site,
    field: {
      publish(topic, payload) {
        if (topic !== 'field/siren/set') return;
        moves.push(String(payload));
        say(String(payload));
      },
      onMessage: (listener) => listeners.push(listener),
      subscribe() {},
    },
    transport: createMqttTransport({
      ...{ url: 'mqtt://memory', clientId: site, subscribe: [topics.downAll(site)] },
      ...{
        clock,
        random: () => 0,
        logger: silentLogger,
        connect: (_url, options) => lines.connect(options) as MqttClient,
      },
    }),
    journalPath,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    version: 'test',
  });
  await agent.start();
  say('OFF');
  clock.advance(1_000);
  moves.length = 0;
  const commands = () => agent.counters().uplink!.commands;
  await eventually('the gateway is on the broker', () =>
    agent.status().problems.every((text) => !text.includes('cloud')),
  );
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await agent.stop();
  };
  stops.push(stop);
  return {
    moves,
    agent,
    stop,
    commands,
    /** Waits until so many messages on the command topic were looked at. */
    heard: (count: number) => eventually(`${count} orders came to ${site}`, () => commands() >= count, 10_000),
    /** The gateway's own record, as it is on its disk. */
    ledger(): (Pick<LedgerEntry, 'kind' | 'actor'> & { body: Record<string, unknown> })[] {
      clock.advance(100);
      const db = new DatabaseSync(journalPath, { readOnly: true });
      try {
        const rows = db.prepare('SELECT kind, actor, body FROM ledger ORDER BY number').all();
        return rows.map((row) => ({ kind: row.kind, actor: row.actor, body: JSON.parse(row.body as string) }) as never);
      } finally {
        db.close();
      }
    },
  };
}
