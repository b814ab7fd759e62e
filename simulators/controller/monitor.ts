import type { ControllerState } from './machine.ts';
import { type Head, headsOf } from './outputs.ts';
import { bitOf, type ControllerEvent, type ControllerPlan, type PhasePlan } from './plan.ts';

export type Shout = { atMs: number; what: string };

type Since = Head & { vehicleSinceMs: number; pedestrianSinceMs: number };

/** What the conflict monitor remembers. It knows the plan and the outputs, and nothing of how the controller decides. */
export type MonitorState = {
  shouts: Shout[];
  /** Shouts in all; only the first are kept. */
  count: number;
  heads: Since[];
  /** Since when a hold stands for a phase that people have no right of way in. */
  leftStanding: Record<number, number>;
};

/** Shouts that are kept. */
const shoutsMax = 100;
/**
 * Time an asker has to notice what it cannot foresee: a green that ends, a walk that begins, a pre-emption, a restart. The yellow of
 * usual plans is twice as long.
 */
export const noticeMs = 1500;

/** A monitor that begins to watch this controller. */
export function startMonitor(plan: ControllerPlan, state: ControllerState): MonitorState {
  return { shouts: [], count: 0, heads: freshHeads(plan, state), leftStanding: {} };
}

function freshHeads(plan: ControllerPlan, state: ControllerState): Since[] {
  return headsOf(plan, state).map((head) => ({
    ...head,
    vehicleSinceMs: state.sinceMs,
    pedestrianSinceMs: state.sinceMs,
  }));
}

/**
 * Judges one event and everything the controller did until then: every change of a signal by the plan's times, and every request by
 * what the controller showed when it came. Answers the new state; `passed` is what stepController answered.
 */
export function watchController(
  monitor: MonitorState,
  plan: ControllerPlan,
  seen: { before: ControllerState; passed: readonly ControllerState[]; event: ControllerEvent },
): MonitorState {
  const next: MonitorState = {
    shouts: monitor.shouts,
    count: monitor.count,
    heads: monitor.heads,
    leftStanding: monitor.leftStanding,
  };
  const shout = (atMs: number, what: string) => {
    next.count += 1;
    if (next.shouts.length < shoutsMax) next.shouts = [...next.shouts, { atMs, what }];
  };
  let last = seen.before;
  for (const state of seen.passed) {
    if (state.upSinceMs !== last.upSinceMs) {
      next.heads = freshHeads(plan, state);
      next.leftStanding = {};
    } else {
      const { registers } = state;
      for (const phase of plan.ring) judgeStanding(next, { phase, last, state, plan }, shout);
      if (registers !== last.registers && seen.event.kind === 'set') judgeRequest(plan, { last, state }, shout);
      judgeOutputs(next, plan, state, shout);
    }
    last = state;
  }
  return next;
}

type Say = (atMs: number, what: string) => void;

function judgeOutputs(monitor: MonitorState, plan: ControllerPlan, state: ControllerState, shout: Say): void {
  const { atMs } = state;
  const heads = headsOf(plan, state);
  const before = monitor.heads;
  if (heads.every((head, i) => head.vehicle === before[i]!.vehicle && head.pedestrian === before[i]!.pedestrian))
    return;
  const going = heads.filter(isGoing);
  if (going.length > 1) shout(atMs, `conflict: phases ${going.map(({ phase }) => phase).join(' and ')} go at once`);
  monitor.heads = heads.map((head, i) => {
    const was = before[i]!;
    const phase = plan.ring[i]!;
    if (head.vehicle !== was.vehicle) judgeVehicle(was, head, { phase, atMs, shout });
    if (head.pedestrian !== was.pedestrian) judgePedestrian(was, head, { phase, atMs, shout });
    if (isGoing(head) && !isGoing(was)) judgeRedBefore(before, head, { plan, atMs, shout });
    return {
      ...head,
      vehicleSinceMs: head.vehicle === was.vehicle ? was.vehicleSinceMs : atMs,
      pedestrianSinceMs: head.pedestrian === was.pedestrian ? was.pedestrianSinceMs : atMs,
    };
  });
}

const isGoing = ({ vehicle, pedestrian }: Head) => vehicle !== 'red' || pedestrian !== 'dontWalk';

type Judged = { phase: PhasePlan; atMs: number; shout: Say };

function judgeVehicle(was: Since, { vehicle }: Head, { phase, atMs, shout }: Judged): void {
  const agedMs = atMs - was.vehicleSinceMs;
  const { minGreenMs = 0, yellowMs = 0 } = phase.vehicle ?? {};
  const of = `phase ${phase.number}`;
  if (was.vehicle === 'green' && vehicle !== 'yellow') shout(atMs, `${of}: green without a yellow`);
  if (was.vehicle === 'green' && agedMs < minGreenMs) shout(atMs, `${of}: green of ${agedMs} ms is too short`);
  if (was.vehicle === 'yellow' && (vehicle !== 'red' || agedMs !== yellowMs))
    shout(atMs, `${of}: yellow of ${agedMs} ms`);
  if (was.vehicle === 'red' && vehicle === 'yellow') shout(atMs, `${of}: yellow without a green`);
}

