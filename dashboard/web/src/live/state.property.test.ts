import type { DeskEvent } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pretendAlert } from '../../../pretend/alerts.ts';
import { applyEvents, emptyWorld, freshWorld } from './state.ts';

const event = (id: number, subject: string): DeskEvent => {
  const { alert } = pretendAlert({ takenAtMs: 1_000, subject });
  return { id, atMs: id, kind: 'alert', alert: { ...alert, version: id, changedAtMs: id } };
};
const history = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 })
  .map((subjects) => subjects.map((subject, index) => event(index + 1, subject)));

test('told twice, in pieces or over a newer snapshot, the world is the same', () => {
  fc.assert(
    fc.property(history, fc.nat(40), fc.nat(40), (events, cut, again) => {
      const straight = applyEvents(emptyWorld, events);
      const pieces = applyEvents(applyEvents(emptyWorld, events.slice(0, cut)), events.slice(Math.max(0, cut - again)));
      expect(pieces.alerts).toEqual(straight.alerts);
      expect(pieces.lastEventId).toBe(straight.lastEventId);
      const told = {
        alerts: [...straight.alerts.values()],
        actuators: [],
        sites: [],
        lastEventId: straight.lastEventId,
      };
      expect(applyEvents(freshWorld(told), events.slice(cut)).alerts).toEqual(straight.alerts);
    }),
    { seed: 11 },
  );
});

test('a site that says it is offline is believed, whenever it was heard of last', () => {
  const status = {
    v: 1,
    site: 'x',
    online: false,
    atMs: 1,
    health: 'ok',
    problems: [],
    queued: 0,
    refused: 0,
    startedAtMs: 1,
  } as const;
  const known = freshWorld({ alerts: [], actuators: [], sites: [{ site: 'x', lastHeardAtMs: 9 }], lastEventId: 1 });
  const site = { site: 'x', status: { ...status, problems: [] }, lastHeardAtMs: 5 };
  const world = applyEvents(known, [{ id: 2, atMs: 9, kind: 'site', site }]);
  expect(world.sites.get('x')).toMatchObject({ status: { online: false }, lastHeardAtMs: 9 });
});

test('the answer to an act counts at once and an older event does not take it back', () => {
  const old = event(1, 'a');
  const { alert } = event(2, 'a') as { alert: ReturnType<typeof pretendAlert>['alert'] };
  const acted = { id: 0, atMs: 2, kind: 'alert', alert: { ...alert, operator: 'acknowledged' } } as const;
  const world = applyEvents(applyEvents(emptyWorld, [old, acted]), [old]);
  expect(world.alerts.get(alert.key)?.operator).toBe('acknowledged');
});
