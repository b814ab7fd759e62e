import Type, { type Static } from 'typebox';
import { Finite, InstantMs, Name, oneOf } from './names.ts';

/** CAP 1.2 severities, mildest first, so that an index compares them. */
export const severities = ['Unknown', 'Minor', 'Moderate', 'Severe', 'Extreme'] as const;
export const urgencies = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const;
export const certainties = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const;
/** Alarm: danger now. Supervisory: a protected function is off-normal. Trouble: a fault in the system itself (NFPA 72). */
export const alertClasses = ['alarm', 'supervisory', 'trouble'] as const;

export const Severity = oneOf(severities, 'CAP 1.2 severity.');
export const Urgency = oneOf(urgencies, 'CAP 1.2 urgency.');
export const Certainty = oneOf(certainties, 'CAP 1.2 certainty.');
export const AlertClass = oneOf(alertClasses, 'alarm > supervisory > trouble.');
export type Severity = Static<typeof Severity>;
export type Urgency = Static<typeof Urgency>;
export type Certainty = Static<typeof Certainty>;
export type AlertClass = Static<typeof AlertClass>;

/** How much worse one severity is than another; positive when `a` is worse. */
export function compareSeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** What can happen to an alert. `update` renews the reasons of an active alert without changing its severity. */
export const transitionKinds = [
  'raise',
  'escalate',
  'stepDown',
  'update',
  'recover',
  'clear',
  'acknowledge',
  'reset',
] as const;
export const TransitionKind = oneOf(transitionKinds);
export type TransitionKind = Static<typeof TransitionKind>;

/** A stretch of samples that the rule saw when it decided, with the limits it held them against. */
export const Evidence = Type.Object({
  device: Name,
  channel: Name,
  unit: Type.String({ maxLength: 32 }),
  points: Type.Array(Type.Tuple([InstantMs, Finite]), {
    maxItems: 256,
    description: '[takenAtMs, value], oldest first.',
  }),
  limits: Type.Array(Type.Object({ label: Type.String({ maxLength: 120 }), value: Finite }), { maxItems: 8 }),
});
export type Evidence = Static<typeof Evidence>;

/** Stable name of an alert: the same rule about the same subject at the same site is the same alert, wherever it was decided. */
export function alertKey(site: string, rule: string, subject: string): string {
  return `${site}/${rule}/${subject}`;
}

/**
 * Names under which Tocsin itself speaks of its own troubles; a rule of a site or cloud file may not take one, because
 * both would then be the same alert.
 */
export const ownRules = [
  'no-data',
  'stuck',
  'range',
  'spikes',
  'clock',
  'refused',
  'flood',
  'clock-jump',
  'unverified',
  'disagreement',
  'interlock',
  'hold-max',
  'act-limit',
  'disarmed',
  'bypass',
  'proof-test',
  'actuator-no-data',
  'actuator-unreachable',
  'actuator-watchdog',
  'orders-refused',
  'camera-no-picture',
  'camera-frozen',
  'camera-black',
  'camera-over-exposed',
  'camera-blurred',
  'camera-covered',
  'camera-moved',
  'camera-uncalibrated',
  'camera-too-dark',
  'camera-slow',
  'vision-failed',
  'rule-failed',
  'model-failed',
  'site-offline',
  'data-gap',
  'security',
  'act-refused',
  'orders-held',
  'order-unanswered',
  'cloud-rules',
  'desk-failed',
] as const;

const key = '^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$';

/**
 * One step in the life of an alert, complete enough to be shown alone.
 * The planes are separate: `condition` (the world), `operator` (the person), `latch` (kept until reset).
 * `(key, origin, occurrence, number)` names a transition for ever; repeating it changes nothing.
 */
export const AlertTransition = Type.Object({
  v: Type.Literal(1),
  key: Type.String({ pattern: key, description: 'site/rule/subject' }),
  site: Name,
  rule: Name,
  subject: Name,
  origin: oneOf(['edge', 'cloud']),
  occurrence: Type.Integer({ minimum: 1, description: 'Counts how often this alert was raised.' }),
  number: Type.Integer({ minimum: 1, description: 'Counts the transitions of this occurrence.' }),
  kind: TransitionKind,
  class: AlertClass,
  severity: Severity,
  urgency: Urgency,
  certainty: Certainty,
  condition: oneOf(['normal', 'active', 'recovering']),
  operator: oneOf(['unacknowledged', 'acknowledged']),
  latch: oneOf(['none', 'latched']),
  data: oneOf(['good', 'stale', 'noData'], 'State of the data behind it; stale data never clear an alert.'),
  event: Type.String({ maxLength: 160, description: 'What happens, in words a dispatcher uses.' }),
  reasons: Type.Array(Type.String({ maxLength: 240 }), { maxItems: 12, description: 'Why it is believed.' }),
  advice: Type.Optional(Type.String({ maxLength: 500, description: 'What to do next.' })),
  evidence: Type.Array(Evidence, { maxItems: 8 }),
  takenAtMs: Type.Number({ ...InstantMs, description: 'Event time: when the deciding sample was taken.' }),
  decidedAtMs: Type.Number({ ...InstantMs, description: 'When the rule decided, on the decider’s clock.' }),
  ruleVersion: Type.String({ maxLength: 64, description: 'Hash of the rule’s configuration.' }),
  late: Type.Optional(Type.Boolean({ description: 'Raised from backlog: it happened earlier and moved nothing.' })),
  retold: Type.Optional(Type.Boolean({ description: 'Told again at the beginning of an epoch; the life goes on.' })),
  by: Type.Optional(Type.String({ maxLength: 120, description: 'Who acknowledged or reset.' })),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
export type AlertTransition = Static<typeof AlertTransition>;
