import type { Clock, Logger, Running } from '@tocsin/contracts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { type Chance, chance } from '../chance/chance.ts';
import { startCrossing } from './crossing-site.ts';
import { type FieldClient, fieldClient } from './field-client.ts';
import { startHillside } from './hillside-site.ts';
import { startMillHouse } from './mill-house-site.ts';

export type TownOptions = {
  /** URL of each site's field broker. */
  brokers: { hillside: string; 'mill-house': string; 'station-street': string };
  /** Secret of every field device, as given to the site files. */
  secret: string;
  seed: string | number;
  /** Folder of the drawn clip `crossingClip`. */
  clipDir: string;
  /** Where the simulated breaker panel (Modbus TCP) and signal controller (SNMP over UDP) listen on the loopback interface. */
  ports: { panel: number; controller: number };
  /** SNMP communities of the signal controller. */
  communities: { read: string; write: string };
  clock: Clock;
  logger: Logger;
};

/** What the equipment of one simulated site needs; `every` runs a task on the town's clock until the town stops. */
export type SiteStage = {
  connect(username: string): FieldClient;
  /** The broker's side of a device that brings its own will and words. */
  join(username: string, options: IClientOptions): MqttClient;
  every(periodMs: number, task: (elapsedMs: number) => void): void;
  nowMs(): number;
  clock: Clock;
  ports: TownOptions['ports'];
  communities: TownOptions['communities'];
  /** Called when the town stops. */
  whenStopped(stop: () => void): void;
  luck: Chance;
};

/** Runs the town's simulated equipment against real MQTT brokers until it is stopped. */
export function createTown({
  brokers,
  secret,
  seed,
  clipDir,
  ports,
  communities,
  clock,
  logger,
}: TownOptions): { start(): Promise<void> } & Running {
  const clients: FieldClient[] = [];
  const cancels = new Set<() => void>();
  const stops: (() => void)[] = [];
  let stopped = false;
  const stage = (site: keyof TownOptions['brokers'], startedAtMs: number): SiteStage => ({
    connect(username) {
      const client = fieldClient({ url: brokers[site], username, secret, logger });
      clients.push(client);
      return client;
    },
    join(username, options) {
      const client = mqtt.connect(brokers[site], {
        ...options,
        ...{ username, password: secret, clientId: username, protocolVersion: 4, reconnectPeriod: 1_000 },
      });
      // Tried again for ever; a device has nobody to complain to.
      client.on('error', () => {});
      return client;
    },
    every(periodMs, task) {
      let due = startedAtMs;
      const run = () => {
        if (stopped) return;
        task(clock.monotonicMs() - startedAtMs);
        due += periodMs;
        const cancel = clock.after(Math.max(1, due - clock.monotonicMs()), () => {
          cancels.delete(cancel);
          run();
        });
        cancels.add(cancel);
      };
      run();
    },
    nowMs: () => clock.nowMs(),
    clock,
    ports,
    communities,
    whenStopped: (stop) => void stops.push(stop),
    luck: chance(`${seed}/${site}`),
  });
  return {
    async start() {
      const startedAtMs = clock.monotonicMs();
      startHillside(stage('hillside', startedAtMs));
      await startMillHouse(stage('mill-house', startedAtMs));
      await startCrossing(stage('station-street', startedAtMs), clipDir);
      logger.info({ seed }, 'The town is alive.');
    },
    async stop() {
      stopped = true;
      for (const stop of [...stops, ...cancels]) stop();
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}
