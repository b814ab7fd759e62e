import { createMemoryBroker, type MemoryBroker } from '@tocsin/simulators/mqtt';
import sharp from 'sharp';
import { Check } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FieldPictures } from '../../types.ts';
import { createStage, withSource } from '../stage.ts';
import { MqttSource } from './config.ts';
import { messageBytesMax, mqtt } from './mqtt.ts';

const jpeg = await sharp({ create: { width: 64, height: 36, channels: 3, background: '#345' } })
  .jpeg()
  .toBuffer();
let broker: MemoryBroker;
beforeAll(async () => {
  broker = await createMemoryBroker();
});
afterAll(() => broker.stop());

/** The field as the agent has it: one client, whose messages go to whoever asked for their topic. */
async function fieldOf(topic: string): Promise<FieldPictures & { heard: number }> {
  const client = broker.connect({ clientId: `agent-${topic.length}` });
  const field = {
    heard: 0,
    subscribe(wanted: string, listener: (payload: Uint8Array, retained: boolean) => void) {
      const hear = (from: string, payload: Uint8Array, { retain }: { retain: boolean }) => {
        if (from !== wanted) return;
        field.heard += 1;
        listener(payload, retain);
      };
      client.on('message', hear);
      client.subscribe(wanted);
      return () => void client.off('message', hear);
    },
  };
  return field;
}

test('over a real broker each message is a picture, and what the broker kept, is broken or is too large is refused', async () => {
  const topic = 'field/cam/picture';
  const device = broker.connect({ clientId: 'cam' });
  await device.publishAsync(topic, jpeg, { retain: true, qos: 1 });
  const stage = createStage({ field: await fieldOf(topic) });
  const source = mqtt.open({ kind: 'mqtt', topic, silenceMs: 400 }, stage.host);
  await withSource(source, async () => {
    await stage.until('silence', () => stage.troubles.length > 0);
    expect(stage.troubles).toEqual([
      'No picture came for 0.4 s; the last one was refused: the broker kept it from earlier.',
    ]);
    await device.publishAsync(topic, 'no picture', { qos: 1 });
    await device.publishAsync(topic, Buffer.concat([jpeg, Buffer.alloc(messageBytesMax)]), { qos: 1 });
    await device.publishAsync('field/cam/other', jpeg, { qos: 1 });
    await device.publishAsync(topic, jpeg, { qos: 1 });
    await device.publishAsync(topic, jpeg, { qos: 1 });
    await stage.until('two pictures', () => stage.frames.length === 2);
  });
  expect(source.counters()).toMatchObject({ pictures: 2, refused: 3 });
  expect(stage.troubles.at(-1)).toBeUndefined();
  expect(Buffer.from(stage.frames[1]!.jpeg).equals(jpeg)).toBe(true);
});

test('a stopped source hears nothing any more', async () => {
  const topic = 'field/cam/stopped';
  const stage = createStage({ field: await fieldOf(topic) });
  const source = mqtt.open({ kind: 'mqtt', topic, silenceMs: 10_000 }, stage.host);
  const device = broker.connect({ clientId: 'cam2' });
  await withSource(source, async () => {
    await device.publishAsync(topic, jpeg, { qos: 1 });
    await stage.until('a picture', () => stage.frames.length === 1);
  });
  const { heard } = stage.host.field as FieldPictures & { heard: number };
  await device.publishAsync(topic, jpeg, { qos: 1 });
  expect(stage.frames).toHaveLength(1);
  expect((stage.host.field as FieldPictures & { heard: number }).heard).toBe(heard);
});

test('without a field broker it says so', async () => {
  const stage = createStage();
  const source = mqtt.open({ kind: 'mqtt', topic: 'x', silenceMs: 1000 }, stage.host);
  await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
  expect(stage.troubles).toEqual(['This gateway has no field broker.']);
});

test('wildcards and topics of others are refused', () => {
  expect(Check(MqttSource, { kind: 'mqtt', topic: 'field/+/picture' })).toBe(false);
  expect(Check(MqttSource, { kind: 'mqtt', topic: 'field/cam', silenceMs: 500 })).toBe(true);
  const check = (topic: string) => mqtt.check!({ kind: 'mqtt', topic }, { directory: '.' }).join();
  expect(check('$SYS/x')).toMatch(/belong to the broker/);
  expect(check('tocsin/v1/mill/status')).toMatch(/way to the cloud/);
  expect(check('field/cam')).toBe('');
});
