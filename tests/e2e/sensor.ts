import mqtt from 'mqtt';

export type Sent = { t: number; n: number };

/**
 * A sensor with a small memory, as loggers have: it numbers what it says, and when a connection was lost it says again what it took
 * since half a second before that. `sent` is the independent record that everything stored is held against.
 */
export function countingSensor({ port, secret }: { port: number; secret: string }) {
  const sent: Sent[] = [];
  const remembered: Sent[] = [];
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    clientId: 'sensor',
    username: 'sensor',
    password: secret,
    protocolVersion: 4,
    reconnectPeriod: 100,
    clean: true,
    resubscribe: false,
    queueQoSZero: false,
  });
  let lostAtMs = 0;
  client.on('error', () => {});
  client.on('close', () => {
    if (lostAtMs === 0) lostAtMs = Date.now();
  });
  client.on('connect', () => {
    (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
    if (lostAtMs > 0) for (const { t, n } of remembered) if (t > lostAtMs - 500) say(t, n, 20);
    lostAtMs = 0;
  });
  const say = (t: number, n: number, v: number) => {
    // QoS 0: what is said again is this sensor's own choice; the client library would repeat old messages behind newer ones.
    if (client.connected) client.publish('field/sensor/state', JSON.stringify({ t, n, v }), { qos: 0 });
  };
  let number = 0;
  let last = 0;
  return {
    sent,
    client,
    /** Takes one reading now; it goes into the record whether or not anybody listens. */
    read(v = 20): Sent {
      last = Math.max(last + 1, Date.now());
      number += 1;
      const reading = { t: last, n: number };
      sent.push(reading);
      remembered.push(reading);
      while (remembered.length > 0 && remembered[0]!.t < last - 20_000) remembered.shift();
      say(reading.t, reading.n, v);
      return reading;
    },
    end: () => client.endAsync(true),
  };
}
