import type { Command, Mode } from '@tocsin/contracts';
import { disarmed } from './arming.ts';
import { interlocked, refusal, standing } from './guard.ts';
import { drop, endHold, start, toRest } from './hold.ts';
import { noteObeyed, overtaken } from './number.ts';
import { admit, recall, remember } from './order-memory.ts';
import { bypassed, carryOutOwn, isOwnAction, judgeOwn } from './own-orders.ts';
import { reconcile } from './reconcile.ts';
import { type Act, order, receiptOf, report, trouble } from './record.ts';
import { askSecond, endWaiting } from './second-person.ts';
import type { Reason, Step } from './types.ts';
import { isPerson } from './words.ts';

type Refusal = { stage: 'refused' | 'expired'; why: string; guard?: true };
type Verdict = { stage: 'authorised' } | { stage: 'requested'; why: string } | Refusal;

/**
 * Carries out or refuses a signed order. A repeat gets the first receipt again and moves nothing; an order is forgotten only
 * after it expired, and one that could be a repeat of a forgotten one is refused.
 */
export function obey(step: Step, asked: Command): void {
  const { state, rules } = step;
  const known = recall(state, asked.id);
  if (known !== undefined) {
    step.effects.push({ kind: 'receipt', receipt: known });
    return;
  }
  const quiet = isOwnAction(step, asked.action) || isRelease(step, asked.action) ? undefined : disarmed(step);
  const mode = rules.mode !== 'live' ? rules.mode : quiet === undefined ? asked.mode : 'exercise';
  const { id, action, issuer, alert } = asked;
  const act: Act & { mode: Mode } = { id, action, issuer, alert, mode };
  const form = judgeForm(step, asked);
  if (form !== undefined) {
    report(step, { ...act, why: form.why }, form.stage);
    return;
  }
  const isReal = mode === rules.mode && quiet === undefined;
  const verdict = judge(step, asked, isReal);
  if (verdict.stage !== 'authorised') {
    if (verdict.stage !== 'requested') report(step, act, 'requested');
    const receipt = receiptOf(step, { ...act, why: verdict.why }, verdict.stage);
    step.effects.push({ kind: 'receipt', receipt });
    remember(state, asked, receipt);
    if ('guard' in verdict)
      state.troubles.interlock ?? trouble(step, 'interlock', `${asked.action} is refused: ${verdict.why}`);
    return;
  }
  report(step, act, 'requested');
  noteObeyed(state, asked);
  if (isOwnAction(step, action)) {
    const why = isReal ? carryOutOwn(step, asked) : `nothing changes in ${mode} mode`;
    const receipt = receiptOf(step, { ...act, why }, 'executed');
    step.effects.push({ kind: 'receipt', receipt });
    remember(state, asked, receipt);
    reconcile(step);
    return;
  }
  remember(state, asked, receiptOf(step, act, 'authorised'));
  if (!isReal) {
    // An exercise or shadow order at a live site, or one to a disarmed actuator, is decided and recorded, and leaves the real hold alone.
    report(step, { ...act, why: quiet }, 'authorised');
    order(step, { ...act, text: asked.reason, leaseMs: asked.leaseMs });
    return;
  }
  delete state.awaitUntilMs;
  if (action === rules.actuator.rest) rest(step, asked, act);
  else away(step, asked);
}

/** True for an order that only lets go: that one is obeyed by a disarmed actuator too. */
function isRelease(step: Step, action: string): boolean {
  return action === step.rules.actuator.rest && standing(step) === undefined;
}

/** Every guard, then the second person where one is needed; whoever waits for one has passed the guards and will pass them again. */
function judge(step: Step, asked: Command, isReal: boolean): Verdict {
  if (step.atMs < asked.notBeforeMs) return { stage: 'refused', why: 'its time has not come' };
  const own = isOwnAction(step, asked.action) ? { why: judgeOwn(step, asked) } : undefined;
  if (own?.why !== undefined) return { stage: 'refused', why: own.why };
  const guarded = own === undefined ? judgeGuards(step, asked) : undefined;
  if (guarded !== undefined) return guarded;
  if (!isReal) return { stage: 'authorised' };
  const second = askSecond(step, asked);
  if (second.kind === 'refuse') return { stage: 'refused', why: second.why };
  return second.kind === 'wait' ? { stage: 'requested', why: second.why } : { stage: 'authorised' };
}

