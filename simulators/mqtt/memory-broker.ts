import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@tocsin/contracts';
import { Aedes, type AedesOptions } from 'aedes';
import { type IClientOptions, MqttClient } from 'mqtt';
import { type MemoryLine, memoryLine } from './memory-line.ts';

export { connectPacket, type RawClient, rawClient, rawLogin } from './raw-client.ts';

export type MemoryBrokerOptions = {
  /** Serves the broker's end of each line; left out: a plain aedes inside this process. */
  serve?(stream: Duplex): void;
  /** Options of the plain aedes, such as `authenticate`. */
  aedes?: AedesOptions;
  /** One-way delay of every line, in milliseconds; default 0. */
  delayMs?: number;
  clock?: Clock;
};

export type MemoryBroker = {
  /** A real mqtt.js client on a line of its own; without `reconnectPeriod` it does not come back after a cut. */
  connect(options?: IClientOptions): MqttClient;
  /** Breaks the client's line without a DISCONNECT: its will is published. */
  cut(client: MqttClient): void;
  /** Holds back everything the client sends and gets, until `thaw`. */
  freeze(client: MqttClient): void;
  thaw(client: MqttClient): void;
  /** Ends all clients and the broker. */
  stop(): Promise<void>;
};

/**
 * MQTT for tests without ports: a real aedes broker and real mqtt.js clients, joined by in-memory streams. Use it to
 * prove that your code speaks MQTT correctly through cuts, delays and repeats. It has no rights and no limits unless
 * `serve` hands the lines to a broker that has.
 */
export async function createMemoryBroker(options: MemoryBrokerOptions = {}): Promise<MemoryBroker> {
  const { clock = systemClock, delayMs = 0 } = options;
  const aedes = options.serve === undefined ? await Aedes.createBroker(options.aedes) : undefined;
  const serve = options.serve ?? ((stream: Duplex) => void aedes!.handle(stream));
  const lines = new Map<MqttClient, MemoryLine>();

  return {
    connect(clientOptions = {}) {
      const client: MqttClient = new MqttClient(
        (self) => {
          const line = memoryLine(clock, delayMs);
          lines.set(self, line);
          serve(line.brokerEnd);
          return line.clientEnd;
        },
        { reconnectPeriod: 0, protocolVersion: 4, ...clientOptions },
      );
      // A client without a listener would throw on a refused connection, which tests look at in other ways.
      client.on('error', () => {});
      return client;
    },
    cut: (client) => lines.get(client)?.cut(),
    freeze: (client) => lines.get(client)?.freeze(),
    thaw: (client) => lines.get(client)?.thaw(),
    async stop() {
      for (const [client, line] of lines) {
        line.cut();
        await client.endAsync(true);
      }
      lines.clear();
      if (aedes !== undefined) await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}
