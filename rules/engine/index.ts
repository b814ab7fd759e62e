export {
  type AlertMemory,
  type AlertRule,
  actsOf,
  hearVerdict,
  isStanding,
  performAct,
  retell,
} from '../alerting/lifecycle.ts';
export { conditions } from '../conditions/index.ts';
export { models } from '../models/index.ts';
export * from './check.ts';
export { createEngine } from './engine.ts';
export { conditionSchemas, type Families, families, modelSchema, modelSchemas, ruleSchema } from './families.ts';
export { confirmedSeverities, devicesBehind, madeStreams, opticalUnit } from './outputs.ts';
export { playStory, type Story, storyEvents, transitionsOf } from './story.ts';
export * from './types.ts';
export { ruleVersion } from './version.ts';
export { sayDuration, sayValue } from './words.ts';
