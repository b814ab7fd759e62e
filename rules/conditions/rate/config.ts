import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { LadderPlan } from '../ladder.ts';
import { ladderFields, Ms } from '../ladder-config.ts';

/** How fast a value changes, held against limits. */
export const RateFields = Type.Object(
  {
    input: StreamRef,
    windowMs: Ms('The slope is fitted to the samples of this last stretch of time.', { minimum: 1000 }),
    per: Type.Unsafe<'s' | 'min' | 'h' | 'd'>({
      type: 'string',
      enum: ['s', 'min', 'h', 'd'],
      description: 'Limits are in the unit of the channel per this.',
    }),
    pointsMin: Type.Optional(
      Type.Integer({ minimum: 3, maximum: 64, default: 4, description: 'Fewer samples in the window say nothing.' }),
    ),
    spanMinMs: Type.Optional(
      Ms('Samples that cover less time than this say nothing. Without it: half the window.', { minimum: 1 }),
    ),
    ...ladderFields,
  },
  { additionalProperties: false },
);

/** The fields as written, and after `prepare` the plan that `step` follows. */
export type RateConfig = Static<typeof RateFields> & { plan?: LadderPlan };
