import { sayDuration, sayValue } from '../engine/words.ts';
import type { LadderPlan } from './ladder.ts';

type Situation = {
  /** Level as said, and level by the steps alone (they differ when silence is an alarm). */
  level: number;
  own: number;
  recovering: boolean;
  data: 'good' | 'stale' | 'noData';
  value: number | null;
  silentMs: number;
};

/** Why a ladder says what it says, with numbers and units; what is missing comes first. */
export function sayLadder(plan: LadderPlan, { own, recovering, data, value, silentMs }: Situation): string[] {
  const now = value === null ? plan.label : `${plan.label} ${sayValue(value, plan.unit)}`;
  const reasons: string[] = [];
  if (data === 'noData') reasons.push(`No data from ${plan.label} since ${sayDuration(silentMs)}.`);
  if (data === 'stale') reasons.push(`No usable data for ${sayDuration(silentMs)}; last ${now}.`);
  const step = plan.steps[Math.max(own, 1) - 1]!;
  const [reached, safe] = plan.sign > 0 ? ['≥', '≤'] : ['≤', '≥'];
  if (own === 0 && data === 'good')
    reasons.push(`${now} ${safe} ${sayValue(step.clear, plan.unit)}${forHow(step.clearHoldMs)}.`);
  else if (recovering) reasons.push(`${now}, falling back from the limit of ${sayValue(step.at, plan.unit)}.`);
  else if (own > 0) {
    // A value in the deadband still holds its step, and saying that it is beyond the limit would be a lie.
    const beyond = value !== null && plan.sign * value >= plan.sign * step.at;
    if (beyond) reasons.push(`${now} ${reached} ${sayValue(step.at, plan.unit)}${forHow(step.holdMs)}.`);
    else reasons.push(`${now}, not yet back to ${sayValue(step.clear, plan.unit)}.`);
  }
  return reasons;
}

function forHow(ms: number): string {
  return ms > 0 ? ` for ${sayDuration(ms)}` : '';
}
