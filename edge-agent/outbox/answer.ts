import type { Ack } from '@tocsin/contracts';
import { laneWindow, lowMs, lowTimes, retryDelayMs, retryMs } from './pace.ts';
import type { LaneState, OutboxEffect, RenewReason } from './types.ts';

type Answered = { lane: LaneState; effects: OutboxEffect[]; verdict?: RenewReason };

/** What the cloud's word about one lane of this epoch changes. It comes from the network, so nothing in it may stop us (fault 24). */
export function answer(lane: LaneState, ack: Ack, atMs: number): Answered {
  const { storedThrough, conflictAt } = ack;
  if (conflictAt !== undefined && conflictAt > lane.storedThrough && conflictAt <= lane.sentThrough)
    return conflict(lane, ack, conflictAt);
  if (storedThrough > lane.sentThrough) return beyond(lane, ack, atMs);
  if (storedThrough > lane.storedThrough) return progress({ ...lane, verified: true }, ack, atMs);
  if (storedThrough < lane.storedThrough) return below(lane, storedThrough, atMs);
  // The cloud waits for the row after our mark although later ones are under way: that row was lost.
  const known = { ...lane, low: undefined };
  const goBack = lane.cursor > storedThrough + 2 && lane.rewoundAt !== storedThrough;
  return {
    lane: goBack ? { ...known, cursor: storedThrough + 1, rewoundAt: storedThrough } : known,
    effects: [],
  };
}

function progress(
  lane: LaneState,
  { lane: name, storedThrough }: Pick<Ack, 'lane' | 'storedThrough'>,
  atMs: number,
): Answered {
  const cursor = Math.max(lane.cursor, storedThrough + 1);
  const next: LaneState = {
    ...lane,
    storedThrough,
    queued: lane.queued - (storedThrough - lane.storedThrough),
    cursor,
    window: Math.min(laneWindow[name], lane.window * 2),
    attempts: 0,
    rewoundAt: -1,
    retryAtMs: cursor > storedThrough + 1 ? atMs + retryDelayMs({ ...lane, attempts: 0 }, 1) : undefined,
    low: undefined,
    settled: lane.settled === 'low' || lane.settled === 'forked' ? lane.settled : 'answered',
  };
  return { lane: next, effects: [{ kind: 'forget', lane: name, through: storedThrough }] };
}

/**
 * The cloud has rows that this process has not sent: a crash made us forget its answer, or this disk is an old image. Going on one row at
 * a time tells which, because a row with other content is answered with a conflict. On a link that keeps order (TCP) this is exact.
 */
function beyond(lane: LaneState, ack: Ack, atMs: number): Answered {
  const careful: LaneState = { ...lane, verified: false };
  if (lane.verified || lane.cursor !== lane.storedThrough + 2) {
    // Answers to what is under way must pass first, or one of them is taken for the answer to the next row.
    const retryAtMs = lane.quiet ? lane.retryAtMs : atMs + retryDelayMs({ attempts: 0, verified: false }, 1);
    const quiet: LaneState = { ...careful, cursor: lane.storedThrough + 1, quiet: true, retryAtMs };
    return { lane: quiet, effects: [{ kind: 'ignored', why: 'neverSent' }] };
  }
  const { lane: next, effects } = progress(careful, { lane: ack.lane, storedThrough: lane.storedThrough + 1 }, atMs);
  // The cloud has further rows of ours: begun now, a new epoch would carry them up a second time.
  const isBehind = ack.storedThrough > next.storedThrough && next.queued > 0;
  return { lane: isBehind && next.settled === 'answered' ? { ...next, settled: undefined } : next, effects };
}

/** Another row is stored under one of our numbers: this disk is an older image. What came before that row is stored. */
function conflict(lane: LaneState, { lane: name }: Ack, conflictAt: number): Answered {
  const through = conflictAt - 1;
  const effects: OutboxEffect[] = through > lane.storedThrough ? [{ kind: 'forget', lane: name, through }] : [];
  const queued = lane.queued - (through - lane.storedThrough);
  return {
    lane: { ...lane, storedThrough: through, queued, retryAtMs: undefined, settled: 'forked' },
    effects,
    verdict: 'forked',
  };
}

function below(lane: LaneState, storedThrough: number, atMs: number): Answered {
  const same = lane.low?.storedThrough === storedThrough;
  const low = same ? { ...lane.low!, times: lane.low!.times + 1 } : { storedThrough, sinceMs: atMs, times: 1 };
  const sure = low.times >= lowTimes && atMs - low.sinceMs >= lowMs;
  const retryAtMs = lane.retryAtMs === undefined ? undefined : Math.min(lane.retryAtMs, atMs + retryMs);
  return {
    lane: sure ? { ...lane, low, settled: 'low', retryAtMs: undefined } : { ...lane, low, retryAtMs },
    effects: [{ kind: 'ignored', why: 'belowMark' }],
    verdict: sure ? 'restored' : undefined,
  };
}
