import { compareSeverity, severities } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';

/**
 * The part of a configuration that `threshold` and `rate` share: a ladder of severities, each with its own limit, deadband
 * and delays, and what to think when data are missing.
 */
const closed = { additionalProperties: false } as const;
const yearMs = 31_536_000_000;

export const Ms = (description: string, more: object = {}) =>
  Type.Integer({ minimum: 0, maximum: yearMs, description, ...more });

export const StepConfig = Type.Object(
  {
    severity: Type.Unsafe<(typeof severities)[number]>({
      type: 'string',
      enum: severities.slice(1),
      description: 'CAP 1.2 severity of this step.',
    }),
    at: Type.Number({ description: 'Limit; reaching it counts. In the unit of the judged quantity.' }),
    clear: Type.Number({
      description: 'Back on this side of it the step may end; it must lie on the safe side of `at`.',
    }),
    holdMs: Ms('The limit must be reached for this long. 0 raises at once and has to be written.'),
    clearHoldMs: Ms('The value must stay at or beyond `clear` for this long before the step ends.'),
  },
  closed,
);
export type StepConfig = Static<typeof StepConfig>;

export const ladderFields = {
  direction: Type.Unsafe<'above' | 'below'>({
    type: 'string',
    enum: ['above', 'below'],
    description: 'Side of danger.',
  }),
  ladder: Type.Array(StepConfig, { minItems: 1, maxItems: 4, description: 'Steps of severity, the worst last.' }),
  missing: Type.Optional(
    Type.Union(
      [
        Type.Literal('trouble'),
        Type.Literal('alarm'),
        Type.Object({ keepLastMs: Ms('How long the last answer stands before it is a trouble.') }, closed),
      ],
      { default: 'trouble', description: 'What silence means. It is never taken for normal.' },
    ),
  ),
  staleAfterMs: Type.Optional(
    Ms('Data older than this are stale. Without it: three usual intervals of the input, at least 5 min.', {
      minimum: 1,
    }),
  ),
};

const LadderConfig = Type.Object(ladderFields);
export type LadderConfig = Static<typeof LadderConfig>;

/** What a schema cannot say about a ladder; each message begins with its place. */
export function checkLadder({ direction, ladder, missing, staleAfterMs }: LadderConfig): string[] {
  const problems: string[] = [];
  const sign = direction === 'above' ? 1 : -1;
  const safe = direction === 'above' ? 'lower' : 'higher';
  ladder.forEach((step, i) => {
    if (sign * step.clear >= sign * step.at)
      problems.push(
        `/ladder/${i}/clear: ${step.clear} leaves no deadband below danger at ${step.at}; choose a ${safe} value.`,
      );
    if (step.holdMs === 0 && step.clearHoldMs === 0)
      problems.push(`/ladder/${i}: neither delay is set; a rule without delays chatters. Raise clearHoldMs or holdMs.`);
    const below = ladder[i - 1];
    if (below === undefined) return;
    if (sign * step.at <= sign * below.at)
      problems.push(
        `/ladder/${i}/at: ${step.at} is not worse than ${below.at} before it; order the steps, worst last.`,
      );
    if (compareSeverity(step.severity, below.severity) <= 0)
      problems.push(
        `/ladder/${i}/severity: ${step.severity} is not worse than ${below.severity} before it; order them, worst last.`,
      );
  });
  if (typeof missing === 'object' && staleAfterMs !== undefined && missing.keepLastMs < staleAfterMs)
    problems.push(`/missing/keepLastMs: shorter than staleAfterMs (${staleAfterMs}); give it at least that.`);
  return problems;
}
