import type { Command, Mode } from '@tocsin/contracts';
import { interlocked, refusal, standing } from './guard.ts';
import { drop, endHold, start, toRest } from './hold.ts';
import { admit, recall, remember } from './order-memory.ts';
import { type Act, order, receiptOf, report, trouble } from './record.ts';
import type { Reason, Step } from './types.ts';

type Refusal = { stage: 'refused' | 'expired'; why: string; guard?: true };
type Verdict = { stage: 'authorised' } | Refusal;

/** True for an order a person gave; an edge names itself `edge:<site>`. */
function isPerson(issuer: string): boolean {
  return !issuer.startsWith('edge:');
}

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
  const mode = rules.mode === 'live' ? asked.mode : rules.mode;
  const act: Act & { mode: Mode } = {
    id: asked.id,
    action: asked.action,
    issuer: asked.issuer,
    alert: asked.alert,
    mode,
  };
  const form = judgeForm(step, asked);
  if (form !== undefined) {
    report(step, { ...act, why: form.why }, form.stage);
    return;
  }
  report(step, act, 'requested');
  const verdict = judgeGuards(step, asked);
  if (verdict.stage !== 'authorised') {
    const receipt = receiptOf(step, { ...act, why: verdict.why }, verdict.stage);
    step.effects.push({ kind: 'receipt', receipt });
    remember(state, asked, receipt);
    if (verdict.guard)
      state.troubles.interlock ?? trouble(step, 'interlock', `${asked.action} is refused: ${verdict.why}`);
    return;
  }
  remember(state, asked, receiptOf(step, act, 'authorised'));
  if (mode !== rules.mode) {
    // An exercise or shadow order at a live site is decided and recorded, and leaves the real hold alone.
    report(step, act, 'authorised');
    order(step, { ...act, text: asked.reason, leaseMs: asked.leaseMs });
    return;
  }
  delete state.awaitUntilMs;
  if (asked.action === rules.actuator.rest) rest(step, asked, act);
  else away(step, asked);
}

/** What makes an order void whatever the state of the actuator; such an order is not remembered, because it can never act. */
function judgeForm({ state, rules, atMs }: Step, asked: Command): Refusal | undefined {
  if (asked.site !== rules.site) return { stage: 'refused', why: `it is for site ${asked.site}` };
  const refused = admit(state, asked, { atMs });
  return refused && { stage: refused.expired ? 'expired' : 'refused', why: refused.why };
}

function judgeGuards(step: Step, asked: Command): Verdict {
  const { rules, state, atMs } = step;
  const person = isPerson(asked.issuer);
  if (atMs < asked.notBeforeMs) return { stage: 'refused', why: 'its time has not come' };
  if (asked.action !== rules.actuator.rest) {
    const why = refusal(step, { action: asked.action, person, coincidence: false });
    return why === undefined ? { stage: 'authorised' } : { stage: 'refused', why, guard: true };
  }
  const stands = standing(step);
  if (stands !== undefined) {
    if (!person) return { stage: 'refused', why: `${stands} stands: only a person ends it`, guard: true };
    if (asked.reason.trim() === '') return { stage: 'refused', why: `ending ${stands} needs a reason`, guard: true };
    if (asked.notBeforeMs < (state.commandedAtMs ?? 0))
      return { stage: 'refused', why: `it was given before ${stands} was done`, guard: true };
  }
  const why = interlocked(step, asked.action);
  return why === undefined ? { stage: 'authorised' } : { stage: 'refused', why, guard: true };
}

/** Ends everything that wants the actuator away from rest. Wishes of rules stay quiet until they begin anew or get worse. */
function rest(step: Step, asked: Command, act: Act): void {
  const { state } = step;
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
