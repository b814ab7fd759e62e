import type { ConditionType } from '../engine/types.ts';
import { absence } from './absence/absence.ts';
import { coincidence } from './coincidence/coincidence.ts';
import { level } from './level/level.ts';
import { positiveAlarm } from './positive-alarm/positive-alarm.ts';
import { rate } from './rate/rate.ts';
import { threshold } from './threshold/threshold.ts';

/** Every kind of rule; a new one is a folder and a line here. */
export const conditions = [
  threshold,
  rate,
  absence,
  coincidence,
  level,
  positiveAlarm,
] as const satisfies readonly ConditionType[];