/** What makes an order void whatever the state of the actuator; such an order is not remembered, because it can never act. */
function judgeForm({ state, rules, atMs }: Step, asked: Command): Refusal | undefined {
  if (asked.site !== rules.site) return { stage: 'refused', why: `it is for site ${asked.site}` };
  const late = overtaken(state, asked);
  if (late !== undefined) return { stage: 'refused', why: late };
  const refused = admit(state, asked, { atMs });
  return refused && { stage: refused.expired ? 'expired' : 'refused', why: refused.why };
}

function judgeGuards(step: Step, asked: Command): Refusal | undefined {
  const { rules, state, world } = step;
  const { action } = asked;
  const person = isPerson(asked.issuer);
  const no = (why: string | undefined): Refusal | undefined =>
    why === undefined ? undefined : { stage: 'refused', why, guard: true };
  // Whether an order is still valid is as doubtful as the clock, so only what lets go is obeyed.
  const doubt = isRelease(step, action) ? undefined : world.clockDoubt();
  if (doubt !== undefined) return no(doubt);
  const out = person || isRelease(step, action) ? undefined : bypassed(step);
  if (out !== undefined) return no(out);
  if (action !== rules.actuator.rest)
    return no(refusal(step, { action, person, coincidence: false })) ?? judgeLimits(step, asked);
  const stands = standing(step);
  if (stands !== undefined) {
    if (!person) return no(`${stands} stands: only a person ends it`);
    if (asked.reason.trim() === '') return no(`ending ${stands} needs a reason`);
    if (asked.notBeforeMs < (state.commandedAtMs ?? 0)) return no(`it was given before ${stands} was done`);
    const cause = state.reasons.find((reason) => !reason.person && reason.action === stands);
    if (cause !== undefined) return no(`its cause lasts: ${cause.text}`);
  }
  return no(interlocked(step, action));
}

/** A person with a reason passes a limit, but for one that binds persons too. */
function judgeLimits({ limits, rules, atMs }: Step, asked: Command): Refusal | undefined {
  const full = limits.full(rules.actuator.id, atMs);
  if (full === undefined) return undefined;
  const person = isPerson(asked.issuer);
  if (person && !full.binding && asked.reason.trim() !== '') return undefined;
  limits.turnAway(full.key);
  return { stage: 'refused', why: person && !full.binding ? `${full.why}: to pass it needs a reason` : full.why };
}

/** Ends everything that wants the actuator away from rest. Wishes of rules stay quiet until they begin anew or get worse. */
function rest(step: Step, asked: Command, act: Act): void {
  const { state } = step;
  endWaiting(step, `rest was ordered by ${asked.issuer}`);
  drop(step, ({ untilMs }) => untilMs !== undefined);
  endHold(step, `rest was ordered by ${asked.issuer}`);
  for (const reason of state.reasons) reason.muted ??= 'person';
  report(step, act, 'authorised');
  toRest(step, { ...act, text: asked.reason });
}

function away(step: Step, asked: Command): void {
  const { state, rules, atMs } = step;
  const spanMs = asked.leaseMs ?? rules.actuator.leaseMs;
  const reason: Reason = {
    id: `order/${asked.id}`,
    action: asked.action,
    severity: 0,
    coincidence: false,
    person: isPerson(asked.issuer),
    issuer: asked.issuer,
    text: asked.reason,
    alert: asked.alert,
    sinceMs: atMs,
    untilMs: atMs + spanMs,
    spanMs,
    requestId: asked.id,
    asked: true,
  };
  // One ordered hold at a time: the newest replaces the one before.
  drop(step, ({ untilMs }) => untilMs !== undefined);
  state.reasons.push(reason);
  start(step, reason);
}
