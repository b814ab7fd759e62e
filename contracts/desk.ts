import Type, { type Static } from 'typebox';
import { AlertTransition, compareSeverity } from './alert.ts';
import { Mode, receiptStates } from './command.ts';
import { Descriptor, Status } from './descriptor.ts';
import { InstantMs, Name, oneOf } from './names.ts';
import { AlertPicture } from './picture.ts';

/** What one decider (edge or cloud) last said about an alert. */
export const OriginView = Type.Object({
  condition: oneOf(['normal', 'active', 'recovering']),
  severity: AlertTransition.properties.severity,
  atMs: InstantMs,
  receivedAtMs: InstantMs,
});

/** When an alert passed each stage; a stage that has not happened is absent, never invented. */
export const TimeLadder = Type.Object({
  takenAtMs: Type.Optional(InstantMs),
  decidedAtMs: Type.Optional(InstantMs),
  actedAtMs: Type.Optional(InstantMs),
  confirmedAtMs: Type.Optional(InstantMs),
  receivedAtMs: Type.Optional(InstantMs),
  notifiedAtMs: Type.Optional(InstantMs),
  acknowledgedAtMs: Type.Optional(InstantMs),
});

/** What is known of an actuator: what was ordered and what the device itself reports, never the one for the other. */
export const ActuatorTruth = Type.Object({
  site: Name,
  actuator: Name,
  mode: Mode,
  commanded: Type.Optional(Type.String()),
  commandedAtMs: Type.Optional(InstantMs),
  confirmed: Type.Optional(Type.String()),
  confirmedAtMs: Type.Optional(InstantMs),
  state: oneOf(receiptStates),
  why: Type.Optional(Type.String()),
  leaseUntilMs: Type.Optional(InstantMs),
  alert: Type.Optional(Type.String()),
  issuer: Type.String(),
  changedAtMs: InstantMs,
});
export type ActuatorTruth = Static<typeof ActuatorTruth>;

/** One row of the alert list: the merged state of one alert, complete without a second request. */
export const AlertView = Type.Object({
  key: Type.String(),
  site: Name,
  rule: Name,
  subject: Name,
  occurrence: Type.Integer({ minimum: 1 }),
  event: Type.String(),
  class: AlertTransition.properties.class,
  severity: AlertTransition.properties.severity,
  urgency: AlertTransition.properties.urgency,
  certainty: AlertTransition.properties.certainty,
  condition: oneOf(['normal', 'active', 'recovering']),
  operator: oneOf(['unacknowledged', 'acknowledged']),
  latch: oneOf(['none', 'latched']),
  data: oneOf(['good', 'stale', 'noData']),
  reasons: Type.Array(Type.String()),
  advice: Type.Optional(Type.String()),
  late: Type.Boolean(),
  raisedAtMs: InstantMs,
  changedAtMs: InstantMs,
  endedAtMs: Type.Optional(InstantMs),
  acknowledgedBy: Type.Optional(Type.String()),
  note: Type.Optional(Type.String()),
  origins: Type.Object({ edge: Type.Optional(OriginView), cloud: Type.Optional(OriginView) }),
  disagreement: Type.Optional(Type.String({ description: 'Set while edge and cloud do not say the same.' })),
  asked: Type.Optional(
    // An operator's wish that only the site can fulfil; it goes when the site has done it.
    Type.Object({
      act: oneOf(['acknowledge', 'reset']),
      by: Type.String(),
      atMs: InstantMs,
      state: oneOf(['waiting', 'refused', 'expired']),
      why: Type.Optional(Type.String()),
    }),
  ),
  ladder: TimeLadder,
  actuators: Type.Array(ActuatorTruth),
  version: Type.Integer({ minimum: 1, description: 'Id of the desk event that made this state.' }),
});
export type AlertView = Static<typeof AlertView>;

/** Everything about one alert: its row, the evidence of its last decision, every transition, and the frames around it. */
export const AlertDetail = Type.Object({
  alert: AlertView,
  evidence: AlertTransition.properties.evidence,
  transitions: Type.Array(
    Type.Object({ transition: AlertTransition, receivedAtMs: InstantMs, notifiedAtMs: Type.Optional(InstantMs) }),
  ),
  pictures: Type.Array(AlertPicture, {
    description: 'Frames around the alert, the newest raising first, each in order of time.',
  }),
});
export type AlertDetail = Static<typeof AlertDetail>;

/** A site as the console shows it. */
export const SiteView = Type.Object({
  site: Name,
  descriptor: Type.Optional(Descriptor),
  status: Type.Optional(Status),
  lastHeardAtMs: Type.Optional(InstantMs),
  skewMs: Type.Optional(Type.Number({ description: 'Site clock minus cloud clock, as estimated from arrivals.' })),
});
export type SiteView = Static<typeof SiteView>;

/** One numbered event of the console's stream; ids only grow, so that a reader can resume after any of them. */
export const DeskEvent = Type.Union([
  Type.Object({ id: Type.Integer(), atMs: InstantMs, kind: Type.Literal('alert'), alert: AlertView }),
  Type.Object({ id: Type.Integer(), atMs: InstantMs, kind: Type.Literal('actuator'), actuator: ActuatorTruth }),
  Type.Object({ id: Type.Integer(), atMs: InstantMs, kind: Type.Literal('site'), site: SiteView }),
]);
export type DeskEvent = Static<typeof DeskEvent>;

/** True while an alert still wants somebody: it is active, recovering, latched or not acknowledged. */
export function isOpen(alert: Pick<AlertView, 'condition' | 'operator' | 'latch'>): boolean {
  return alert.condition !== 'normal' || alert.latch === 'latched' || alert.operator === 'unacknowledged';
}

const classRank = { alarm: 0, supervisory: 1, trouble: 2 } as const;

/** The order of the alert list: unacknowledged first, then class, then severity, then the oldest first; ties by key. */
export function compareAlerts(a: AlertView, b: AlertView): number {
  return (
    Number(a.operator === 'acknowledged') - Number(b.operator === 'acknowledged') ||
    classRank[a.class] - classRank[b.class] ||
    compareSeverity(b.severity, a.severity) ||
    a.raisedAtMs - b.raisedAtMs ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}
