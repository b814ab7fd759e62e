import type { ActuatorBase, Command, Interlock, Mode } from '@tocsin/contracts';
import { createPlan, type Plan } from './plan.ts';
import type { ActuatorRules, PlanEffect } from './types.ts';

/**
 * Tells a plan a story written as data and writes down what it did, one line per effect, so that a case reads like a log:
 * `250 on sent`, `250 ! on` (a command), `900 + unverified: …` (a trouble begins), `1200 - unverified` (it ends).
 */
export type StoryLine = [atMs: number, what: string, ...details: unknown[]];

export type StoryActuator = {
  id?: string;
  rest?: string;
  expected?: Record<string, string>;
  irreversible?: string[];
  interlocks?: Interlock[];
  leaseMs?: number;
  readBackWithinMs?: number;
  holdMaxMs?: number;
  restMinMs?: number;
  canAsk?: boolean;
} & Pick<ActuatorBase, 'area' | 'actsMax' | 'armed' | 'twoPersons' | 'proofTest' | 'pollMs'>;

/** Rules of an actuator with everything a case leaves out filled in: `on` and `off`, rest `off`, lease 10 s. */
export function rulesOf(given: StoryActuator = {}, mode: Mode = 'live'): ActuatorRules {
  const { id = 'siren', rest = 'off', expected = { on: 'ON', off: 'OFF' }, canAsk = false, ...more } = given;
  const filled = { readBackWithinMs: 2000, leaseMs: 10_000, irreversible: [], interlocks: [], ...more };
  const actuator = { id, driver: 'test', rest, onSilence: 'off', ...filled };
  return { site: 'mill', mode, expected, actuator, canAsk };
}

/** An order with everything a case leaves out filled in. */
export function orderOf(given: Partial<Command>, atMs: number): Command {
  const valid = { notBeforeMs: atMs, expiresAtMs: atMs + 30_000 };
  const text = { issuer: 'dispatcher', reason: 'ordered by phone' };
  const what = { id: 'order-1', site: 'mill', device: 'siren', action: 'on' };
  return { v: 1, ...what, ...valid, ...text, mode: 'live', ...given };
}

/** One effect as a line of the log. */
export function lineOf(effect: PlanEffect): string {
  if (effect.kind === 'command') return `${effect.command.notBeforeMs} ! ${effect.command.action}${modeOf(effect)}`;
  if (effect.kind === 'ask') return `${effect.atMs} ? ${effect.actuator}`;
  if (effect.kind === 'trouble') {
    const { atMs, active, name, why } = effect;
    return active ? `${atMs} + ${name}: ${why}` : `${atMs} - ${name}`;
  }
  const { atMs, action, state, why } = effect.receipt;
  return `${atMs} ${action} ${state}${modeOf(effect)}${why === undefined ? '' : `: ${why}`}`;
}

function modeOf(effect: Exclude<PlanEffect, { kind: 'trouble' | 'ask' }>): string {
  const { mode } = effect.kind === 'command' ? effect.command : effect.receipt;
  return mode === 'live' ? '' : ` (${mode})`;
}

/** Plays a story and answers its log. */
export function play(plan: Plan, story: readonly StoryLine[], tickMs = 0): string[] {
  const log: string[] = [];
  let sentId = '';
  let nowMs = story[0]?.[0] ?? 0;
  const take = (effects: PlanEffect[]) => {
    for (const effect of effects) {
      if (effect.kind === 'command') sentId = effect.command.id;
      log.push(lineOf(effect));
    }
  };
  for (const [atMs, what, first, second] of story) {
    if (tickMs > 0) for (nowMs += tickMs; nowMs < atMs; nowMs += tickMs) take(plan.step({ kind: 'tick', atMs: nowMs }));
    nowMs = atMs;
    take(plan.step(eventOf({ atMs, what, first, second, sentId })));
  }
  return log;
}

type Told = { atMs: number; what: string; first: unknown; second: unknown; sentId: string };

function eventOf({ atMs, what, first, second, sentId }: Told): Parameters<Plan['step']>[0] {
  const actuator = 'siren';
  switch (what) {
    case 'wish': {
      const usual = { response: 'warn', action: 'on', severity: 3, coincidence: false, late: false };
      const about = { alert: 'mill/slope/upper', text: 'The slope is failing.' };
      return { kind: 'wish', actuator, ...usual, ...about, atMs, ...(first as object) };
    }
    case 'end':
      return { kind: 'wishEnd', actuator, response: (first as string) ?? 'warn', atMs };
    case 'order':
      return { kind: 'order', command: orderOf(first as Partial<Command>, atMs), atMs };
    case 'says':
      return { kind: 'readBack', actuator, state: first as string, old: second === 'old', atMs };
    case 'other':
      return { kind: 'readBack', actuator: 'fan', state: first as string, old: second === 'old', atMs };
    case 'sent':
      return { kind: 'sent', actuator, commandId: sentId, ok: first === undefined, why: first as string, atMs };
    case 'value':
      return { kind: 'value', stream: 'lift/floor', value: first as number, takenAtMs: atMs, atMs };
    case 'clock':
      return { kind: 'clock', ...(first === undefined ? {} : { why: first as string }), atMs };
    case 'watchdog':
    case 'unreachable':
      return {
        kind: 'device',
        actuator,
        trouble: what,
        ...(first === undefined ? {} : { why: first as string }),
        atMs,
      };
    case 'restart':
      return { kind: 'restarted', atMs };
    default:
      return { kind: 'tick', atMs };
  }
}

/** What the responses of stories ask for. */
const storyResponses = new Map(
  ['warn', 'other', 'again'].map((response) => [response, { actuator: 'siren', action: 'on' }]),
);

/** A plan of one actuator called siren, and a fan whose state interlocks may look at. */
export function planOf(given: StoryActuator = {}, mode: Mode = 'live'): Plan {
  const fan = rulesOf({ id: 'fan', expected: { run: 'RUN', stop: 'STOP' }, rest: 'stop' }, mode);
  return createPlan({ actuators: [rulesOf(given, mode), fan], responses: storyResponses, staleAfterMs: () => 6000 });
}
