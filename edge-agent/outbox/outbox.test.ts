import type { Ack, Lane } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { nextSeq, startOutbox, stepOutbox } from './outbox.ts';
import { laneWindow, lowMs } from './pace.ts';
import type { OutboxEffect, OutboxEvent, OutboxState } from './types.ts';

const epoch = 'e1';
const empty = { storedThrough: 0, queued: 0 };

/** An outbox that was told these events; `effects` are those of the last one. */
function told(state: OutboxState, ...events: OutboxEvent[]): { state: OutboxState; effects: OutboxEffect[] } {
  let effects: OutboxEffect[] = [];
  for (const event of events) ({ state, effects } = stepOutbox(state, event));
  return { state, effects };
}

const start = (queues: Partial<Record<Lane, { storedThrough: number; queued: number }>> = {}) =>
  startOutbox(epoch, { urgent: empty, live: empty, backlog: empty, ...queues });
const connected = (atMs = 0): OutboxEvent => ({ kind: 'connected', atMs });
const appended = (lane: Lane, rows: number, atMs = 0): OutboxEvent => ({ kind: 'appended', lane, rows, atMs });
const tick = (atMs: number): OutboxEvent => ({ kind: 'tick', atMs, chance: 0.5 });
const acked = (lane: Lane, storedThrough: number, atMs = 1, more: Partial<Ack> = {}): OutboxEvent => ({
  kind: 'acked',
  ack: { v: 1, epoch, lane, storedThrough, ...more },
  atMs,
});
const sent = (effects: OutboxEffect[]) => effects.flatMap((e) => (e.kind === 'send' ? [`${e.lane} ${e.seq}`] : []));
/** A lane whose first row was stored, so that the window is open. */
const running = (rows = 100) => told(start(), connected(), appended('live', rows), acked('live', 1)).state;

describe('sending', () => {
  test('nothing is sent without a link; with one, urgent goes before live before backlog', () => {
    const offline = told(start(), appended('backlog', 1), appended('live', 1), appended('urgent', 1));
    expect(offline.effects).toEqual([]);
    expect(sent(told(offline.state, connected()).effects)).toEqual(['urgent 1', 'live 1', 'backlog 1']);
  });

  test('the window opens as the cloud answers and never beyond its limit', () => {
    let state = running();
    let under = state.lanes.live.sentThrough - state.lanes.live.storedThrough;
    expect(under).toBeGreaterThan(1);
    for (let seq = 2; seq < 40; seq += 1) {
      ({ state } = told(state, acked('live', seq)));
      under = state.lanes.live.sentThrough - state.lanes.live.storedThrough;
      expect(under).toBeLessThanOrEqual(laneWindow.live);
    }
    expect(under).toBe(laneWindow.live);
  });

  test('without an answer one row is sent again from the mark, later each time', () => {
    let { state, effects } = told(running(), tick(4_000));
    expect(sent(effects)).toEqual([]);
    ({ state, effects } = told(state, tick(5_100)));
    expect(sent(effects)).toEqual(['live 2']);
    expect(sent(told(state, tick(9_000)).effects)).toEqual([]);
    expect(sent(told(state, tick(5_100 + 10_000)).effects)).toEqual(['live 2']);
  });

  test('an answer that stands still while later rows are under way makes it go back once', () => {
    const { state, effects } = told(running(), acked('live', 1));
    expect(sent(effects)[0]).toBe('live 2');
    expect(sent(told(state, acked('live', 1)).effects)).toEqual([]);
  });

  test('a new connection begins again from the mark', () => {
    const { effects } = told(running(), { kind: 'disconnected', atMs: 5 }, connected(6));
    expect(sent(effects)[0]).toBe('live 2');
  });
});

