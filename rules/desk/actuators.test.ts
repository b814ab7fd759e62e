import { ActuatorTruth } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { type ActuatorMemory, type ReceiptPlace, truthAfter } from './actuators.ts';
import { receipt } from './pretend.ts';

const Truth = Compile(ActuatorTruth);
const urgent = (seq: number, epoch = 'e1'): ReceiptPlace => ({ epoch, lane: 'urgent', seq });
type Said = Parameters<typeof receipt>[0];

function after(...steps: [said: Said, place: ReceiptPlace][]): ActuatorMemory {
  const memory = steps.reduce<ActuatorMemory | undefined>(
    (before, [said, place]) => truthAfter(before, receipt(said), place),
    undefined,
  )!;
  expect(Truth.Check(memory.truth), JSON.stringify(Truth.Errors(memory.truth))).toBe(true);
  return memory;
}

test('what was ordered is never shown as what was confirmed', () => {
  const { truth } = after(
    [{ state: 'verified', commanded: 'open', confirmed: 'open', confirmedAtMs: 900, atMs: 900 }, urgent(1)],
    [{ state: 'sent', commanded: 'closed', atMs: 1000 }, urgent(2)],
  );
  expect(truth).toMatchObject({ commanded: 'closed', commandedAtMs: 1000, confirmed: 'open', confirmedAtMs: 900 });
});

test('an act that was not read back in time leaves the state unknown, and says why', () => {
  const { truth } = after(
    [{ state: 'verified', commanded: 'open', confirmed: 'open', atMs: 900 }, urgent(1)],
    [{ state: 'unverified', commanded: 'closed', why: 'No read-back within 2 s.', atMs: 3000 }, urgent(2)],
  );
  expect(truth).toMatchObject({ state: 'unverified', why: 'No read-back within 2 s.', commanded: 'closed' });
  expect(truth.confirmed).toBeUndefined();
});

test('a refused act leaves order, lease and confirmed state as they were', () => {
  const { truth } = after(
    [{ state: 'verified', commanded: 'closed', confirmed: 'closed', leaseUntilMs: 9000, atMs: 900 }, urgent(1)],
    [{ state: 'refused', action: 'open', why: 'The alert is active.', atMs: 1000 }, urgent(2)],
  );
  expect(truth).toMatchObject({
    state: 'refused',
    why: 'The alert is active.',
    commanded: 'closed',
    leaseUntilMs: 9000,
  });
  expect(truth).toMatchObject({ confirmed: 'closed', confirmedAtMs: 900 });
});

test('a released hold has no lease any more', () => {
  const { truth } = after(
    [{ state: 'executed', commanded: 'closed', leaseUntilMs: 9000 }, urgent(1)],
    [{ state: 'released', commanded: 'open', confirmed: 'open', atMs: 9000 }, urgent(2)],
  );
  expect(truth).toMatchObject({ state: 'released', commanded: 'open', confirmed: 'open' });
  expect(truth.leaseUntilMs).toBeUndefined();
});

test('a receipt older than the newest does not roll the truth back', () => {
  const newest = after([{ state: 'verified', commanded: 'closed', confirmed: 'closed', atMs: 5000 }, urgent(7)]);
  const backlog: ReceiptPlace = { epoch: 'e1', lane: 'backlog', seq: 90 };
  expect(truthAfter(newest, receipt({ state: 'sent', commanded: 'open', atMs: 4000 }), backlog)).toBe(newest);
  expect(truthAfter(newest, receipt({ state: 'sent', commanded: 'open', atMs: 9000 }), urgent(6))).toBe(newest);
});

test('a gateway clock set back does not freeze the truth: the order of its lane counts', () => {
  const { truth } = after(
    [{ state: 'executed', commanded: 'closed', atMs: 90_000_000 }, urgent(1)],
    [{ state: 'released', commanded: 'open', confirmed: 'open', atMs: 1000 }, urgent(2)],
  );
  expect(truth).toMatchObject({ state: 'released', confirmed: 'open' });
});
