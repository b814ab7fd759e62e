import type { Fairness } from './fairness.ts';
import type { Need } from './need.ts';
import type { CrossingPlan } from './plan.ts';
import { leftS, type Signal, timeBarred } from './signal.ts';
import { causes, type Reason, remark, sayNeed, sayS, type Told } from './words.ts';

/**
 * The time asked for in this cycle. `valueS` is by how much the clearance must be longer than the controller planned,
 * in all: asking for it twice grants nothing more. It is never more than the site's limits, rises at once, and does
 * not flicker.
 */
export type Ask = {
  valueS: number;
  /** Since when the time left has been enough, or -1. */
  enoughSinceMs: number;
  /** Value and instant of the last remark. */
  toldS: number;
  toldAtMs: number;
  /** Time was asked for since the clearance began. */
  inClearance: boolean;
  /** The longest extension of this cycle is used up. */
  spent: boolean;
  /** Granted by a tap for this cycle. */
  tapS: number;
  /** The most that people on the road wanted in this cycle, without limits. */
  peakS: number;
};

export const noAsk: Ask = {
  valueS: 0,
  enoughSinceMs: -1,
  toldS: 0,
  toldAtMs: -1,
  inClearance: false,
  spent: false,
  tapS: 0,
  peakS: 0,
};

/** Less is not worth asking for: it is within the margin of 1 to 2 s (domain.md §3.2). */
const askFromS = 0.5;
/** The need must be gone for this long before it is withdrawn for somebody still on the road. */
const enoughForMs = 1000;
/** Changes of the value below this are noise, from this on they are told. */
const noiseS = 0.25;
const materialS = 2;
const tellEveryMs = 2000;

/** What is wished for, before the limits. `fixed` is the fixed time of a detector that cannot be believed. */
export type Wish = { needs: readonly Need[]; tap: boolean; fixed: boolean; blind: boolean; clear: boolean };

/**
 * The most that may be asked for in this cycle: the site's maximum, and what the longest red of the vehicles leaves.
 */
function capOf(signal: Signal, atMs: number, plan: CrossingPlan): { capS: number; cause: 'limit' | 'red' } {
  if (signal.redSinceMs < 0) return { capS: plan.maxExtensionS, cause: 'limit' };
  const redS = (atMs - signal.redSinceMs) / 1000 + leftS(signal, atMs, plan);
  const capS = Math.max(0, plan.maxRedS - redS);
  return capS < plan.maxExtensionS ? { capS, cause: 'red' } : { capS: plan.maxExtensionS, cause: 'limit' };
}

type Moment = {
  ask: Ask;
  signal: Signal;
  fairness: Fairness;
  wish: Wish;
  atMs: number;
  plan: CrossingPlan;
  told: Told;
};

/** Seconds wished for and left: people's need beyond the time left, what a tap granted, or fixed time. */
function weigh({ ask, signal, wish, atMs, plan }: Moment) {
  const left = leftS(signal, atMs, plan);
  const worst = wish.needs[0];
  const peopleS = worst === undefined ? 0 : worst.needS + plan.marginMs / 1000 - left;
  const wantS = Math.max(peopleS, wish.tap ? ask.tapS : 0, wish.fixed ? plan.maxExtensionS : 0);
  return { left, peopleS, wantS, ...capOf(signal, atMs, plan) };
}
type Weights = ReturnType<typeof weigh>;

function barredBy({ signal, fairness, atMs, plan }: Moment, { capS, cause, left }: Weights): Reason | undefined {
  const barred = timeBarred(signal, atMs, plan);
  if (barred !== undefined) return barred;
  if (fairness.run >= plan.extendedCyclesMax) return 'cycles';
  if (left + capS <= 0) return 'limit';
  return capS < askFromS ? cause : undefined;
}

