import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Clock, type Logger, type Running, systemClock } from '@tocsin/contracts';
import { createTown, crossingClip } from '@tocsin/simulators';
import { renderClipInWorker } from '@tocsin/simulators/cameras';
import { commandKey, enrollGateway, writePrivate } from '../cloud/secrets.ts';
import { type Announcement, createParts } from './parts.ts';

const sites = ['hillside', 'mill-house', 'station-street'] as const;
const siteFolder = resolve(import.meta.dirname, '../../simulators/town/sites');
/** Field ports as written in the demo's site files. */
const fieldPorts = { hillside: 18_831, 'mill-house': 18_832, 'station-street': 18_833 } as const;
const cloudPort = 18_830;
/** Simulated equipment that speaks its own protocol, as written in the demo's site files. */
const equipmentPorts = { panel: 18_842, controller: 18_843 } as const;

export type DemoOptions = {
  dataDir: string;
  httpPort: number;
  seed: string;
  clock?: Clock;
  logger: Logger;
  /** A line for the person who watches. */
  say(text: string): void;
  /** How far the drawing of the street camera has come, 0 to 1; only on the first start. */
  progress(share: number): void;
  /** Resolves when somebody wants it to end, also while it is still starting. */
  stopped: Promise<void>;
};

/** One secret a run of the demo shares among its simulated devices; kept, so that a restart of the demo finds its own devices again. */
function keptSecret(path: string): string {
  if (!existsSync(path)) writePrivate(path, randomBytes(32).toString('base64url'));
  return readFileSync(path, 'utf8');
}

/** The site file with the key of this demo's cloud, whose signed commands then count: the key is made on this machine. */
function withCommandKey(text: string, key: string): string {
  return text.replace(/^( *)password: \{ env: TOWN_CLOUD_SECRET \}$/m, `$&\n$1commandKeys: [${key}]`);
}

/**
 * Runs a whole town on this machine as it would run in life: the cloud is a process of its own, so is each of three gateways, and the
 * simulated equipment speaks real MQTT to them. A part that dies is started again, so kill one and watch nothing get lost.
 */
export async function startDemo(options: DemoOptions): Promise<Running> {
  const { dataDir, httpPort, seed, clock = systemClock, logger, say, progress, stopped } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const clipDir = join(dataDir, 'drawn-camera');
  const stopDrawing = new AbortController();
  const drawn = renderClipInWorker(crossingClip, {
    dir: clipDir,
    signal: stopDrawing.signal,
    onProgress: ({ done, of }) => progress(done / of),
  });
  // Waited for below; a failure until then must not end the process unheard.
  drawn.catch(() => {});
  void stopped.then(() => stopDrawing.abort());
  const fieldSecret = keptSecret(join(dataDir, 'field-secret'));
  const env: Record<string, string | undefined> = { ...process.env, TOWN_FIELD_SECRET: fieldSecret };
  // As long as SNMP v1 lets a community be a secret at all, it is one of this machine's own.
  const communities = { read: fieldSecret.slice(0, 16), write: fieldSecret.slice(16, 40) };
  Object.assign(env, { TOWN_READ_COMMUNITY: communities.read, TOWN_WRITE_COMMUNITY: communities.write });
  const cloudDir = join(dataDir, 'cloud');
  const cloudSecret = keptSecret(join(dataDir, 'cloud-secret'));
  for (const site of sites) enrollGateway(cloudDir, site, clock.nowMs(), cloudSecret);
  env.TOWN_CLOUD_SECRET = cloudSecret;
  const cloudFile = join(dataDir, 'cloud.yaml');
  writePrivate(
    cloudFile,
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${cloudPort} }\nhttp: { host: 127.0.0.1, port: ${httpPort} }\n`,
  );

  const parts = createParts({ env, clock, say });
  const cloud = await parts.start('cloud', ['up', cloudFile, '--json', '--log-level', 'warn']);
  say(welcome(cloud));
  try {
    await drawn;
  } catch (error) {
    await parts.stop();
    if (stopDrawing.signal.aborted) return { stop: async () => {} };
    throw error;
  }
  // Before the gateways, which would otherwise miss their devices; these try again until their brokers are there.
  const url = (site: (typeof sites)[number]) => `mqtt://127.0.0.1:${fieldPorts[site]}`;
  const town = createTown({
    brokers: { hillside: url('hillside'), 'mill-house': url('mill-house'), 'station-street': url('station-street') },
    secret: fieldSecret,
    seed,
    clipDir,
    ports: equipmentPorts,
    communities,
    clock,
    logger,
  });
  await town.start();
  // What the site files name lies beside them.
  for (const name of readdirSync(siteFolder))
    if (!name.endsWith('.yaml')) copyFileSync(join(siteFolder, name), join(dataDir, name));
  const { publicKeyBase64 } = commandKey(cloudDir);
  // At once, because each waits for devices that connect only when all are there.
  await Promise.all(
    sites.map((site) => {
      const file = join(dataDir, `${site}.yaml`);
      writePrivate(file, withCommandKey(readFileSync(join(siteFolder, `${site}.yaml`), 'utf8'), publicKeyBase64));
      return parts.start(site, ['edge', file, '--data', join(dataDir, site), '--json', '--log-level', 'warn']);
    }),
  );
  say('  The town is alive.');
  return {
    async stop() {
      // Gateways give back what they hold, so their devices stay until they have.
      await parts.stop();
      await town.stop();
    },
  };
}

function welcome({ httpPort, setupCode }: Announcement): string {
  const lines = [
    '',
    `  Open http://127.0.0.1:${httpPort}/ and watch for two minutes:`,
    '  a slope goes into its last minute, a kitchen burns, and somebody with a walker needs longer to cross.',
    '',
    setupCode
      ? `  First time here: make a user with this set-up code (it works once):  ${setupCode}`
      : '  Log in with the user you made before (or delete the data folder to begin afresh).',
    '',
    '  Everything runs over real MQTT, Modbus and SNMP on this machine only. Ctrl-C ends it.',
    '',
  ];
  return lines.join('\n');
}
