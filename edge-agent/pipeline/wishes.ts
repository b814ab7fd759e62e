import { type AlertTransition, compareSeverity, severities } from '@tocsin/contracts';
import { type AlertState, confirmedSeverities } from '@tocsin/rules/engine';
import type { PlanEvent } from '../actuators/plan/plan.ts';
import type { Site } from '../site/types.ts';

type Response = Site['responses'][number];
type WishingSite = Pick<Site, 'responses' | 'rules' | 'models' | 'devices'>;

/** Transitions that say what the world does now; only these can begin a wish. */
const worldly: ReadonlySet<AlertTransition['kind']> = new Set(['raise', 'escalate', 'stepDown', 'update']);

/** Turns what happens to alerts into what actuators are asked for. It keeps no state: the plan does. */
export type Wishes = {
  of(transition: AlertTransition): PlanEvent[];
  /** After a restart, with another site file perhaps: ends the wishes that the alerts of today no longer support. */
  review(alerts: ReadonlyMap<string, AlertState>, atMs: number): PlanEvent[];
  /** Ends what is held until a reset, where the alert itself does not latch and has ended. */
  reset(alert: AlertState, atMs: number): PlanEvent[];
};

/** Creates the translation for the responses of a site. */
export function createWishes({ responses, rules, models, devices }: WishingSite): Wishes {
  const units = new Map(
    devices.flatMap(({ id, channels }) => channels.map((channel) => [`${id}/${channel.id}`, channel.unit] as const)),
  );
  const confirmed = confirmedSeverities({ rules, models, units });
  const end = ({ actuator, id }: Response, atMs: number): PlanEvent => ({
    kind: 'wishEnd',
    actuator,
    response: id,
    atMs,
  });
  const byRule = new Map<string, Response[]>();
  for (const response of responses) {
    const known = byRule.get(response.when.rule) ?? [];
    byRule.set(response.when.rule, [...known, response]);
  }

  function one(response: Response, transition: AlertTransition): PlanEvent | undefined {
    const { kind, rule, key, severity, event, reasons, data, decidedAtMs: atMs, late = false } = transition;
    const { id, actuator, action, hold, delayMs = 0 } = response;
    if (kind === 'acknowledge') return undefined;
    if (kind === 'reset') return hold === 'untilReset' ? end(response, atMs) : undefined;
    const wanted = isWanted(transition, response);
    if (!wanted && hold === 'whileActive') return late ? undefined : end(response, atMs);
    // Blind or old data may keep an act going, but never begin one; nor does an alert that ended while its act still waited.
    const keepOnly = (wanted ? data !== 'good' : true) && !late;
    if (keepOnly ? delayMs === 0 : !wanted || !worldly.has(kind)) return undefined;
    const text = reasons.length > 0 ? `${event}: ${reasons[0]}` : event;
    const from = confirmed.get(rule);
    const coincidence = from !== undefined && compareSeverity(severity, from) >= 0;
    const about = { alert: key, text, severity: severities.indexOf(severity), coincidence };
    const waits = delayMs > 0 ? { delayMs, keepOnly } : {};
    return { kind: 'wish', actuator, response: id, action, ...about, late, ...waits, atMs };
  }

  return {
    of: (transition) => (byRule.get(transition.rule) ?? []).flatMap((response) => one(response, transition) ?? []),
    review(alerts, atMs) {
      const wanted = new Set<string>();
      for (const alert of alerts.values())
        for (const response of byRule.get(alert.rule) ?? []) if (isWanted(alert, response)) wanted.add(response.id);
      return responses
        .filter(({ id, hold }) => hold === 'whileActive' && !wanted.has(id))
        .map((response) => end(response, atMs));
    },
    reset({ rule, condition, latch }, atMs) {
      if (condition !== 'normal' || latch !== 'none') return [];
      return (byRule.get(rule) ?? [])
        .filter(({ hold }) => hold === 'untilReset')
        .map((response) => end(response, atMs));
    },
  };
}

function isWanted({ condition, severity }: Pick<AlertState, 'condition' | 'severity'>, { when }: Response): boolean {
  return condition !== 'normal' && compareSeverity(severity, when.atLeast) >= 0;
}
