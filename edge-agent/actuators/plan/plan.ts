import { disarmed, scheduleOf } from './arming.ts';
import { drop } from './hold.ts';
import { createLimits, type LimitConfig } from './limits.ts';
import { obey } from './orders.ts';
import { unproven } from './own-orders.ts';
import { isPollDue } from './poll.ts';
import { reconcile } from './reconcile.ts';
import { nextId, report } from './record.ts';
import { restart } from './restart.ts';
import type { ActuatorRules, ActuatorState, PlanEffect, PlanEvent, Reason, Step, Watched, World } from './types.ts';
import { doubtLease, handed, hear } from './verify.ts';

export type * from './types.ts';

export type PlanConfig = {
  actuators: readonly ActuatorRules[];
  /** Every configured response and what it asks for; wishes of others do not outlive a restart. */
  responses: ReadonlyMap<string, { actuator: string; action: string }>;
  /** Age in milliseconds beyond which a value of the stream says nothing to an interlock. */
  staleAfterMs(stream: string): number;
  /** What all actuators, or those of an area, may do together. */
  limits?: LimitConfig['limits'];
};

/** Decides what is asked of the actuators of one site. `step` is deterministic: same state and event, same effects. */
export type Plan = {
  step(event: PlanEvent): PlanEffect[];
  takeDirty(): [key: string, state: unknown][];
  restore(states: Iterable<[key: string, state: unknown]>): void;
  /** True when an interlock looks at this stream, so that its values are worth a `value` event. */
  watches(stream: string): boolean;
  /** True when the site has this actuator. */
  has(actuator: string): boolean;
};

type Entry = { rules: ActuatorRules; state: ActuatorState; schedule(atMs: number): boolean };

function emptyState({ mode }: ActuatorRules): ActuatorState {
  return { mode, number: 0, reasons: [], orders: [], forgottenThroughMs: 0, troubles: {} };
}

/** True when time alone changes nothing: no reason, no open hold, no command under way, nothing due and no refusal to take back. */
function isIdle(step: Step): boolean {
  const { state } = step;
  return (
    state.waiting === undefined &&
    state.arming === undefined &&
    state.bypass === undefined &&
    disarmed(step) === state.troubles.disarmed &&
    unproven(step) === state.troubles['proof-test'] &&
    !isPollDue(step) &&
    state.reasons.length === 0 &&
    (state.hold === undefined || state.hold.leaseUntilMs === undefined) &&
    state.pending?.deadlineAtMs === undefined &&
    state.awaitUntilMs === undefined &&
    state.troubles.interlock === undefined &&
    state.troubles['hold-max'] === undefined
  );
}

/** Builds the command plan of a site; every actuator starts without knowledge. */
export function createPlan(config: PlanConfig): Plan {
  const entries = new Map<string, Entry>();
  for (const rules of config.actuators) {
    const { armed, id } = rules.actuator;
    entries.set(id, { rules, state: emptyState(rules), schedule: scheduleOf(armed, rules.timeZone) });
  }
  const values = new Map<string, Watched>();
  const dependents = dependentsOf(config.actuators);
  const dirty = new Set<string>();
  const limits = createLimits({
    site: config.actuators[0]?.site ?? '',
    actuators: config.actuators.map(({ actuator }) => actuator),
    ...(config.limits === undefined ? {} : { limits: config.limits }),
  });
  let clockDoubt: string | undefined;
  const world: World = {
    confirmed: (actuator) => entries.get(actuator)?.state.confirmed,
    value: (stream) => values.get(stream),
    staleAfterMs: config.staleAfterMs,
    clockDoubt: () => clockDoubt,
  };

  function at(entry: Entry, atMs: number, effects: PlanEffect[]): Step {
    const { rules, state, schedule } = entry;
    return { rules, state, world, limits, scheduled: schedule(atMs), atMs, effects };
  }

  /** Lets time pass for an actuator; only a change is worth writing down. */
  function pass(entry: Entry, atMs: number, effects: PlanEffect[]): void {
    const step = at(entry, atMs, effects);
    if (isIdle(step)) return;
    const before = JSON.stringify(entry.state);
    reconcile(step);
    if (JSON.stringify(entry.state) !== before) dirty.add(`actuator/${entry.rules.actuator.id}`);
  }

  function passDependents(what: string, atMs: number, effects: PlanEffect[]): void {
    for (const id of dependents.get(what) ?? []) pass(entries.get(id)!, atMs, effects);
  }

  function one(event: OneEvent, id: string, effects: PlanEffect[]): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    dirty.add(`actuator/${id}`);
    apply(at(entry, event.atMs, effects), event);
    if (event.kind === 'readBack') passDependents(`actuator ${id}`, event.atMs, effects);
  }

  return {
    step(event) {
      const effects: PlanEffect[] = [];
      if (event.kind === 'value') {
        const { stream, value, takenAtMs } = event;
        const known = values.get(stream);
        if (known !== undefined && known.takenAtMs > takenAtMs) return effects;
        values.set(stream, { value, takenAtMs });
        dirty.add(`value/${stream}`);
        passDependents(`stream ${stream}`, event.atMs, effects);
      } else if (event.kind === 'tick') {
        for (const entry of inTurn(entries.values())) pass(entry, event.atMs, effects);
        effects.push(...limits.review(waitingOf(entries.values()), event.atMs));
      } else if (event.kind === 'clock') {
        clockDoubt = event.why;
        dirty.add('clock/doubt');
        for (const entry of entries.values()) {
          if (event.why !== undefined) doubtLease(at(entry, event.atMs, effects));
          pass(entry, event.atMs, effects);
        }
      } else if (event.kind === 'restarted') {
        for (const [id, entry] of entries) {
          const step = at(entry, event.atMs, effects);
          drop(step, (reason) => isForgotten(reason, id, config.responses));
          restart(step);
          dirty.add(`actuator/${id}`);
        }
      } else one(event, event.kind === 'order' ? event.command.device : event.actuator, effects);
      return effects;
    },
    takeDirty() {
      const taken = [...dirty].map((key): [string, unknown] => {
        const [family, ...rest] = key.split('/');
        const name = rest.join('/');
        if (family === 'clock') return [key, { why: clockDoubt }];
        return [key, family === 'value' ? values.get(name) : entries.get(name)?.state];
      });
      dirty.clear();
      for (const [key, state] of limits.takeDirty()) taken.push([`limit/${key}`, state]);
      return taken;
    },
    restore(states) {
      for (const [key, state] of states) {
        const [family, ...rest] = key.split('/');
        const name = rest.join('/');
        const entry = entries.get(name);
        if (family === 'value' && dependents.has(`stream ${name}`)) values.set(name, structuredClone(state as Watched));
        else if (family === 'clock') clockDoubt = (state as { why?: string }).why;
        else if (family === 'limit') limits.restore(name, state);
        else if (family === 'actuator' && entry !== undefined) entry.state = structuredClone(state as ActuatorState);
      }
    },
    watches: (stream) => dependents.has(`stream ${stream}`),
    has: (actuator) => entries.has(actuator),
  };
}

