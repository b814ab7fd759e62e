import { createInterface } from 'node:readline';
import type { Command } from '@tocsin/contracts';
import { pretendHost } from '../pretend-host.ts';
import { gpio } from './gpio.ts';

/**
 * A small process that hosts the driver, for tests that stop or kill an agent: its argument is the actuator entry (JSON), its input are
 * orders (JSON), its output is what the driver says (JSON, a line each).
 */
const say = (...said: unknown[]) => console.log(JSON.stringify(said));
const { host } = pretendHost({
  readBack: (state) => say('readBack', state),
  failed: (id, why) => say('failed', id, why),
  trouble: (name, why) => say('trouble', name, why ?? null),
});
const driver = gpio.open(JSON.parse(process.argv[2]!), host);
driver.start!();
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Command;
  try {
    driver.send(order);
  } catch (error) {
    say('refused', order.id, String(error));
  }
}
await driver.stop!();
