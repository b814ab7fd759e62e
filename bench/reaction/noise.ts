import { encodedPublish, rawMqtt } from '../harness/raw-mqtt.ts';

/** A second device: first it fills the gateway's outbox with `fill` messages of 1,000 readings, then it goes on at 2,000 readings a second. */
const { port, password } = JSON.parse(process.argv[2]!) as { port: number; password: string };
const client = await rawMqtt({ port, clientId: 'noise', username: 'noise', password });
client.onPacket = () => {};

function say(count: number, fromMs: number): void {
  const records = Array.from({ length: count }, (_, i) => ({
    t: Math.round(fromMs + i),
    value: Math.round(2000 + 500 * Math.sin(i / 50)) / 100,
  }));
  client.socket.write(encodedPublish('field/noise/state', Buffer.from(JSON.stringify({ records })), 1).batch(1));
}

process.send!({ ready: true });
process.on('message', async ({ fill }: { fill?: number }) => {
  if (fill !== undefined) {
    const fromMs = Date.now() - fill * 1_000;
    for (let n = 0; n < fill; n += 1) {
      say(1_000, fromMs + n * 1_000);
      await new Promise((done) => setTimeout(done, 15));
    }
    await new Promise((done) => setTimeout(done, 1_000));
  } else setInterval(() => say(200, Date.now() - 200), 100);
  process.send!({ done: true });
});
process.on('disconnect', () => process.exit(0));