/** Those whose acts wait at a limit come last, the worst and then the oldest of them first, so that a stage goes to whom it helps most. */
function inTurn(entries: Iterable<Entry>): Entry[] {
  const rank = ({ state }: Entry) => state.reasons.find(({ limit }) => limit !== undefined);
  return [...entries].toSorted((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    if (first === undefined || second === undefined) return Number(first !== undefined) - Number(second !== undefined);
    return second.severity - first.severity || first.sinceMs - second.sinceMs;
  });
}

/** How many acts wait at each limit. */
function waitingOf(entries: Iterable<Entry>): ReadonlyMap<string, number> {
  const waiting = new Map<string, number>();
  for (const { state } of entries)
    for (const key of new Set(state.reasons.flatMap(({ limit, muted }) => (muted === undefined ? (limit ?? []) : []))))
      waiting.set(key, (waiting.get(key) ?? 0) + 1);
  return waiting;
}

type OneEvent = Exclude<PlanEvent, { kind: 'value' | 'tick' | 'clock' | 'restarted' }>;

function apply(step: Step, event: OneEvent): void {
  switch (event.kind) {
    case 'wish':
      wish(step, event);
      break;
    case 'wishEnd':
      drop(step, ({ id }) => id === `response/${event.response}`);
      break;
    case 'readBack':
      hear(step, event);
      break;
    case 'sent':
      handed(step, event);
      break;
    case 'accepted':
      if (step.state.pending?.wire === event.commandId) report(step, step.state.pending, 'accepted');
      break;
    case 'device':
      if (event.trouble === 'unreachable') {
        // What was known of it is history until it speaks again.
        if (event.why !== undefined && step.state.confirmed !== undefined) step.state.confirmed.old = true;
      } else if (event.why === undefined) delete step.state.watchdog;
      else step.state.watchdog = event.why;
      break;
    case 'order':
      // Whatever is due goes first, so that the order meets the present and not the past.
      reconcile(step);
      obey(step, event.command);
      return;
    default:
      event satisfies never;
  }
  reconcile(step);
}

function wish(step: Step, event: Extract<PlanEvent, { kind: 'wish' }>): void {
  const { state, rules } = step;
  const id = `response/${event.response}`;
  const { action, severity, coincidence, alert, text, delayMs = 0 } = event;
  const known = state.reasons.find((reason) => reason.id === id);
  const issuer = `edge:${rules.site}`;
  if (event.keepOnly) {
    drop(step, (reason) => reason.id === id && reason.waitUntilMs !== undefined);
    return;
  }
  if (event.late) {
    // Backlog may raise an alert, but what it tells happened earlier: it neither begins nor changes an act.
    if (known !== undefined) return;
    const act = { id: nextId(step), action, issuer, alert, why: 'late data never move an actuator' };
    report(step, act, 'refused');
    return;
  }
  if (known !== undefined) {
    if (known.muted === 'person' && severity > known.severity) delete known.muted;
    Object.assign(known, { severity, text, alert });
    return;
  }
  const requestId = nextId(step);
  const about = { id, action, severity, coincidence, person: false, issuer, text, alert };
  const reason: Reason = { ...about, sinceMs: step.atMs, requestId };
  if (delayMs > 0) Object.assign(reason, { delayMs, waitUntilMs: step.atMs + delayMs });
  state.reasons.push(reason);
}

/** True for a wish whose response is no longer configured, or asks for something else. */
function isForgotten({ id, action }: Reason, actuator: string, responses: PlanConfig['responses']): boolean {
  if (!id.startsWith('response/')) return false;
  const response = responses.get(id.slice('response/'.length));
  return response?.actuator !== actuator || response.action !== action;
}

/** Which actuators must be looked at again when a stream or another actuator's state changes. */
function dependentsOf(actuators: readonly ActuatorRules[]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { actuator } of actuators)
    for (const { when } of actuator.interlocks) {
      const what = 'actuator' in when ? `actuator ${when.actuator}` : `stream ${when.stream}`;
      const known = dependents.get(what) ?? [];
      if (!known.includes(actuator.id)) dependents.set(what, [...known, actuator.id]);
    }
  return dependents;
}
