import { isAway, standing } from './guard.ts';
import { endHold } from './hold.ts';
import { restartPoll } from './poll.ts';
import { report, trouble } from './record.ts';
import { actTroubles, type Step } from './types.ts';
import { supervise } from './verify.ts';

/**
 * After a restart what was known is old, and whether the last intent was carried out is not known at all. So nothing is sent
 * until the device has spoken or its read-back time has passed, and the last command is never repeated as if nothing had happened.
 */
export function restart(step: Step): void {
  const { state, rules, atMs } = step;
  if (state.mode !== rules.mode) changeMode(step);
  if (state.confirmed !== undefined) state.confirmed.old = true;
  restartPoll(step);
  const { pending } = state;
  const deadlineAtMs = atMs + rules.actuator.readBackWithinMs;
  if (pending !== undefined && !pending.missed) {
    pending.repeats = Math.max(1, pending.repeats);
    pending.deadlineAtMs = deadlineAtMs;
    delete pending.failed;
  }
  const open = state.hold !== undefined || pending !== undefined || isAway(step) || state.reasons.length > 0;
  if (open) state.awaitUntilMs = deadlineAtMs;
}

/** What was decided in one mode is not carried over to another: a shadow hold must not turn real, nor a real one unreal. */
function changeMode(step: Step): void {
  const { state, rules } = step;
  endHold(step, `the mode changed from ${state.mode} to ${rules.mode}`);
  delete state.pending;
  delete state.commanded;
  delete state.commandedAtMs;
  delete state.awaySinceMs;
  delete state.restSinceMs;
  for (const name of actTroubles) trouble(step, name, undefined);
  state.mode = rules.mode;
}

/** Ends the wait: a hold the device confirms goes on; one whose lease ran out, or that never reached the device, has lapsed. */
export function resume(step: Step): void {
  delete step.state.awaitUntilMs;
  settle(step);
  if (step.rules.mode === 'live') supervise(step);
}

function settle(step: Step): void {
  const { state, rules, atMs } = step;
  const { hold, pending, confirmed } = state;
  const said = confirmed?.old === false ? confirmed.state : undefined;
  const atRest = said !== undefined && said === rules.expected[rules.actuator.rest];
  if (hold !== undefined && said !== undefined && said === rules.expected[hold.action]) {
    if (hold.leaseUntilMs === undefined) return;
    hold.resumed = true;
    hold.renewAtMs = atMs;
    return;
  }
  if (hold?.leaseUntilMs !== undefined && atMs >= hold.leaseUntilMs)
    endHold(step, 'its lease ran out while the agent was down');
  if (hold !== undefined && hold.leaseUntilMs === undefined && pending !== undefined && atRest) {
    // The device says that the irreversible act never happened, so asking for it afresh repeats nothing.
    report(step, { ...pending, why: 'the agent stopped before it was done' }, 'unverified');
    delete state.pending;
    endHold(step, 'the agent stopped before it was done');
    state.commanded = rules.actuator.rest;
    delete state.awaySinceMs;
    return;
  }
  if (state.hold === undefined && isAway(step) && atRest && standing(step) === undefined) {
    // It went to rest by itself: ordering that again would be a blind repeat.
    state.commanded = rules.actuator.rest;
    state.restSinceMs = atMs;
    delete state.awaySinceMs;
  }
}
