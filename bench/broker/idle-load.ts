/** Opens connections with one subscription each and leaves them alone. */
import { type RawMqtt, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';

const { port, connections } = JSON.parse(process.argv[2]!) as { port: number; connections: number };
const clients: RawMqtt[] = [];
/** Log-ins going on at a time. */
const lanes = 50;

async function lane(first: number): Promise<void> {
  for (let n = first; n < connections; n += lanes) {
    const name = `site-${n}`;
    const client = await rawMqtt({ port, clientId: name, username: name, password: `${name}-secret` });
    await subscribe(client, `tocsin/v1/${name}/down/+`, 1);
    clients.push(client);
  }
}

await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
process.send!({ connected: clients.length });
process.on('disconnect', () => process.exit(0));