function judgePedestrian(was: Since, { pedestrian }: Head, { phase, atMs, shout }: Judged): void {
  const agedMs = atMs - was.pedestrianSinceMs;
  const of = `phase ${phase.number}`;
  const { walkMs = 0, clearanceMs = 0, extensionMaxMs = 0 } = phase.pedestrian ?? {};
  if (was.pedestrian === 'walk' && (pedestrian !== 'clearance' || agedMs < walkMs))
    shout(atMs, `${of}: walk of ${agedMs} ms`);
  if (was.pedestrian === 'dontWalk' && pedestrian !== 'walk') shout(atMs, `${of}: clearance without a walk`);
  if (was.pedestrian !== 'clearance') return;
  if (pedestrian !== 'dontWalk') shout(atMs, `${of}: clearance did not end in don't walk`);
  if (agedMs < clearanceMs) shout(atMs, `${of}: clearance of ${agedMs} ms is too short`);
  if (agedMs > clearanceMs + extensionMaxMs) shout(atMs, `${of}: clearance of ${agedMs} ms is longer than its maximum`);
}

function judgeRedBefore(
  before: readonly Since[],
  { phase }: Head,
  { plan, atMs, shout }: { plan: ControllerPlan; atMs: number; shout: Say },
): void {
  plan.ring.forEach(({ number, vehicle, pedestrian }, i) => {
    if (number === phase) return;
    const other = before[i]!;
    if (vehicle !== undefined && atMs - other.vehicleSinceMs < vehicle.redClearMs)
      shout(atMs, `phase ${phase} goes before the red clearance of phase ${number} is over`);
    if (vehicle === undefined && pedestrian !== undefined && atMs - other.pedestrianSinceMs < pedestrian.bufferMs)
      shout(atMs, `phase ${phase} goes before the buffer of phase ${number} is over`);
  });
}

/** Judges a write of a control object by what the controller showed when it came. */
function judgeRequest(
  plan: ControllerPlan,
  { last, state }: { last: ControllerState; state: ControllerState },
  shout: Say,
): void {
  const { atMs, preemptSinceMs } = state;
  const { hold, call, force, ...never } = state.registers;
  for (const [name, mask] of Object.entries(never)) if (mask !== 0) shout(atMs, `request: ${name} was written`);
  if (atMs - state.upSinceMs <= noticeMs) return;
  const current = plan.ring[state.index]!;
  const agedMs = atMs - state.sinceMs;
  const preempted = preemptSinceMs !== undefined && atMs - preemptSinceMs > noticeMs;
  for (const bit of bits(hold & ~last.registers.hold)) {
    const walking = state.interval === 'walk' || state.interval === 'clearance';
    if (bit !== bitOf(current.number) || !walking || preempted)
      shout(atMs, `request: a hold of phase ${phaseOf(bit)} in ${state.interval} of phase ${current.number}`);
  }
  for (const bit of bits(call & ~last.registers.call)) {
    const closing = state.interval === 'yellow' || state.interval === 'red';
    const served = state.interval === 'walk' && bit === bitOf(current.number);
    const known = plan.ring.some(({ number, pedestrian }) => bit === bitOf(number) && pedestrian !== undefined);
    if (!known || preempted || ((closing || served) && agedMs > noticeMs))
      shout(atMs, `request: a call of phase ${phaseOf(bit)} in ${state.interval} of phase ${current.number}`);
  }
  for (const bit of bits(force & ~last.registers.force))
    if (preempted) shout(atMs, `request: a force of stage ${phaseOf(bit)} during a pre-emption`);
}

function judgeStanding(
  monitor: MonitorState,
  {
    phase,
    last,
    state,
    plan,
  }: { phase: PhasePlan; last: ControllerState; state: ControllerState; plan: ControllerPlan },
  shout: Say,
): void {
  const { number } = phase;
  const since = monitor.leftStanding[number];
  const limitMs = state.backupMs + noticeMs;
  if (since !== undefined && state.atMs - since > limitMs) {
    shout(state.atMs, `request: the hold of phase ${number} was left standing`);
    monitor.leftStanding = { ...monitor.leftStanding, [number]: Number.POSITIVE_INFINITY };
  }
  const walking = plan.ring[state.index] === phase && (state.interval === 'walk' || state.interval === 'clearance');
  const stands = (state.registers.hold & bitOf(number)) !== 0 && !walking;
  if (stands && since === undefined) monitor.leftStanding = { ...monitor.leftStanding, [number]: state.atMs };
  if (!stands && since !== undefined && last !== state) {
    const { [number]: _, ...rest } = monitor.leftStanding;
    monitor.leftStanding = rest;
  }
}

function* bits(mask: number): Generator<number> {
  for (let rest = mask; rest !== 0; rest &= rest - 1) yield rest & -rest;
}

const phaseOf = (bit: number) => 32 - Math.clz32(bit);
