import type { Command, Mode, Receipt } from '@tocsin/contracts';
import type { Hold, Step, TroubleName } from './types.ts';

/** What a receipt or a command is about. */
export type Act = { id: string; action: string; issuer: string; alert?: string };

/** Text limits of the receipt and command contracts. */
const whyMax = 300;
const reasonMax = 500;
/** Leaves room for an instant and a number in base 36 within the 96 characters of a command id. */
const prefixMax = 72;

/** A number that differs for differing texts but for chance (FNV-1a, 32 bit), in base 36. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** The id of the next command of this actuator: never used before, also not by an agent that lost its memory. */
export function nextId({ rules, state, atMs }: Step): string {
  state.number += 1;
  const whole = `${rules.site}.${rules.actuator.id}`;
  const prefix = whole.length <= prefixMax ? whole : `${whole.slice(0, prefixMax - 8)}.${fingerprint(whole)}`;
  return `${prefix}.${Math.floor(atMs).toString(36)}.${state.number.toString(36)}`;
}

type Said = { why?: string; mode?: Mode };

/** The receipt that says what became of an act, with the truth about the actuator at this instant. */
export function receiptOf(step: Step, act: Act & Said, stage: Receipt['state']): Receipt {
  const { rules, state, atMs } = step;
  const { confirmed, commanded, hold } = state;
  return {
    v: 1,
    commandId: act.id,
    site: rules.site,
    device: rules.actuator.id,
    action: act.action,
    state: stage,
    ...(act.why === undefined ? {} : { why: act.why.slice(0, whyMax) }),
    ...(act.alert === undefined ? {} : { alert: act.alert }),
    mode: act.mode ?? rules.mode,
    ...(commanded === undefined ? {} : { commanded }),
    ...(confirmed === undefined ? {} : { confirmed: confirmed.state, confirmedAtMs: confirmed.atMs }),
    ...(hold?.leaseUntilMs === undefined ? {} : { leaseUntilMs: hold.leaseUntilMs }),
    issuer: act.issuer,
    atMs,
  };
}

/** Reports a stage of an act. */
export function report(step: Step, act: Act & Said, stage: Receipt['state']): void {
  step.effects.push({ kind: 'receipt', receipt: receiptOf(step, act, stage) });
}

/** Shortest and longest lease the command contract can express. */
const leaseMsMin = 100;
const leaseMsMax = 86_400_000;

/** What a command says of the lease of its hold; nothing when the hold has none. */
export function leaseLeftMs(hold: Hold | undefined, atMs: number): number | undefined {
  if (hold?.leaseUntilMs === undefined) return undefined;
  return Math.min(leaseMsMax, Math.max(leaseMsMin, Math.round(hold.leaseUntilMs - atMs)));
}

/** A full lease, cut short where the last reason or the longest hold ends sooner. */
export function leaseOf({ rules, state, atMs }: Step, action: string): { leaseUntilMs: number; renewAtMs: number } {
  const { leaseMs, holdMaxMs } = rules.actuator;
  let reasonsUntilMs = atMs;
  for (const { action: wanted, muted, waitUntilMs, untilMs } of state.reasons)
    if (wanted === action && muted === undefined && waitUntilMs === undefined)
      reasonsUntilMs = Math.max(reasonsUntilMs, untilMs ?? Number.POSITIVE_INFINITY);
  const longestMs = (state.awaySinceMs ?? atMs) + (holdMaxMs ?? Number.POSITIVE_INFINITY);
  const leaseUntilMs = Math.min(atMs + leaseMs, reasonsUntilMs, longestMs);
  return { leaseUntilMs, renewAtMs: (atMs + leaseUntilMs) / 2 };
}

/** Hands out the intent to act. It is worthless after `readBackWithinMs`, so a queue in between cannot make it act late. */
export function order(step: Step, act: Act & { text: string; leaseMs?: number; mode?: Mode }): void {
  const { rules, atMs } = step;
  const command: Command = {
    v: 1,
    id: act.id,
    site: rules.site,
    device: rules.actuator.id,
    action: act.action,
    ...(act.alert === undefined ? {} : { alert: act.alert }),
    ...(act.leaseMs === undefined ? {} : { leaseMs: act.leaseMs }),
    notBeforeMs: atMs,
    expiresAtMs: atMs + rules.actuator.readBackWithinMs,
    issuer: act.issuer,
    reason: act.text.slice(0, reasonMax),
    mode: act.mode ?? rules.mode,
  };
  step.effects.push({ kind: 'command', command });
}

/** Sets or clears a lasting trouble of this actuator; says so only when something changed. */
export function trouble(step: Step, name: TroubleName, why: string | undefined): void {
  const { state, rules, atMs, effects } = step;
  const before = state.troubles[name];
  if (before === why) return;
  if (why === undefined) delete state.troubles[name];
  else state.troubles[name] = why;
  const about = { name, scope: 'actuator' as const, subject: rules.actuator.id };
  effects.push({ kind: 'trouble', ...about, active: why !== undefined, why: why ?? before ?? '', atMs });
}
