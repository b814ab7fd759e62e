import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, Fault, type Logger, type Running, systemClock } from '@tocsin/contracts';
import { createTown } from '@tocsin/simulators';
import { commandKey, enrollGateway, writePrivate } from '../cloud/secrets.ts';

const sites = ['hillside', 'mill-house', 'station-street'] as const;
const siteFolder = resolve(import.meta.dirname, '../../simulators/town/sites');
const program = resolve(import.meta.dirname, '../tocsin.js');
/** Field ports as written in the demo's site files. */
const fieldPorts = { hillside: 18_831, 'mill-house': 18_832, 'station-street': 18_833 } as const;
const cloudPort = 18_830;

export type DemoOptions = {
  dataDir: string;
  httpPort: number;
  seed: string;
  clock?: Clock;
  logger: Logger;
  /** A line for the person who watches. */
  say(text: string): void;
};

type Announcement = { httpPort?: number; setupCode?: string; fieldPort?: number };

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
  const { dataDir, httpPort, seed, clock = systemClock, logger, say } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const fieldSecret = keptSecret(join(dataDir, 'field-secret'));
  const env: Record<string, string | undefined> = { ...process.env, TOWN_FIELD_SECRET: fieldSecret };
  const cloudDir = join(dataDir, 'cloud');
  const cloudSecret = keptSecret(join(dataDir, 'cloud-secret'));
  for (const site of sites) enrollGateway(cloudDir, site, clock.nowMs(), cloudSecret);
  env.TOWN_CLOUD_SECRET = cloudSecret;
  const cloudFile = join(dataDir, 'cloud.yaml');
  writePrivate(
    cloudFile,
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${cloudPort} }\nhttp: { host: 127.0.0.1, port: ${httpPort} }\n`,
  );

  const parts = createParts({ env, clock, logger, say });
  const cloud = await parts.start('cloud', ['up', cloudFile, '--json', '--log-level', 'warn']);
  for (const site of sites) {
    const file = join(dataDir, `${site}.yaml`);
    writePrivate(
      file,
      withCommandKey(readFileSync(join(siteFolder, `${site}.yaml`), 'utf8'), commandKey(cloudDir).publicKeyBase64),
    );
    await parts.start(site, ['edge', file, '--data', join(dataDir, site), '--json', '--log-level', 'warn']);
  }
  const url = (site: (typeof sites)[number]) => `mqtt://127.0.0.1:${fieldPorts[site]}`;
  const town = createTown({
    brokers: { hillside: url('hillside'), 'mill-house': url('mill-house'), 'station-street': url('station-street') },
    secret: fieldSecret,
    seed,
    clock,
    logger,
  });
  await town.start();
  say(welcome(cloud));
  return {
    async stop() {
      await town.stop();
      await parts.stop();
    },
  };
}

function welcome({ httpPort, setupCode }: Announcement): string {
  const lines = [
    '',
    `  The town is alive. Open http://127.0.0.1:${httpPort}/ and watch for two minutes:`,
    '  a slope goes into its last minute, a kitchen burns, and somebody with a walker needs longer to cross.',
    '',
    setupCode
      ? `  First time here: make a user with this set-up code (it works once):  ${setupCode}`
      : '  Log in with the user you made before (or delete the data folder to begin afresh).',
    '',
    '  Everything runs over real MQTT on this machine only. Ctrl-C ends it.',
    '',
  ];
  return lines.join('\n');
}

/** Child processes that are started again, with growing pauses, when they die without being asked. */
function createParts({
  env,
  clock,
  logger,
  say,
}: Required<Pick<DemoOptions, 'clock' | 'logger' | 'say'>> & { env: NodeJS.ProcessEnv }) {
  const children = new Map<string, ChildProcess>();
  let stopping = false;
  function launch(
    name: string,
    args: string[],
    told: (announcement: Announcement) => void,
    failed: (error: Error) => void,
  ): void {
    const flags = args[0] === 'edge' ? ['--max-semi-space-size=4'] : [];
    const child = spawn(process.execPath, [...flags, program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.set(name, child);
    let announced = false;
    createInterface({ input: child.stdout! }).once('line', (line) => {
      announced = true;
      told(JSON.parse(line) as Announcement);
    });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (!announced) {
        failed(
          new Fault('ARGUMENT_INVALID', `The ${name} process ended at once (exit ${code ?? signal}).`, {
            remedy: 'Its last words are above.',
          }),
        );
        return;
      }
      say(`  ${name} ended (${signal ?? `exit ${code}`}); starting it again.`);
      clock.after(
        1_000,
        () =>
          !stopping &&
          launch(name, args, told, (error) => logger.error({ error: error.message }, 'A part keeps failing.')),
      );
    });
  }
  return {
    start: (name: string, args: string[]): Promise<Announcement> =>
      new Promise((told, failed) => launch(name, args, told, failed)),
    async stop() {
      stopping = true;
      const ended = [...children.values()]
        .filter((child) => child.exitCode === null && child.signalCode === null)
        .map((child) => new Promise<void>((done) => child.once('exit', () => done())));
      for (const child of children.values()) child.kill('SIGTERM');
      const cancel = clock.after(5_000, () => {
        for (const child of children.values()) child.kill('SIGKILL');
      });
      await Promise.all(ended);
      cancel();
    },
  };
}
