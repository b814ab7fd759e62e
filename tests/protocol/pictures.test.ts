import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertDetail, type CameraState, pretendJpeg, silentLogger, systemClock, topics } from '@tocsin/contracts';
import { createEdgeAgent, createMqttTransport, type FieldListener } from '@tocsin/edge-agent';
import { checkSite } from '@tocsin/edge-agent/site';
import { expect, test } from 'vitest';
import { startCloud } from '../../bin/cloud/cloud.ts';
import { loadCloudFile } from '../../bin/cloud/config.ts';
import { enrollGateway } from '../../bin/cloud/secrets.ts';
import { openConsole } from '../e2e/console-client.ts';
import { eventually } from '../e2e/processes.ts';

/**
 * Goal: a frame, a still and a live view go from a gateway's cameras through the real link, the real broker with its rights and the whole
 * cloud to whoever asks the console's server, and come out as they went in.
 */
const siteText = `
site: hill
name: Hill
mode: live
cloud: { url: "mqtt://unused", password: { env: X } }
devices: [{ id: heat, format: json-path, topic: field/heat, intervalMs: 1000, channels: [{ id: temp, path: $.t, unit: Cel }] }]
rules:
  - { id: hot, type: threshold, event: It is too hot, input: heat/temp, direction: above,
      ladder: [{ severity: Severe, at: 60, clear: 50, holdMs: 0, clearHoldMs: 500 }] }
`;

test('pictures and views reach the console byte for byte, and their bytes stand in no database', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-pictures-'));
  const loaded = checkSite(siteText, join(dir, 'site.yaml'), '0'.repeat(64));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const shared = { clock: systemClock, logger: silentLogger };
  const defaults = loadCloudFile(undefined, dir);
  const dataDir = join(dir, 'cloud');
  const config = { ...defaults, dataDir, mqtt: { host: '127.0.0.1', port: 0 }, http: { host: '127.0.0.1', port: 0 } };
  const password = enrollGateway(dataDir, 'hill', systemClock.nowMs());
  const cloud = await startCloud({ config, ...shared });
  let hear: FieldListener = () => {};
  const agent = createEdgeAgent({
    ...shared,
    site: loaded.site,
    field: {
      publish: () => {},
      subscribe: () => {},
      onMessage(listener) {
        hear = listener;
      },
    },
    transport: createMqttTransport({
      ...shared,
      ...{ url: `mqtt://127.0.0.1:${cloud.mqttPort}`, clientId: 'hill', username: 'hill', password },
      subscribe: [topics.downAll('hill')],
      random: Math.random,
    }),
    journalPath: join(dir, 'journal.sqlite'),
    evidence: { dir: join(dir, 'evidence') },
    random: Math.random,
    version: 'test',
  });
  try {
    await agent.start();
    const evidence = agent.evidence()!;
    hear('field/heat', Buffer.from('{"t":80}'), false);
    const marker = [0x5a, 0xa5, 0x17, 0x71, 0x33, 0x99, 0x42, 0x24];
    const frame = pretendJpeg({ scan: [...marker, 1] });
    const still = pretendJpeg({ scan: [...marker, 2] });
    const alert = { alert: 'hill/hot/heat', occurrence: 1, camera: 'mast', role: 'at', blurred: true } as const;
    const kept = await evidence.keep({
      ...{ ...alert, jpeg: frame, takenAtMs: systemClock.nowMs(), width: 640, height: 360 },
    });
    const scene = await evidence.scene(still);
    expect(kept.ok).toBe(true);
    const console = await openConsole(cloud.httpPort, cloud.setupCode);
    const shown = await eventually('the picture is here', async () => {
      evidence.view({
        ...{ v: 1, site: 'hill', camera: 'mast', atMs: systemClock.nowMs(), picture: { width: 640, height: 360 } },
        ...{ boxes: [], zones: [], troubles: [], coverage: 90, fps: 10, scene: scene! },
      });
      const { pictures } = await console.get<AlertDetail>('/api/alerts/hill/hot/heat').catch(() => ({ pictures: [] }));
      const { cameras } = await console.get<{ cameras: CameraState[] }>('/api/sites/hill/cameras');
      return pictures[0]?.state === 'here' && cameras[0]?.scene === scene ? { pictures, cameras } : undefined;
    });
    expect(shown.cameras).toMatchObject([{ camera: 'mast', view: { coverage: 90 } }]);
    const bytes = async (path: string) => {
      const headers = { cookie: console.cookie() };
      return Buffer.from(await (await fetch(`http://127.0.0.1:${cloud.httpPort}${path}`, { headers })).arrayBuffer());
    };
    const { sha256 } = shown.pictures[0]!;
    expect(Buffer.compare(await bytes(`/api/alerts/hill/hot/heat/pictures/${sha256}`), frame)).toBe(0);
    expect(Buffer.compare(await bytes('/api/sites/hill/cameras/mast/scene'), still)).toBe(0);
    const { entries } = await console.get<{ entries: { kind: string; body: string }[] }>('/api/ledger?limit=500');
    expect(entries.filter(({ body }) => body.includes(sha256)).map(({ kind }) => kind)).toEqual([
      'evidence',
      'operator',
    ]);
    await eventually('the gateway knows it', async () => agent.counters().evidence!.acknowledged >= 2 || undefined);
    await agent.stop();
    await cloud.stop();
    for (const name of ['log.sqlite', 'state.sqlite', 'quarantine.sqlite'])
      expect(readFileSync(join(dataDir, name)).includes(Buffer.from(marker)), name).toBe(false);
    expect(readFileSync(join(dir, 'journal.sqlite')).includes(Buffer.from(marker))).toBe(false);
  } finally {
    await agent.stop();
    await cloud.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}, 40_000);
