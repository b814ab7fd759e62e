import { type ServedPanel, servePanel } from '@tocsin/simulators';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { breakerAt, holderAt, openPlan } from './pretend-plan.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function panelOf(options: Parameters<typeof servePanel>[0]): Promise<ServedPanel> {
  const panel = await servePanel(options);
  open.push(() => panel.stop());
  return panel;
}

function planOf(...actuators: Parameters<typeof openPlan>[0]) {
  const plan = openPlan(actuators);
  open.push(() => plan.stop());
  return plan;
}

const until = (holds: () => unknown, timeout = 4000) =>
  vi.waitFor(() => expect(holds()).toBeTruthy(), { timeout, interval: 5 });
async function looks(panel: ServedPanel, count: number): Promise<void> {
  const from = panel.frames().length;
  await until(() => panel.frames().length >= from + count);
}
const known = (plan: ReturnType<typeof openPlan>, id: string) =>
  until(() => !plan.troubles.has(`${id} actuator-unreachable`));
const trips = (panel: ServedPanel) => panel.writes().filter(({ address, values }) => address === 0 && values![0] === 1);
const cut = { device: 'breaker-0', action: 'cut' };

describe('an order through the command plan', () => {
  test('goes from coil to contact and is verified only by the contact', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt', openMs: 80 }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    plan.order({ ...cut, id: 'o-1' });
    await until(() => plan.stages('o-1').includes('verified'));
    expect(plan.stages('o-1')).toEqual(['requested', 'authorised', 'sent', 'accepted', 'verified']);
    expect([panel.place(0), panel.moves().length, [...plan.troubles]]).toEqual(['open', 1, []]);
  });

  test('that comes again and again, also over new connections, moves the breaker once', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    for (let n = 0; n < 100; n += 1) plan.order({ ...cut, id: 'o-1' });
    await until(() => plan.stages('o-1').includes('verified'));
    panel.cut();
    await until(() => panel.connections().ever === 2);
    await looks(panel, 3);
    for (let n = 0; n < 100; n += 1) plan.order({ ...cut, id: 'o-1' });
    await looks(panel, 4);
    expect([trips(panel).length, panel.moves().length]).toEqual([1, 1]);
  });

  test.each(['stick', 'lie', 'both', 'neither'] as const)(
    'is unverified and a trouble when the feedback is wrong (%s)',
    async (kind) => {
      const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
      const plan = planOf(breakerAt(panel.port));
      await looks(panel, 3);
      plan.order({ ...cut, id: 'o-1' });
      panel.feedback(0, { kind });
      await until(() => plan.troubles.has('breaker-0 unverified'));
      expect(plan.stages('o-1')).not.toContain('verified');
      expect(panel.moves().length).toBe(1);
    },
  );

  test('that the mechanism does not follow is unverified, and the trip is not repeated', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    panel.touch(0, { kind: 'jam', on: true });
    plan.order({ ...cut, id: 'o-1' });
    await until(() => plan.troubles.has('breaker-0 unverified'));
    await looks(panel, 5);
    expect(trips(panel).length).toBe(1);
  });

  test('that a lagging contact confirms too late is unverified first and verified then', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    panel.feedback(0, { kind: 'lag', byMs: 700 });
    plan.order({ ...cut, id: 'o-1' });
    await until(() => plan.stages('o-1').includes('verified'));
    expect(plan.stages('o-1')).toContain('unverified');
    expect([trips(panel).length, [...plan.troubles]]).toEqual([1, []]);
  });

  test('that the device declines fails in words and is tried again while it is wanted', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    panel.fault({ kind: 'exception', code: 6 }, 'writes');
    plan.wish('breaker-0', 'cut');
    await until(() => plan.receipts.some(({ state, why }) => state === 'failed' && why!.includes('it is busy')));
    panel.fault(undefined);
    await until(() => plan.receipts.some(({ state }) => state === 'verified'));
    expect(panel.moves().length).toBe(1);
  });

  test('whose answer is lost is not failed, is not repeated, and is verified by what is seen later', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    panel.fault({ kind: 'cut', when: 'after' }, 'writes');
    plan.order({ ...cut, id: 'o-1' });
    await until(() => plan.troubles.has('breaker-0 actuator-unreachable'));
    panel.fault(undefined);
    await until(() => plan.stages('o-1').includes('verified'));
    expect(plan.stages('o-1')).not.toContain('failed');
    expect([trips(panel).length, panel.moves().length]).toEqual([1, 1]);
  });

  test('given while the panel is gone for longer than its life never arrives', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    panel.fault({ kind: 'refuse' });
    await until(() => plan.troubles.has('breaker-0 actuator-unreachable'));
    plan.order({ ...cut, id: 'o-1', leaseMs: 100, expiresAtMs: Date.now() + 300 });
    await until(() => plan.stages('o-1').includes('failed') && plan.troubles.has('breaker-0 unverified'));
    plan.order({ device: 'breaker-0', action: 'supply', id: 'o-2' });
    panel.fault(undefined);
    await known(plan, 'breaker-0');
    await looks(panel, 6);
    expect([trips(panel), panel.moves()]).toEqual([[], []]);
  });
});

