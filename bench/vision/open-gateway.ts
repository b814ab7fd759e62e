import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePort } from '../harness/child.ts';
import { startOnSystemCore } from './core.ts';
import type { GatewayPlan, Taken } from './gateway.ts';
import { writeSite } from './site.ts';

export type OpenGateway = {
  pid: number;
  client(username: 'street' | 'signal'): Promise<MqttClient>;
  /** What passed since it was last asked. */
  take(): Promise<Taken>;
  stop(): Promise<void>;
};

/** Starts a gateway on the core of the system, in a folder of its own, and waits until its eyes are open. */
export async function openGateway(about: { cameras: number; model: string }): Promise<OpenGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const dataDir = join(folder, 'edge');
  mkdirSync(dataDir, { mode: 0o700 });
  const fieldPort = await freePort();
  const password = randomBytes(16).toString('hex');
  process.env.BENCH_FIELD = password;
  const file = writeSite(folder, { fieldPort, ...about });
  const plan: GatewayPlan = { file, dataDir };
  process.env.NODE_COMPILE_CACHE = resolve(import.meta.dirname, '../../.cache/compile');
  const tidy = () => rmSync(folder, { recursive: true, force: true });
  const child = await startOnSystemCore('./gateway.ts', plan, ['--max-semi-space-size=4']).catch((error: unknown) => {
    tidy();
    throw error;
  });
  const clients: MqttClient[] = [];
  return {
    pid: child.pid,
    async client(username) {
      const login = { host: '127.0.0.1', port: fieldPort, clientId: username, username, password };
      const client = await connectAsync({ ...login, protocolVersion: 4, reconnectPeriod: 0 });
      (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
      clients.push(client);
      return client;
    },
    take: () => child.ask<Taken>({}),
    async stop() {
      for (const client of clients) await client.endAsync(true);
      await child.stop();
      tidy();
    },
  };
}
