import { Severity, StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Ms } from '../ladder-config.ts';

/** Silence that is an alert of its own. */
export const AbsenceFields = Type.Object(
  {
    inputs: Type.Array(StreamRef, { minItems: 1, maxItems: 64, description: 'Streams that must go on speaking.' }),
    silent: Type.Optional(
      Type.Unsafe<'any' | 'all'>({
        type: 'string',
        enum: ['any', 'all'],
        default: 'any',
        description: 'Whether one silent stream is enough.',
      }),
    ),
    afterMs: Ms('Silence of this length raises the alert.', { minimum: 1000 }),
    severity: Severity,
    clearHoldMs: Ms('The streams must speak again for this long before it clears.'),
  },
  { additionalProperties: false },
);
export type AbsenceConfig = Static<typeof AbsenceFields>;
