/**
 * Holds a value against a schema, tells everything that is wrong in words for people, and answers the value with
 * every default filled in. Unions are entered by their discriminator, so that an error speaks of the kind that was
 * chosen. It reads the very JSON Schema that is published; the few keywords used in site files are all it knows.
 */
import type { TSchema } from 'typebox';
import { conformLeaf, nameOf, type Schema, say } from './conform-leaf.ts';
import { chooseBranch } from './conform-union.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';

/** Conforms `value` to `schema`; what cannot be made to is told to `findings` and answered as it came. */
export function conform(schema: TSchema | Schema, value: unknown, place: Place, findings: Findings): unknown {
  const known = schema as Schema;
  if (value === null || value === undefined) {
    findings.add(
      place,
      `${nameOf(place)} has no value.`,
      known.description ?? 'Give it a value or remove the line.',
      'key',
    );
    return value;
  }
  if (known.anyOf !== undefined && known.enum === undefined) {
    const branch = chooseBranch(known.anyOf, value, place, findings);
    return branch === undefined ? value : conform(branch, value, place, findings);
  }
  if (known.type === 'object') return conformObject(known, value, place, findings);
  if (known.type === 'array') return conformList(known, value, place, findings);
  conformLeaf(known, value, place, findings);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function conformObject(schema: Schema, value: unknown, place: Place, findings: Findings): unknown {
  if (!isRecord(value)) {
    const fields = Object.keys(schema.properties ?? {})
      .slice(0, 6)
      .join(', ');
    findings.add(
      place,
      `${nameOf(place)} is ${say(value)}, but must be a set of fields.`,
      fields ? `Such as ${fields}.` : '',
    );
    return value;
  }
  if (schema.patternProperties !== undefined) return conformNamed(schema, value, place, findings);
  const { properties = {}, required = [] } = schema;
  const known = Object.keys(properties);
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  for (const name of unknown) {
    const free = known.filter((candidate) => !Object.hasOwn(value, candidate));
    const remedy =
      name === '<<' ? 'Merging is not supported; write the fields out.' : suggest(name, free, 'Possible here are');
    findings.add([...place, name], `There is no field ${say(name)} here.`, remedy, 'key');
  }
  for (const name of missing) {
    const { description, enum: values } = properties[name] ?? {};
    const remedy = description ?? (values ? `One of ${values.join(', ')}.` : `Add ${name}: …`);
    findings.add(place, `${name} is missing.`, `Add ${name}. ${remedy}`.replace(`Add ${name}. Add`, 'Add'));
  }
  const conformed: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (Object.hasOwn(value, name)) conformed[name] = conform(property, value[name], [...place, name], findings);
    else if (property.default !== undefined && !required.includes(name)) {
      conformed[name] = conform(property, structuredClone(property.default), [...place, name], findings);
    }
  }
  return conformed;
}

/** An object whose names are the writer's own, such as the actions of a relay. */
function conformNamed(schema: Schema, value: Record<string, unknown>, place: Place, findings: Findings): unknown {
  const [[pattern, property] = ['', {}]] = Object.entries(schema.patternProperties ?? {});
  const expression = new RegExp(pattern);
  const names = Object.keys(value);
  const { minProperties = 0, maxProperties = 1_024 } = schema;
  if (names.length < minProperties || names.length > maxProperties) {
    const wanted = names.length < minProperties ? `at least ${minProperties}` : `at most ${maxProperties}`;
    findings.add(place, `${nameOf(place)} has ${names.length} entries, but needs ${wanted}.`, '');
  }
  const conformed: Record<string, unknown> = {};
  for (const name of names) {
    if (!expression.test(name) || name === '__proto__') {
      findings.add([...place, name], `${say(name)} cannot be a name here.`, `It must match ${pattern}.`, 'key');
    } else conformed[name] = conform(property, value[name], [...place, name], findings);
  }
  return conformed;
}

function conformList(schema: Schema, value: unknown, place: Place, findings: Findings): unknown {
  if (!Array.isArray(value)) {
    findings.add(
      place,
      `${nameOf(place)} is ${say(value)}, but must be a list.`,
      'Begin each entry with a hyphen, or use [ … ].',
    );
    return value;
  }
  const tuple = schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined);
  const { minItems = 0, maxItems = 10_000 } = schema;
  if (value.length < minItems || value.length > maxItems) {
    const wanted =
      minItems === maxItems
        ? `exactly ${minItems}`
        : value.length < minItems
          ? `at least ${minItems}`
          : `at most ${maxItems}`;
    findings.add(place, `${nameOf(place)} has ${value.length} entries, but needs ${wanted}.`, schema.description ?? '');
  }
  return value.map((entry, i) => {
    const item = tuple === undefined ? (schema.items as Schema | undefined) : tuple[i];
    return item === undefined ? entry : conform(item, entry, [...place, i], findings);
  });
}
