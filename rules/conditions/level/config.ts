import { compareSeverity, StreamRef, severities } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { LadderPlan } from '../ladder.ts';
import { ladderFields, Ms } from '../ladder-config.ts';

const Step = Type.Object(
  {
    severity: Type.Unsafe<(typeof severities)[number]>({
      type: 'string',
      enum: severities.slice(1),
      description: 'CAP 1.2 severity of this level.',
    }),
    level: Type.Integer({ minimum: 1, maximum: 100, description: 'From this level of the model on.' }),
  },
  { additionalProperties: false },
);

/** The level that a model gives itself. */
export const LevelFields = Type.Object(
  {
    input: StreamRef,
    ladder: Type.Array(Step, { minItems: 1, maxItems: 4, description: 'Levels of the model, the worst last.' }),
    updateEveryMs: Type.Optional(
      Ms('Reasons that changed while the level did not are told at most this often.', {
        minimum: 60_000,
        default: 3_600_000,
      }),
    ),
    missing: ladderFields.missing,
    staleAfterMs: ladderFields.staleAfterMs,
  },
  { additionalProperties: false },
);

/** The fields as written, and after `prepare` the plan that `step` follows. */
export type LevelConfig = Static<typeof LevelFields> & { plan?: LadderPlan };

/** What a schema cannot say about the levels; each message begins with its place. */
export function checkLevels({ ladder }: LevelConfig): string[] {
  return ladder.flatMap((step, i) => {
    const below = ladder[i - 1];
    if (below === undefined) return [];
    const problems: string[] = [];
    if (step.level <= below.level)
      problems.push(`/ladder/${i}/level: ${step.level} is not above ${below.level} before it; order them, worst last.`);
    if (compareSeverity(step.severity, below.severity) <= 0)
      problems.push(
        `/ladder/${i}/severity: ${step.severity} is not worse than ${below.severity} before it; order them, worst last.`,
      );
    return problems;
  });
}
