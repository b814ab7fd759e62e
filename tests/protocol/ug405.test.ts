import { systemClock } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { orderOf, rulesOf } from '../../edge-agent/actuators/plan/story.ts';
import { pretendHost } from '../../edge-agent/actuators/pretend-host.ts';
import { utmcUg405 } from '../../edge-agent/actuators/utmc-ug405/utmc-ug405.ts';
import { type ControllerPlan, serveOutstation } from '../../simulators/controller/index.ts';
import { until } from './until.ts';

const plan: ControllerPlan = {
  ring: [
    { number: 4, vehicle: { minGreenMs: 400, yellowMs: 300, redClearMs: 200 } },
    { number: 2, pedestrian: { walkMs: 400, clearanceMs: 1000, extensionMaxMs: 20_000, bufferMs: 300 } },
  ],
  backupMs: 2000,
};
type End = (end: () => Promise<void>) => void;

async function stageOf(onTestFinished: End, { its = {}, more = {} }: { its?: object; more?: object } = {}) {
  const outstation = await serveOutstation({ plan: { ...plan, ...its }, scn: 'J12' });
  onTestFinished(() => outstation.stop());
  const { host, said } = pretendHost({ readSecret: () => 'UTMC' });
  const entry = {
    driver: 'utmc-ug405',
    host: '127.0.0.1',
    port: outstation.port,
    scn: 'J12',
    stage: 2,
    action: 'walk',
    rest: 'none',
  };
  const secrets = { readCommunity: { env: 'U' }, writeCommunity: { env: 'U' } };
  const times = { leaseMs: 4000, timeoutMs: 250, lookMs: 200 };
  const driver = utmcUg405.open({ ...rulesOf().actuator, ...entry, ...secrets, ...times, id: 'stage', ...more }, host);
  onTestFinished(async () => driver.stop!());
  driver.start!();
  await until('the first reading', () => said.readBacks.length > 0 || Object.keys(said.troubles).length > 0);
  return { outstation, driver, said };
}
const walk = orderOf({ id: 'o1', device: 'stage', action: 'walk', leaseMs: 8000 }, 0);
const none = orderOf({ id: 'o2', device: 'stage', action: 'none' }, 0);

describe.concurrent('a stage of a UG405 outstation', () => {
  test('is brought in, confirmed by its reply, kept, and let go', async ({ onTestFinished }) => {
    const { outstation, driver, said } = await stageOf(onTestFinished);
    driver.send(walk);
    await until('the request', () => said.readBacks.at(-1)?.[0] === 'asked');
    await until('the stage', () => said.readBacks.at(-1)?.[0] === 'walk');
    expect(outstation.state().interval).toMatch(/walk|clearance/);
    await until('the clearance', () => outstation.state().interval === 'clearance');
    const since = outstation.state().sinceMs;
    await until('a stage that is kept', () => outstation.state().atMs - since > 2500);
    expect(outstation.state().interval).toBe('clearance');
    driver.send(none);
    await until('the release', () => outstation.state().registers.force === 0);
    await until('the truth', () => said.readBacks.at(-1)?.[0] === 'none' && said.accepted.includes('o2'));
    expect(said.failed).toEqual([]);
    expect(outstation.shouts()).toEqual([]);
  });

  test('is dropped by the mode timeout when the agent falls silent', async ({ onTestFinished }) => {
    const { outstation, driver } = await stageOf(onTestFinished);
    driver.send(walk);
    await until('the force', () => outstation.state().registers.force !== 0);
    outstation.fail({ kind: 'silent' });
    const since = systemClock.monotonicMs();
    await until('the fall-back', () => outstation.state().registers.force === 0, 3000);
    expect(systemClock.monotonicMs() - since).toBeLessThan(2600);
  });

  test('is taken back on stop', async ({ onTestFinished }) => {
    const { outstation, driver } = await stageOf(onTestFinished);
    driver.send(walk);
    await until('the force', () => outstation.state().registers.force !== 0);
    await driver.stop!();
    expect(outstation.state().registers.force).toBe(0);
  });

  test('without a mode timeout is a trouble, and nothing is written', async ({ onTestFinished }) => {
    const { outstation, driver, said } = await stageOf(onTestFinished, { its: { backupMs: 0 } });
    driver.send(walk);
    await until('the refusal', () => said.failed.length > 0);
    expect(said.troubles.watchdog).toMatch(/backup time is 0/);
    expect(outstation.state().lastSetMs).toBe(0);
  });

  test('of a junction the outstation does not have is refused by the outstation, which is a trouble', async ({
    onTestFinished,
  }) => {
    const { driver, said } = await stageOf(onTestFinished, { more: { scn: 'J99' } });
    driver.send(walk);
    await until('the refusal', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(/does not have|answers NoSuchName/);
    expect(said.readBacks).toEqual([]);
  });
});
