import { RuleBase } from '@tocsin/contracts';
import Type, { type TObject, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { conditions } from '../conditions/index.ts';
import { models } from '../models/index.ts';
import type { ConditionType, ModelConfig, ModelType, RuleConfig, StreamName } from './types.ts';

/** The kinds of rules and models an engine knows. */
export type Families = { conditions: readonly ConditionType[]; models: readonly ModelType[] };

/** What this version of Tocsin ships. */
export const families: Families = { conditions, models };

const closed = { additionalProperties: false } as const;

/** The whole schema of a rule of one kind: the fields every rule has and its own. */
export function ruleSchema({ type, config }: ConditionType): TObject {
  const own = (config as TObject).properties;
  return Type.Object({ ...RuleBase.properties, type: Type.Literal(type), ...own }, closed);
}

/** The whole schema of a model of one kind. */
export function modelSchema({ type, config }: ModelType): TObject {
  const own = (config as TObject).properties;
  return Type.Object({ id: RuleBase.properties.id, type: Type.Literal(type), ...own }, closed);
}

/** Schemas of every rule and model a site file may hold. */
export const conditionSchemas: TSchema[] = conditions.map(ruleSchema);
export const modelSchemas: TSchema[] = models.map(modelSchema);

/** A configuration with its defaults filled in; the original is not touched. */
export function withDefaults<T extends RuleConfig | ModelConfig>(schema: TSchema, config: T): T {
  return Value.Default(schema, structuredClone(config)) as T;
}

/** The parts of a stream's name. */
export function splitStream(stream: StreamName): { device: string; channel: string } {
  const slash = stream.indexOf('/');
  return { device: stream.slice(0, slash), channel: stream.slice(slash + 1) };
}
