import { type Ack, type Lane, lanes } from '@tocsin/contracts';
import { answer } from './answer.ts';
import { laneWindow, retryDelayMs, windowAtStart } from './pace.ts';
import type { LaneState, LostRange, OutboxEffect, OutboxEvent, OutboxState, Stepped } from './types.ts';

/**
 * Decides what to send, what to forget and when to begin a new epoch. Pure: go-back-N over three lanes, urgent before live before
 * backlog. A row is forgotten only after the cloud's `storedThrough` covered it; whatever the network repeats, loses or
 * reorders, the cloud sees each lane's numbers in order or refuses them as early.
 */
export function startOutbox(
  epoch: string,
  queues: Record<Lane, { storedThrough: number; queued: number }>,
): OutboxState {
  const one = (lane: Lane) => freshLane(queues[lane].storedThrough, queues[lane].queued, false);
  return { epoch, online: false, lanes: { urgent: one('urgent'), live: one('live'), backlog: one('backlog') } };
}

function freshLane(storedThrough: number, queued: number, verified: boolean): LaneState {
  return {
    storedThrough,
    queued,
    sentThrough: storedThrough,
    cursor: storedThrough + 1,
    window: windowAtStart,
    attempts: 0,
    rewoundAt: -1,
    verified,
  };
}

/** The number the next appended row of a lane will have, unless rows before it are joined or an epoch begins. */
export function nextSeq({ storedThrough, queued }: LaneState): number {
  return storedThrough + queued + 1;
}

/** Applies one event; answers the new state and what the shell must do, in order. */
export function stepOutbox(state: OutboxState, event: OutboxEvent): Stepped {
  switch (event.kind) {
    case 'connected':
    case 'disconnected':
      return pump({ ...mapLanes(state, rewind), online: event.kind === 'connected' }, event.atMs);
    case 'appended':
      return pump(withLane(state, event.lane, more(event.rows)), event.atMs);
    case 'evicted':
      return { state: withLane(state, event.lane, more(-event.rows)), effects: [] };
    case 'acked':
      return acknowledge(state, event.ack, event.atMs);
    case 'tick': {
      const pumped = pump(
        mapLanes(state, (lane) => retry(lane, event)),
        event.atMs,
      );
      // A new epoch that could not be written down is asked for again.
      return { ...pumped, effects: [...pumped.effects, ...renewal(pumped.state)] };
    }
    case 'renewed': {
      const fresh = (lane: Lane) => freshLane(0, event.queued[lane], true);
      const all = { urgent: fresh('urgent'), live: fresh('live'), backlog: fresh('backlog') };
      return pump({ epoch: event.epoch, online: state.online, lanes: all }, event.atMs);
    }
    default:
      return event satisfies never;
  }
}

const more = (rows: number) => (lane: LaneState) => ({ ...lane, queued: lane.queued + rows });
const rewind = (lane: LaneState): LaneState => ({
  ...lane,
  cursor: lane.storedThrough + 1,
  window: windowAtStart,
  attempts: 0,
  rewoundAt: -1,
  retryAtMs: undefined,
  quiet: false,
});

function retry(lane: LaneState, { atMs, chance }: { atMs: number; chance: number }): LaneState {
  if (lane.retryAtMs === undefined || atMs < lane.retryAtMs) return lane;
  const attempts = lane.attempts + 1;
  const retryAtMs = atMs + retryDelayMs({ ...lane, attempts }, chance);
  // One row is enough to learn whether the cloud answers again; more would only fill a slow link with copies.
  return { ...rewind(lane), window: 1, attempts, retryAtMs };
}

function acknowledge(state: OutboxState, ack: Ack, atMs: number): Stepped {
  if (ack.epoch !== state.epoch) return { state, effects: [{ kind: 'ignored', why: 'otherEpoch' }] };
  const { lane, effects, verdict } = answer(state.lanes[ack.lane], ack, atMs);
  let next = withLane(state, ack.lane, () => lane);
  if (verdict !== undefined && next.settling === undefined) {
    const forgotten = (one: LaneState) => (one.settled === 'answered' ? { ...one, settled: undefined } : one);
    next = { ...mapLanes(next, forgotten), settling: verdict };
    const empty = lanes.filter((name) => next.lanes[name].queued === 0);
    // What an idle lane has lost can only be learnt from the cloud's answer to a row of that lane.
    if (verdict === 'restored' && empty.length > 0) effects.push({ kind: 'probe', lanes: empty });
  }
  const pumped = pump(next, atMs);
  return { state: pumped.state, effects: [...effects, ...pumped.effects, ...renewal(pumped.state)] };
}

/** Rows that were sent and whose fate is unknown must not travel under a second number, so a new epoch waits for them. */
function renewal(state: OutboxState): OutboxEffect[] {
  const why = state.settling;
  if (why === undefined) return [];
  const lost: LostRange[] = [];
  for (const name of lanes) {
    const lane = state.lanes[name];
    const idle = lane.sentThrough <= lane.storedThrough;
    const known =
      lane.settled === 'low' ||
      lane.settled === 'forked' ||
      (why === 'restored' ? lane.settled === 'answered' && idle : idle && (lane.verified || lane.queued === 0));
    if (!known) return [];
    if (lane.settled === 'low') lost.push({ lane: name, from: lane.low!.storedThrough + 1, to: lane.storedThrough });
  }
  return [{ kind: 'renew', why, lost }];
}

function pump(state: OutboxState, atMs: number): Stepped {
  if (!state.online) return { state, effects: [] };
  const effects: OutboxEffect[] = [];
  const next = mapLanes(state, (lane, name) => {
    let { cursor } = lane;
    if (lane.quiet) return lane;
    const end = sendableThrough(lane, name, state.settling);
    for (; cursor <= end; cursor += 1) effects.push({ kind: 'send', lane: name, seq: cursor });
    if (cursor === lane.cursor) return lane;
    const retryAtMs = lane.retryAtMs ?? atMs + retryDelayMs(lane, 1);
    return { ...lane, cursor, sentThrough: Math.max(lane.sentThrough, cursor - 1), retryAtMs };
  });
  return { state: next, effects };
}

function sendableThrough(lane: LaneState, name: Lane, settling: OutboxState['settling']): number {
  const newest = lane.storedThrough + lane.queued;
  const open = lane.storedThrough + (lane.verified ? Math.min(lane.window, laneWindow[name]) : 1);
  if (settling === undefined) return Math.min(newest, open);
  if (lane.settled === 'low' || lane.settled === 'forked') return 0;
  const unanswered = settling === 'restored' ? lane.settled !== 'answered' : !lane.verified;
  const limit = unanswered ? Math.max(lane.sentThrough, lane.storedThrough + 1) : lane.sentThrough;
  return Math.min(newest, open, limit);
}

function mapLanes(state: OutboxState, change: (lane: LaneState, name: Lane) => LaneState): OutboxState {
  const urgent = change(state.lanes.urgent, 'urgent');
  const live = change(state.lanes.live, 'live');
  return { ...state, lanes: { urgent, live, backlog: change(state.lanes.backlog, 'backlog') } };
}

function withLane(state: OutboxState, name: Lane, change: (lane: LaneState) => LaneState): OutboxState {
  return { ...state, lanes: { ...state.lanes, [name]: change(state.lanes[name]) } };
}