function numbersOf({ wish, plan }: Moment, { wantS, capS, left }: Weights, extensionS: number) {
  return {
    extensionS,
    wantedS: Math.max(0, wantS),
    needS: wish.needs[0]?.needS ?? 0,
    marginS: plan.marginMs / 1000,
    leftS: left,
    maxS: capS,
    people: wish.needs.length,
  };
}

function refuse(moment: Moment, weights: Weights, why: Reason, extensionS: number): void {
  const { needs } = moment.wish;
  moment.told.tell(`time-${why}`, () => {
    const wanted = sayS(weights.wantS);
    const kept = extensionS > 0 ? `Kept to ${sayS(extensionS)} of ${wanted}` : `No more time, ${wanted} wanted`;
    const text = `${kept}: ${causes[why]}. ${sayNeed(needs, weights.left)}`;
    return remark('refusal', text, numbersOf(moment, weights, extensionS), needs);
  });
}

function release({ ask, told, wish }: Moment, why: Reason): Ask {
  if (ask.valueS === 0) return ask;
  told.remarks.push(remark('release', `Extension ended: ${causes[why]}.`, { askedS: ask.valueS }, wish.needs));
  return { ...ask, valueS: 0, enoughSinceMs: -1, toldS: 0, spent: ask.spent || why === 'limit' };
}

/** What an extension rests on, as a sentence. */
function whyOf({ wish, ask }: Moment, { peopleS, left }: Weights): string {
  if (wish.fixed) return 'Fixed time, because the detector cannot be believed.';
  if (wish.tap && ask.tapS > Math.max(0, peopleS)) return `A tap grants ${sayS(ask.tapS)}.`;
  return sayNeed(wish.needs, left);
}

function extend(moment: Moment, weights: Weights): Ask {
  const { ask, atMs, signal, told, wish } = moment;
  const { capS, cause, wantS } = weights;
  const targetS = Math.min(capS, wantS);
  if (wantS > capS + askFromS) refuse(moment, weights, cause, targetS);
  const still = ask.valueS > 0 && targetS < capS && Math.abs(targetS - ask.valueS) <= noiseS;
  const valueS = still ? ask.valueS : targetS;
  const changed = Math.abs(valueS - ask.toldS) >= materialS && atMs - ask.toldAtMs >= tellEveryMs;
  const telling = ask.valueS === 0 || changed;
  if (telling) {
    const before = ask.valueS === 0 ? 'asked for' : `instead of ${sayS(ask.toldS)}`;
    const text = `${sayS(valueS)} more ${before}. ${whyOf(moment, weights)}`;
    told.remarks.push(remark('extension', text, numbersOf(moment, weights, valueS), wish.needs));
  }
  return {
    ...ask,
    valueS,
    enoughSinceMs: -1,
    toldS: telling ? valueS : ask.toldS,
    toldAtMs: telling ? atMs : ask.toldAtMs,
    inClearance: ask.inClearance || signal.phase === 2,
    peakS: Math.max(ask.peakS, weights.peopleS),
  };
}

/**
 * One decision about time: what is asked for after this instant; remarks say what began, changed, ended or was
 * refused.
 */
export function decideAsk(moment: Moment): Ask {
  const { ask, atMs, wish } = moment;
  if (ask.valueS === 0 && wish.needs.length === 0 && !wish.fixed && !(wish.tap && ask.tapS > 0)) return ask;
  const weights = weigh(moment);
  const { wantS } = weights;
  const barred = barredBy(moment, weights);
  if (barred !== undefined) {
    if (wantS >= askFromS) refuse(moment, weights, barred, 0);
    return release(moment, barred);
  }
  if (ask.valueS === 0 && wantS < askFromS) return ask;
  if (wantS > 0) return extend(moment, weights);
  if (wish.needs.length === 0) return release(moment, wish.blind ? 'blind' : wish.clear ? 'clear' : 'enough');
  if (ask.enoughSinceMs < 0) return { ...ask, enoughSinceMs: atMs };
  return atMs - ask.enoughSinceMs < enoughForMs ? ask : release(moment, 'enough');
}
