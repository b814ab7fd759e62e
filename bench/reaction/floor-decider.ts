import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodedPublish, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';

/**
 * The floor: a raw client of a stock broker that compares one number, commits one row durably, and sends the order. No rules, no
 * validation, no lease, no interlock, no read-back, no record worth the name.
 */
const { port, sensorTopic, commandTopic } = JSON.parse(process.argv[2]!) as {
  port: number;
  sensorTopic: string;
  commandTopic: string;
};
const folder = mkdtempSync(join(tmpdir(), 'tocsin-floor-'));
const db = new DatabaseSync(join(folder, 'floor.sqlite'));
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE intent (at REAL NOT NULL, wanted TEXT NOT NULL) STRICT;',
);
const insert = db.prepare('INSERT INTO intent VALUES (?, ?)');
const client = await rawMqtt({ port, clientId: 'decider' });
await subscribe(client, sensorTopic, 1);
const orders = {
  ON: encodedPublish(commandTopic, Buffer.from('ON'), 1),
  OFF: encodedPublish(commandTopic, Buffer.from('OFF'), 1),
};
client.onPacket = (type, bytes, bodyAt, endAt) => {
  if (type !== 3) return;
  const topicBytes = bytes.readUInt16BE(bodyAt);
  const id = bytes.readUInt16BE(bodyAt + 2 + topicBytes);
  const { value } = JSON.parse(bytes.toString('utf8', bodyAt + 4 + topicBytes, endAt)) as { value: number };
  const wanted = value >= 50 ? 'ON' : 'OFF';
  insert.run(performance.now(), wanted);
  client.socket.write(orders[wanted].batch(1));
  client.socket.write(Buffer.from([0x40, 2, id >> 8, id & 255]));
};
process.send!({ ready: true });
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
