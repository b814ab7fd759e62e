import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker, hashSecret, siteAccount } from '@tocsin/broker';
import { decodeBatch, type Publish, silentLogger, systemClock, topics } from '@tocsin/contracts';
import { createEdgeAgent, createMqttTransport, type FieldListener } from '@tocsin/edge-agent';
import { checkSite } from '@tocsin/edge-agent/site';
import { createIngest, openQuarantine, openSites, openSqliteLog } from '@tocsin/ingest';
import { chance } from '@tocsin/simulators';
import { createMemoryBroker } from '@tocsin/simulators/mqtt';
import type { MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { eventually } from '../e2e/processes.ts';

/**
 * Goal: the edge's real MQTT link, the real broker with its rights, and the real ingest agree on what is stored, whatever the line does.
 * Method: all three in one process over in-memory lines; the line is cut at seeded instants in mid-flow, messages of the cloud included.
 */
const siteText = `
site: plant
name: Plant
mode: live
cloud: { url: "mqtt://memory", password: { env: X } }
journal: { commitEveryMs: 5 }
devices:
  - { id: d, format: json-path, topic: field/d, intervalMs: 1000, time: { path: $.t, unit: ms },
      channels: [{ id: n, path: $.n, unit: '1' }] }
`;

function cloudWith(folder: string, publish: Publish) {
  const log = openSqliteLog(join(folder, 'log.sqlite'), { clock: systemClock, logger: silentLogger });
  const quarantine = openQuarantine({
    path: join(folder, 'quarantine.sqlite'),
    clock: systemClock,
    logger: silentLogger,
  });
  const sites = openSites({ path: join(folder, 'sites.sqlite'), clock: systemClock, logger: silentLogger });
  const ingest = createIngest({ log, quarantine, sites, publish, clock: systemClock, logger: silentLogger });
  ingest.start();
  const stored = () => log.read(0, 100_000).flatMap(({ body }) => [...decodeBatch(body).batch.columns.value]);
  const stop = async () => {
    await ingest.stop();
    quarantine.close();
    sites.close();
    log.close();
  };
  return { ingest, stored, stop };
}

test.each([1, 2, 3, 4, 5])('seed %i: whatever is cut in mid-flow, each reading is stored once', async (seed) => {
  const luck = chance(seed);
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-protocol-'));
  const loaded = checkSite(siteText, join(folder, 'site.yaml'), '0'.repeat(64));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  let publish: Publish = () => {};
  const cloud = cloudWith(folder, (topic, payload, options) => publish(topic, payload, options));
  const broker = createBroker({
    accounts: { find: (name) => (name === 'plant' ? siteAccount('plant', hashSecret('secret')) : undefined) },
    clock: systemClock,
    logger: silentLogger,
    onPublish: ({ topic, payload, clientId }) => cloud.ingest.receive(topic, payload, { clientId }),
  });
  await broker.start();
  publish = broker.publish;
  const lines = await createMemoryBroker({ serve: (stream) => broker.accept(stream), delayMs: 1 });
  let link: MqttClient | undefined;
  let connections = 0;
  const transport = createMqttTransport({
    url: 'mqtt://memory',
    clientId: 'plant',
    username: 'plant',
    password: 'secret',
    subscribe: [topics.downAll('plant')],
    clock: systemClock,
    // Reconnects at once: the test is about what a cut does to what is under way, not about patience.
    random: () => 0.01,
    logger: silentLogger,
    connect: (_url, options) => {
      connections += 1;
      link = lines.connect(options);
      return link;
    },
  });
  const listeners: FieldListener[] = [];
  const agent = createEdgeAgent({
    site: loaded.site,
    field: { publish() {}, onMessage: (listener) => listeners.push(listener), subscribe() {} },
    transport,
    journalPath: join(folder, 'journal.sqlite'),
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    version: 'test',
  });
  await agent.start();
  try {
    const total = 400;
    const startMs = systemClock.nowMs();
    for (let n = 1; n <= total; n += 1) {
      const payload = Buffer.from(JSON.stringify({ t: startMs + n, n }));
      for (const listener of listeners) listener('field/d', payload, false);
      if (n % 4 === 0) await new Promise((done) => setTimeout(done, 4));
      if (luck.next() < 0.04 && link) lines.cut(link);
    }
    const stored = await eventually(
      'everything is stored',
      () => (cloud.stored().length >= total ? cloud.stored() : undefined),
      20_000,
    );
    // Live batches go before backlog, so the order of arrival may differ; what is stored may not.
    expect([...stored].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(connections, 'The run must do enough to mean something.').toBeGreaterThan(3);
  } finally {
    await agent.stop();
    await lines.stop();
    await broker.stop();
    await cloud.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