describe('a hold', () => {
  test('is renewed at the coil while its reason lasts, moves once, and goes to rest when it ends', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const plan = planOf(holderAt(panel.port));
    await looks(panel, 3);
    plan.wish('holder-0', 'on');
    await until(() => panel.writes().filter(({ values }) => values![0] === 1).length >= 4);
    expect(panel.moves().length).toBe(1);
    plan.wishEnd('holder-0', 'on');
    await until(() => panel.place(0) === 'open');
    expect(panel.moves().map(({ to }) => to)).toEqual(['closed', 'open']);
  });

  test('that somebody at the panel ended is a disagreement', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const plan = planOf(breakerAt(panel.port));
    await looks(panel, 3);
    plan.order({ ...cut, id: 'o-1' });
    // As long as the trip coil is energised nobody closes it.
    await until(() => plan.stages('o-1').includes('verified') && panel.writes().length === 2);
    panel.touch(0, { kind: 'hand', to: 'closed' });
    await until(() => plan.troubles.get('breaker-0 disagreement')?.includes('reports supply'));
  });

  test('of an agent that stops is released; two actuators on one device end on their own', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }, { kind: 'shunt' }] });
    const plan = planOf(holderAt(panel.port, {}, 0), breakerAt(panel.port, {}, 1));
    await looks(panel, 4);
    plan.wish('holder-0', 'on');
    plan.wish('breaker-1', 'cut');
    await until(() => panel.place(0) === 'closed' && panel.place(1) === 'open' && panel.writes().length >= 3);
    expect(panel.connections().ever).toBe(1);
    await plan.stop();
    await until(() => panel.place(0) === 'open' && panel.connections().now === 0);
    expect(panel.place(1)).toBe('open');
  });

  test('is lost with the control voltage, and the loss is seen', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const plan = planOf(holderAt(panel.port));
    await looks(panel, 3);
    plan.wish('holder-0', 'on');
    await until(() => plan.receipts.some(({ state }) => state === 'verified'));
    panel.touch(0, { kind: 'power', on: false });
    await until(() => plan.troubles.get('holder-0 disagreement')?.includes('reports off'));
  });
});

test('an undervoltage release trips when its coil is let go', async () => {
  const panel = await panelOf({ ways: [{ kind: 'undervoltage' }] });
  const actions = { cut: { coil: 0, value: false }, supply: { coil: 0, value: true } };
  const plan = planOf(breakerAt(panel.port, { actions }));
  await looks(panel, 3);
  plan.order({ ...cut, id: 'o-1' });
  await until(() => plan.stages('o-1').includes('verified'));
  expect(panel.place(0)).toBe('open');
});

test('a panel that is killed and comes back on its port is taken up again, and what it says then counts', async () => {
  const first = await servePanel({ ways: [{ kind: 'shunt' }] });
  const plan = planOf(breakerAt(first.port));
  await looks(first, 3);
  await first.stop();
  await until(() => plan.troubles.has('breaker-0 actuator-unreachable'));
  const second = await panelOf({ ways: [{ kind: 'shunt' }], port: first.port });
  await known(plan, 'breaker-0');
  plan.order({ ...cut, id: 'o-1' });
  await until(() => plan.stages('o-1').includes('verified'));
  expect(second.moves().length).toBe(1);
});
