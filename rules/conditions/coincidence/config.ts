import { Name, Severity } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Ms } from '../ladder-config.ts';

/** Several independent rules that agree within a time. */
export const CoincidenceFields = Type.Object(
  {
    of: Type.Array(
      Type.Union([Name, Type.Object({ rule: Name, atLeast: Severity }, { additionalProperties: false })]),
      {
        minItems: 2,
        maxItems: 64,
        description: 'Rules on different devices, each with a severity of its own where it has one.',
      },
    ),
    need: Type.Integer({ minimum: 2, maximum: 64, description: 'So many of them must agree.' }),
    withinMs: Ms('A rule that ended counts on for this long.'),
    severity: Severity,
    atLeast: Type.Optional(
      Type.Unsafe<Static<typeof Severity>>({
        ...Severity,
        default: 'Minor',
        description: 'A rule counts from this severity on.',
      }),
    ),
    ladder: Type.Optional(
      Type.Array(
        Type.Object(
          { need: Type.Integer({ minimum: 3, maximum: 64 }), severity: Severity },
          { additionalProperties: false },
        ),
        { maxItems: 3, description: 'Worse severities when more rules agree, the worst last.' },
      ),
    ),
  },
  { additionalProperties: false },
);

export type CoincidenceMember = { rule: string; atLeast: Severity };

/** The rules that may agree, each with the severity from which it counts. */
export function membersOf({ of, atLeast = 'Minor' }: CoincidenceConfig): CoincidenceMember[] {
  return of.map((member) => (typeof member === 'string' ? { rule: member, atLeast } : member));
}
export type CoincidenceConfig = Static<typeof CoincidenceFields>;
