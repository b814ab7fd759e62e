import { StreamRef } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import type { LadderPlan } from '../ladder.ts';
import { ladderFields } from '../ladder-config.ts';

/** A value held against limits. */
export const ThresholdFields = Type.Object({ input: StreamRef, ...ladderFields }, { additionalProperties: false });

/** The fields as written, and after `prepare` the plan that `step` follows. */
export type ThresholdConfig = Static<typeof ThresholdFields> & { plan?: LadderPlan };
