import { type Command, type OwnAction, ownActionMsMax, ownActions } from '@tocsin/contracts';
import { trouble } from './record.ts';
import type { Step } from './types.ts';
import { instantText, isPerson, spanText } from './words.ts';

/** Orders of a person about the actuator itself: arming, bypass and proof tests. */
export function isOwnAction({ rules }: Step, action: string): action is OwnAction {
  return (ownActions as readonly string[]).includes(action) && !Object.hasOwn(rules.expected, action);
}

/** Why such an order is refused, or undefined. */
export function judgeOwn(step: Step, asked: Command): string | undefined {
  const { atMs, world, state } = step;
  const action = asked.action as OwnAction;
  if (!isPerson(asked.issuer)) return `only a person may ${action}`;
  if (asked.reason.trim() === '') return `${action} needs a reason`;
  if (action === 'return-to-service') return state.bypass === undefined ? 'it is not bypassed' : undefined;
  if (action === 'proof-test')
    return asked.value === 0 || asked.value === 1 ? undefined : 'its value must be 1 (good) or 0 (failed)';
  if (asked.value === undefined || asked.value <= atMs) return `${action} needs an end (as its value) that lies ahead`;
  if (asked.value > atMs + ownActionMsMax[action])
    return `${action} ends after ${spanText(ownActionMsMax[action])} at most`;
  const doubt = world.clockDoubt();
  return action === 'arm' && doubt !== undefined ? doubt : undefined;
}

/** Carries such an order out and answers what the receipt says of it. */
export function carryOutOwn(step: Step, asked: Command): string {
  const { state, atMs } = step;
  const { issuer: by, value = atMs } = asked;
  const why = asked.reason.trim();
  const standing = { by, why, untilMs: value, spanMs: value - atMs };
  switch (asked.action as OwnAction) {
    case 'arm':
      state.arming = { ...standing, armed: true };
      return `armed until ${instantText(value)}`;
    case 'disarm':
      state.arming = { ...standing, armed: false };
      return `disarmed until ${instantText(value)}`;
    case 'bypass':
      state.bypass = standing;
      return `bypassed until ${instantText(value)}`;
    case 'return-to-service':
      delete state.bypass;
      return 'in service again';
    default: {
      const good = value === 1;
      state.proof = { atMs, by, good, text: why };
      const due = proofDueMs(step);
      return `proof test ${good ? 'good' : 'failed'}${!good || due === undefined ? '' : `; the next is due by ${instantText(due)}`}`;
    }
  }
}

/** Why rules may not act here, or undefined. */
export function bypassed({ state: { bypass } }: Step): string | undefined {
  return bypass && `bypassed by ${bypass.by} until ${instantText(bypass.untilMs)}: ${bypass.why}`;
}

const dayMs = 86_400_000;

function proofDueMs({ rules, state, atMs }: Step): number | undefined {
  const { proofTest } = rules.actuator;
  if (proofTest === undefined) return undefined;
  return (state.proof?.atMs ?? atMs) + proofTest.everyDays * dayMs;
}

/** What is wrong with the proof tests of this actuator, or undefined. */
export function unproven(step: Step): string | undefined {
  const { rules, state, atMs } = step;
  const { proofTest } = rules.actuator;
  const { proof } = state;
  if (proof?.good === false) return `the proof test of ${instantText(proof.atMs)} failed: ${proof.text}`;
  if (proofTest === undefined) return undefined;
  const every = `one is due every ${spanText(proofTest.everyDays * dayMs)}`;
  if (proof === undefined) return `no proof test is on record; ${every}`;
  return atMs < proofDueMs(step)! ? undefined : `the last proof test was on ${instantText(proof.atMs)}; ${every}`;
}

/** Ends what a person ordered for a time. While the clock is doubted only what lets an actuator act ends: the rest waits for a clock. */
export function tendOwn(step: Step): void {
  const { state, atMs, world } = step;
  const doubted = world.clockDoubt() !== undefined;
  const { arming, bypass } = state;
  if (arming !== undefined && atMs >= arming.untilMs && (arming.armed || !doubted)) delete state.arming;
  if (bypass !== undefined && atMs >= bypass.untilMs && !doubted) delete state.bypass;
  trouble(step, 'bypass', bypassed(step));
  if (!doubted) trouble(step, 'proof-test', unproven(step));
}
