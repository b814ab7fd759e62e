import type { TSchema } from 'typebox';
import type { ModelConfig, RuleConfig } from '../engine/types.ts';

/**
 * A pack turns a few facts of a site into models and rules with expert defaults. It is data: `facts` is the JSON Schema of what
 * the site must and may say, `models` and `rules` are templates. In a template
 * - text that is exactly `${path}` becomes the value itself, and a missing value drops its field; inside longer text it is written out;
 * - `{ $each: path, … }` repeats a row or a list entry with `item` and `index` bound;
 * - `{ $if: path, … }` keeps it only when the value is set and not false or empty;
 * - `{ $value: … }` stands for a bare list entry.
 * Paths see `id`, every fact, `item` and `index`; a stream `device/channel` has the parts `.device` and `.channel`.
 */
export type Pack = {
  pack: string;
  about: string;
  facts: TSchema;
  models?: Template[];
  rules?: Template[];
  /** What each fact means to a replay that has only columns: see `matchStreams` in bin/replay. */
  streams?: Record<string, string>;
};
export type Template = { [field: string]: unknown };

/** A pack as a site names it: `pack`, `id`, and its facts. */
export type PackEntry = { pack: string; id: string } & Record<string, unknown>;

type Scope = Record<string, unknown>;
const dropped = Symbol('dropped');
const reference = /\$\{([A-Za-z0-9_.-]+)\}/g;
const whole = /^\$\{([A-Za-z0-9_.-]+)\}$/;

function lookUp(path: string, scope: Scope): unknown {
  let value: unknown = scope;
  for (const step of path.split('.')) {
    if (typeof value === 'string' && (step === 'device' || step === 'channel')) {
      const slash = value.indexOf('/');
      value = slash < 0 ? undefined : step === 'device' ? value.slice(0, slash) : value.slice(slash + 1);
    } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step)) {
      value = (value as Scope)[step];
    } else return undefined;
  }
  return value;
}

function fillText(text: string, scope: Scope): unknown {
  const [, path] = whole.exec(text) ?? [];
  if (path !== undefined) {
    const value = lookUp(path, scope);
    return value === undefined ? dropped : structuredClone(value);
  }
  return text.replace(reference, (_, inner: string) => String(lookUp(inner, scope) ?? ''));
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** The values that one entry of a list stands for: none, one, or one for each thing it repeats over. */
function fillEntry(entry: unknown, scope: Scope): unknown[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    const value = fill(entry, scope);
    return value === dropped ? [] : [value];
  }
  const { $each, ...once } = entry as Template;
  if (typeof $each === 'string') {
    const items = lookUp($each, scope);
    if (!Array.isArray(items)) return [];
    return items.flatMap((item, index) => fillEntry(once, { ...scope, item, index }));
  }
  const { $if, ...rest } = once;
  if (typeof $if === 'string' && !isSet(lookUp($if, scope))) return [];
  const value = fill('$value' in rest ? rest.$value : rest, scope);
  return value === dropped ? [] : [value];
}

function fill(template: unknown, scope: Scope): unknown {
  if (typeof template === 'string') return fillText(template, scope);
  if (Array.isArray(template)) return template.flatMap((entry) => fillEntry(entry, scope));
  if (typeof template !== 'object' || template === null) return template;
  const filled: Template = {};
  for (const [field, inner] of Object.entries(template)) {
    const value = fill(inner, scope);
    if (value !== dropped) filled[field] = value;
  }
  return filled;
}

/** The models and rules that a pack makes of a site's facts, which must fit `facts` and have its defaults. */
export function expandPack(pack: Pack, entry: PackEntry): { models: ModelConfig[]; rules: RuleConfig[] } {
  return {
    models: fill(pack.models ?? [], entry) as ModelConfig[],
    rules: fill(pack.rules ?? [], entry) as RuleConfig[],
  };
}
