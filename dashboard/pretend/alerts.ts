import {
  type ActuatorTruth,
  type AlertDetail,
  type AlertTransition,
  type AlertView,
  alertKey,
} from '@tocsin/contracts';

type Options = Partial<AlertTransition> & {
  takenAtMs: number;
  actuators?: ActuatorTruth[];
  ladder?: AlertView['ladder'];
  pictures?: AlertDetail['pictures'];
};

const plain = {
  v: 1,
  site: 'hillside',
  rule: 'creep',
  subject: 'crown',
  origin: 'edge',
  occurrence: 1,
  number: 1,
  kind: 'raise',
  class: 'alarm',
  severity: 'Severe',
  urgency: 'Immediate',
  certainty: 'Observed',
  condition: 'active',
  operator: 'unacknowledged',
  latch: 'none',
  data: 'good',
  event: 'The slope is moving fast',
  reasons: ['ext-1 moves 12.4 mm/h, limit 10 mm/h'],
  evidence: [],
  ruleVersion: '5f1d2c9a',
} as const satisfies Partial<AlertTransition>;

/** An alert just raised, with whatever the caller wants to be different. */
export function pretendAlert(options: Options): AlertDetail {
  const { actuators = [], ladder, pictures = [], ...given } = options;
  const key = alertKey(given.site ?? plain.site, given.rule ?? plain.rule, given.subject ?? plain.subject);
  const decidedAtMs = given.decidedAtMs ?? given.takenAtMs + 120;
  const transition: AlertTransition = {
    ...plain,
    reasons: [...plain.reasons],
    ...given,
    key,
    decidedAtMs,
    evidence: given.evidence ?? [],
  };
  const receivedAtMs = decidedAtMs + 90;
  const { site, rule, subject, occurrence, event, severity, urgency, certainty, condition } = transition;
  const { operator, latch, data, reasons, advice, origin } = transition;
  const alert: AlertView = {
    ...{
      key,
      site,
      rule,
      subject,
      occurrence,
      event,
      severity,
      urgency,
      certainty,
      condition,
      operator,
      latch,
      data,
      reasons,
    },
    class: transition.class,
    ...(advice === undefined ? {} : { advice }),
    late: transition.late ?? false,
    raisedAtMs: transition.takenAtMs,
    changedAtMs: receivedAtMs,
    origins: { [origin]: { condition, severity, atMs: decidedAtMs, receivedAtMs } },
    ladder: ladder ?? { takenAtMs: transition.takenAtMs, decidedAtMs, receivedAtMs },
    actuators,
    version: 1,
  };
  return { alert, evidence: transition.evidence, transitions: [{ transition, receivedAtMs }], pictures };
}