describe('acknowledgements (fault 24)', () => {
  test('one moves the mark and forgets', () => {
    const { state, effects } = told(running(), acked('live', 3));
    expect(effects).toContainEqual({ kind: 'forget', lane: 'live', through: 3 });
    expect([state.lanes.live.storedThrough, nextSeq(state.lanes.live)]).toEqual([3, 101]);
  });

  test.each([
    ['of another epoch', acked('live', 2, 1, { epoch: 'e0' }), 'otherEpoch'],
    ['of rows never sent', acked('live', 90), 'neverSent'],
    ['of rows that do not exist', acked('live', 5_000), 'neverSent'],
    ['below the mark', acked('live', 0), 'belowMark'],
    ['of a lane in which nothing was sent', acked('urgent', 3), 'neverSent'],
  ])('one %s is counted and forgets nothing', (_what, event, why) => {
    const before = running();
    const { state, effects } = told(before, event);
    expect(effects).toContainEqual({ kind: 'ignored', why });
    expect(effects.filter(({ kind }) => kind === 'forget')).toEqual([]);
    expect(nextSeq(state.lanes.live)).toBe(nextSeq(before.lanes.live));
  });

  test('after a crash that lost answers, rows go one at a time until the cloud is no longer ahead', () => {
    let step = told(start({ live: { storedThrough: 0, queued: 10 } }), connected());
    const seen = sent(step.effects);
    for (let turn = 0; turn < 4; turn += 1) {
      step = told(step.state, acked('live', 4));
      seen.push(...sent(step.effects));
      if (step.state.lanes.live.verified) break;
    }
    expect(seen.slice(0, 5)).toEqual(['live 1', 'live 2', 'live 3', 'live 4', 'live 5']);
    expect(step.state.lanes.live.storedThrough).toBe(4);
  });
});

describe('new epochs', () => {
  const low = (atMs: number) => acked('live', 20, atMs);
  /** Stored through 50 by a cloud that now says 20. */
  const behind = () => told(start({ live: { storedThrough: 49, queued: 10 } }), connected(), acked('live', 50)).state;

  test('a mark that is low once or for a moment is only late', () => {
    const { state } = told(behind(), low(10), low(20), low(30));
    expect(state.settling).toBeUndefined();
    expect(told(state, acked('live', 51, 40), low(lowMs + 50)).state.settling).toBeUndefined();
  });

  test('a cloud that stays low is a restored one: idle lanes are probed, then a new epoch begins and the loss is named', () => {
    let step = told(behind(), low(10), low(5_000), low(lowMs + 10));
    expect(step.state.settling).toBe('restored');
    expect(step.effects).toContainEqual({ kind: 'probe', lanes: ['urgent', 'backlog'] });
    const at = lowMs + 20;
    step = told(step.state, appended('urgent', 1, at), appended('backlog', 1, at));
    expect(sent(told(step.state, tick(at + 60_000)).effects)).not.toContain('live 51');
    step = told(step.state, acked('urgent', 1, at + 5), acked('backlog', 1, at + 6));
    expect(step.effects).toContainEqual({ kind: 'renew', why: 'restored', lost: [{ lane: 'live', from: 21, to: 50 }] });
    const queued = { urgent: 1, live: 9, backlog: 0 };
    step = told(step.state, { kind: 'renewed', epoch: 'e2', queued, atMs: at + 7 });
    expect(sent(step.effects)).toContain('live 1');
    expect(step.state).toMatchObject({ epoch: 'e2', online: true });
    expect(step.state.settling).toBeUndefined();
  });

  test('a new epoch that could not be written down is asked for again', () => {
    const forked = told(
      start({ live: { storedThrough: 5, queued: 3 } }),
      connected(),
      acked('live', 9, 1, { conflictAt: 6 }),
    );
    expect(forked.effects).toContainEqual({ kind: 'renew', why: 'forked', lost: [] });
    expect(told(forked.state, tick(600)).effects).toContainEqual({ kind: 'renew', why: 'forked', lost: [] });
  });

  test('a conflict forgets what came before it and keeps the row itself', () => {
    const { state } = told(
      start({ live: { storedThrough: 5, queued: 3 } }),
      connected(),
      acked('live', 9),
      acked('live', 9, 2, { conflictAt: 7 }),
    );
    expect(state.lanes.live).toMatchObject({ storedThrough: 6, queued: 2 });
    expect(state.settling).toBe('forked');
  });

  test('while rows of another lane are under way with an unknown fate, the new epoch waits', () => {
    const before = told(start(), connected(), appended('urgent', 1), appended('live', 2), acked('live', 1));
    const { state, effects } = told(before.state, acked('live', 9, 2, { conflictAt: 2 }));
    expect(state.settling).toBe('forked');
    expect(effects.filter(({ kind }) => kind === 'renew')).toEqual([]);
    expect(told(state, acked('urgent', 1, 3)).effects).toContainEqual({ kind: 'renew', why: 'forked', lost: [] });
  });
});
