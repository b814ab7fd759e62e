import { existsSync, mkdirSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { type Account, createBroker, siteAccount } from '@tocsin/broker';
import type { Clock, Command, Logger, Publish, Running } from '@tocsin/contracts';
import { builtWebDir, createDashboard } from '@tocsin/dashboard';
import {
  createIngest,
  createPictures,
  createSeriesWriter,
  openQuarantine,
  openSites,
  openSqliteLog,
} from '@tocsin/ingest';
import { createRulesService } from '@tocsin/rules/service';
import { commandSigner } from '@tocsin/rules/signing';
import { startAll } from '../start-all.ts';
import { commandKey, commandKeysFile } from './command-keys.ts';
import { type CloudConfig, readTls } from './config.ts';
import { createCloudHealth } from './health.ts';
import { gatewaysFile, readGateways } from './secrets.ts';
import { createTrimmer } from './trimmer.ts';
import { createTroubles } from './troubles.ts';

export type CloudOptions = { config: CloudConfig; clock: Clock; logger: Logger };
export type Cloud = Running & { httpPort: number; mqttPort: number; setupCode?: string };

/** The gateways that may connect; the file is looked at again every two seconds, so that an enrolment needs no restart. */
function watchedAccounts(dataDir: string, logger: Logger) {
  let accounts = new Map<string, Account>();
  const read = () => {
    try {
      accounts = new Map(
        readGateways(dataDir).map(({ site, secretSha256 }) => [site, siteAccount(site, secretSha256)]),
      );
    } catch (error) {
      logger.error(
        { error: (error as Error).message },
        'The list of gateways cannot be read; the one read before stays.',
      );
    }
  };
  read();
  return {
    find: (username: string) => accounts.get(username),
    watch(changed: () => void): Running {
      const file = gatewaysFile(dataDir);
      const look = () => {
        read();
        changed();
      };
      watchFile(file, { interval: 2_000, persistent: false }, look);
      return { stop: async () => unwatchFile(file, look) };
    },
  };
}

/** Signs with the key that signs now; the file is looked at again every two seconds. Throws when the key cannot be used at the start. */
function watchedSigner(dataDir: string, logger: Logger) {
  let key = commandKey(dataDir);
  let sign = commandSigner(key.privateKeyPem);
  const look = () => {
    try {
      const now = commandKey(dataDir);
      if (now.publicKeyBase64 === key.publicKeyBase64) return;
      sign = commandSigner(now.privateKeyPem);
      logger.warn({ from: key.name, to: now.name }, 'Another key signs commands from now on.');
      key = now;
    } catch (error) {
      logger.error(
        { error: (error as Error).message },
        'The keys cannot be read; the one read before goes on signing.',
      );
    }
  };
  return {
    sign: (command: Command) => sign(command),
    watch(): Running {
      const file = commandKeysFile(dataDir);
      watchFile(file, { interval: 2_000, persistent: false }, look);
      return { stop: async () => unwatchFile(file, look) };
    },
  };
}

/** Runs the cloud's rooms in one process, joined by their ports; each could be a process of its own over MQTT and the log. */
export async function startCloud({ config, clock, logger }: CloudOptions): Promise<Cloud> {
  const { dataDir, mqtt, http, retention } = config;
  const { keepDays, ...pictureBytes } = config.pictures;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(dataDir, name);
  let publish: Publish = () => {};
  const say: Publish = (topic, payload, options) => publish(topic, payload, options);

  const signer = watchedSigner(dataDir, logger);
  const troubles = createTroubles({ clock, noted: (note) => service.noted(note) });
  const log = openSqliteLog(at('log.sqlite'), { clock, logger, onDamaged: troubles.damaged });
  const quarantine = openQuarantine({ path: at('quarantine.sqlite'), clock, logger });
  const sites = openSites({ path: at('sites.sqlite'), clock, logger });
  const writer = createSeriesWriter({
    logPath: at('log.sqlite'),
    dir: at('series'),
    retention,
    clock,
    logger,
    onTrouble: ({ code, text }) => troubles.say(code, text),
  });
  const service = createRulesService({
    dbPath: at('state.sqlite'),
    log: troubles.watched(log),
    rulesConfig: config.rules as never,
    publish: say,
    signCommand: signer.sign,
    orderLimits: config.orders,
    clock,
    logger,
  });
  const pictures = createPictures({
    dir: at('pictures'),
    scenesDir: at('scenes'),
    book: service.pictures,
    publish: say,
    clock,
    logger,
    limits: { ...pictureBytes, keepMs: keepDays * 86_400_000 },
    onTrouble: (code, text) => troubles.say(code, text),
  });
  const ingest = createIngest({
    log,
    quarantine,
    sites,
    pictures,
    publish: say,
    clock,
    logger,
    onCommitted(batch) {
      service.committed(batch);
      writer.wake();
    },
    onSite: (view) => service.siteChanged(view),
    onSecurity: (note) => service.noted(note),
    onHealth(health) {
      logger.warn(health, 'The health of the store changed.');
      troubles.health(health);
    },
  });
  const accounts = watchedAccounts(dataDir, logger);
  const tls = mqtt.tls && readTls(mqtt.tls);
  const broker = createBroker({
    listen: { host: mqtt.host, port: mqtt.port, ...(tls ? { tls } : {}) },
    accounts,
    clock,
    logger,
    onPublish: ({ topic, payload, clientId }) => ingest.receive(topic, payload, { clientId }),
  });
  publish = broker.publish;
  const dashboard = createDashboard({
    desk: service.desk,
    orders: service.orders,
    series: writer.reader,
    ledger: service.ledger,
    pictures,
    usersFile: at('users.sqlite'),
    exportDir: at('exports'),
    clock,
    logger,
    onTrouble: (text) => troubles.say('STORE_DAMAGED', text),
    listen: http,
    secureCookies: config.secureCookies,
    health: createCloudHealth({
      clock,
      desk: service.health,
      intake: ingest.health,
      deskCursor: service.cursor,
      seriesCursor: () => writer.stats().cursor,
    }),
    ...(existsSync(builtWebDir) ? { webDir: builtWebDir } : {}),
  });

  const opened: { mqttPort?: number; httpPort?: number; setupCode?: string } = {};
  const started = (part: { stop(): Promise<void> | void }): Running => ({ stop: async () => part.stop() });
  const running = await startAll([
    async () => ({
      stop: async () => {
        quarantine.close();
        sites.close();
        log.close();
      },
    }),
    async () => {
      await service.start();
      troubles.begin(log);
      return started(service);
    },
    async () => ({ stop: async () => troubles.stop() }),
    async () => {
      // Not waited for: alarms must not wait for the history.
      void writer.start();
      return started(writer);
    },
    async () => {
      await pictures.start();
      return started(pictures);
    },
    async () => {
      ingest.start();
      return started(ingest);
    },
    async () => {
      for (const view of sites.views()) service.siteChanged(view);
      opened.mqttPort = (await broker.start()).port;
      return started(broker);
    },
    async () => accounts.watch(() => broker.refreshAccounts()),
    async () => signer.watch(),
    async () => createTrimmer({ log, cursors: async () => [service.cursor(), await writer.cursor()], clock, logger }),
    async () => {
      const { port, setupCode } = await dashboard.start();
      opened.httpPort = port;
      if (setupCode !== undefined) opened.setupCode = setupCode;
      return started(dashboard);
    },
  ]);
  return {
    ...running,
    httpPort: opened.httpPort!,
    mqttPort: opened.mqttPort!,
    ...(opened.setupCode ? { setupCode: opened.setupCode } : {}),
  };
}
