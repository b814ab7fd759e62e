export { actsOf } from '../alerting/lifecycle.ts';
export { conditions } from '../conditions/index.ts';
export { models } from '../models/index.ts';
export * from './check.ts';
export { createEngine } from './engine.ts';
export { conditionSchemas, type Families, families, modelSchema, modelSchemas, ruleSchema } from './families.ts';
export * from './types.ts';
export { ruleVersion } from './version.ts';
export { sayDuration, sayValue } from './words.ts';
