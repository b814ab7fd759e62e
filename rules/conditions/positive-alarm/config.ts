import { compareSeverity, Name, Severity, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { RuleConfig } from '../../engine/types.ts';
import { Ms } from '../ladder-config.ts';

/** NFPA 72: 15 s to acknowledge, then 180 s to investigate, and no longer (domain.md §2.6). */
export const acknowledgeMaxMs = 15_000;
export const investigateMaxMs = 180_000;

const From = (description: string, preset: Severity) =>
  Type.Optional(Type.Unsafe<Severity>({ ...Severity, default: preset, description }));

/** A first alarm that trained people may look into before everybody is alarmed. */
export const PositiveAlarmFields = Type.Object(
  {
    of: Type.Unsafe<string>({ ...Name, description: 'Rule whose alarm is investigated; it must latch.' }),
    from: From('From this severity of the rule on the sequence begins.', 'Severe'),
    atOnceFrom: From('From this severity of the rule on the general alarm comes at once.', 'Extreme'),
    atOnce: Type.Optional(
      Type.Array(Name, {
        maxItems: 63,
        default: [],
        description: 'Rules that bring the general alarm at once; they must latch, too.',
      }),
    ),
    acknowledgeMs: Type.Optional(
      Ms('Time to acknowledge.', { minimum: 1000, maximum: acknowledgeMaxMs, default: acknowledgeMaxMs }),
    ),
    investigateMs: Type.Optional(
      Ms('Time to investigate.', { minimum: 10_000, maximum: investigateMaxMs, default: investigateMaxMs }),
    ),
    acknowledge: Type.Optional(
      Type.Unsafe<string>({ ...StreamRef, description: 'Acknowledge key of the panel: counts when it turns 1.' }),
    ),
    reset: Type.Optional(
      Type.Unsafe<string>({ ...StreamRef, description: 'Reset key of the panel: counts when it turns 1.' }),
    ),
  },
  { additionalProperties: false },
);
export type PositiveAlarmConfig = Static<typeof PositiveAlarmFields>;

/** What a schema cannot say. */
export function checkPositiveAlarm(config: PositiveAlarmConfig): string[] {
  const { of, from = 'Severe', atOnceFrom = 'Extreme', atOnce = [], acknowledge, reset } = config;
  const problems: string[] = [];
  if (compareSeverity(atOnceFrom, from) <= 0)
    problems.push(`/atOnceFrom: ${atOnceFrom} must be worse than ${from}, from which the sequence begins.`);
  atOnce.forEach((rule, i) => {
    if (rule === of || atOnce.indexOf(rule) < i)
      problems.push(`/atOnce/${i}: ${rule} is named twice; remove one of them.`);
  });
  if (acknowledge !== undefined && acknowledge === reset)
    problems.push(`/reset: ${reset} is the acknowledge key already; each needs a stream of its own.`);
  return problems;
}

/** What it demands of the rules it hears: a reset ends the sequence, and only what latches can be reset. */
export function checkInvestigated(
  { of, atOnce = [], from = 'Severe' }: PositiveAlarmConfig,
  ruleOf: (id: string) => RuleConfig | undefined,
): string[] {
  return [of, ...atOnce].flatMap((id, i) => {
    const { latch = false } = ruleOf(id) ?? { latch: true };
    if (latch === true || (latch !== false && compareSeverity(latch, from) <= 0)) return [];
    const place = i === 0 ? '/of' : `/atOnce/${i - 1}`;
    return [
      `${place}: ${id} does not latch from ${from} on, so nobody could ever reset the alarm; give it latch: ${from}.`,
    ];
  });
}
