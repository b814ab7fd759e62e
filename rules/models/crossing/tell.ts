import type { ModelAnswer } from '../../engine/types.ts';
import type { Decision } from './decide.ts';
import { faultWords } from './faults.ts';
import type { CrossingPlan } from './plan.ts';
import { leftS } from './signal.ts';
import type { CrossingState } from './state.ts';
import { sayNeed, sayPeople, sayS, type Told } from './words.ts';

/** Every output and its unit. */
export const blank = {
  fault: '{state}',
  call: '{state}',
  waiting: '{people}',
  onCrossing: '{people}',
  leaving: '{people}',
  stopped: '{people}',
  slowest: 'm/s',
  extension: 's',
} as const;

/** Unchanged outputs are repeated this often, so that nobody takes them for stale. */
const repeatMs = 1000;
/** Changes within this are noise. */
const noise: Record<string, number> = { extension: 0.2, slowest: 0.05 };

/** What is known of people comes with pictures alone; what is asked for and the fault always. */
function outputsOf({ state, count, fault, pictured }: Decision): Record<string, number> {
  const { ask, call, seenAtMs } = state;
  const outputs: Record<string, number> = { fault, call: call.stands ? 1 : 0 };
  if (pictured) {
    outputs.waiting = count.waiting;
    outputs.onCrossing = count.onCrossing;
    outputs.leaving = count.leaving;
    outputs.stopped = count.stopped;
    if (count.slowest >= 0) outputs.slowest = count.slowest;
  }
  if (pictured || seenAtMs >= 0 || ask.valueS > 0 || (state.said.outputs.extension ?? 0) > 0)
    outputs.extension = ask.valueS;
  return outputs;
}

function differ(outputs: Record<string, number>, before: Record<string, number>): boolean {
  for (const name in outputs) {
    const [value, was] = [outputs[name]!, before[name]];
    if (was === undefined || (was === 0) !== (value === 0) || Math.abs(value - was) > (noise[name] ?? 0)) return true;
  }
  return false;
}

function reasonsOf({ state, count, needs, fault }: Decision, atMs: number, plan: CrossingPlan): string[] {
  const { ask, call, signal } = state;
  const reasons: string[] = [];
  if (ask.valueS > 0)
    reasons.push(`Clearance ${sayS(ask.valueS)} longer asked for. ${sayNeed(needs, leftS(signal, atMs, plan))}`);
  else if (needs.length > 0) reasons.push(sayNeed(needs, leftS(signal, atMs, plan)));
  if (count.stopped > 0) reasons.push(`${sayPeople(count.stopped)} stopped on the road.`);
  if (call.stands) reasons.push(`Walk called, ${sayPeople(count.waiting)} waiting.`);
  if (fault > 0) reasons.push(faultWords[fault]);
  return reasons;
}

/** What changed by more than noise, or everything when it was last said a while ago; remarks always. */
export function say(decision: Decision, atMs: number, plan: CrossingPlan, told: Told): ModelAnswer<CrossingState> {
  const { state, pictured } = decision;
  const { said } = state;
  const remarks = told.remarks.length > 0 ? { remarks: told.remarks } : {};
  const outputs = outputsOf(decision);
  const due = atMs - said.atMs >= repeatMs && (pictured || decision.fault > 0);
  if (!due && !differ(outputs, said.outputs)) return { state, ...remarks };
  // Without pictures their silence must show, so that no zero is repeated that rests on them.
  if (!pictured && outputs.extension === 0 && !differ({ extension: outputs.extension ?? 0 }, said.outputs))
    delete outputs.extension;
  const next = { ...state, said: { outputs: { ...said.outputs, ...outputs }, atMs } };
  return { state: next, outputs, reasons: reasonsOf(decision, atMs, plan), ...remarks };
}
