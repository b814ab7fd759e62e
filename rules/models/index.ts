import type { ModelType } from '../engine/types.ts';
import { crossing } from './crossing/crossing.ts';
import { fire } from './fire/fire.ts';
import { fireZone } from './fire-zone/fire-zone.ts';
import { rain } from './rain/rain.ts';
import { slope } from './slope/slope.ts';
import { slopeLevel } from './slope-level/slope-level.ts';
import { vector } from './vector/vector.ts';

/** Every kind of model; a new one is a folder and a line here. */
export const models = [
  slope,
  slopeLevel,
  rain,
  fire,
  crossing,
  fireZone,
  vector,
] as const satisfies readonly ModelType[];
