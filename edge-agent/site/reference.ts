/**
 * Writes the reference of the site file from its schema, so that what people read, what editors check and what the
 * loader enforces are one and the same.
 */
import { knownUnits } from '@tocsin/contracts';
import type { Schema } from './conform-leaf.ts';
import { discriminatorOf } from './conform-union.ts';
import { siteFileSchema } from './schema.ts';

/** `name` is the path of fields from the top, `kind` the member of a union that it belongs to. */
type Section = { name: string; kind: string; schema: Schema };

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** Sections below a field: one for an object, one for each member of a union of objects. */
function sectionsOf(name: string, kind: string, schema: Schema): Section[] {
  if (schema.properties !== undefined) return [{ name, kind, schema }];
  const named = Object.values(schema.patternProperties ?? {})[0];
  if (named !== undefined) return sectionsOf(`${name}.NAME`, kind, named);
  if (schema.type === 'array' && schema.items !== undefined && !Array.isArray(schema.items)) {
    return sectionsOf(`${name}[]`, kind, schema.items);
  }
  const objects = (schema.anyOf ?? []).filter(({ properties }) => properties !== undefined);
  const by = discriminatorOf(objects);
  // A union of single fields, such as a secret, is told in the table itself.
  if (by === undefined && !objects.some(isDeep)) return [];
  return objects.map((member) => {
    const own = by === undefined ? (member.required ?? []).join(' and ') : `${by}: ${member.properties?.[by]?.const}`;
    return { name, kind: own, schema: member };
  });
}

const isDeep = ({ properties = {} }: Schema) => Object.keys(properties).length > 1;

function limits({ minimum, exclusiveMinimum, maximum, minItems, maxItems }: Schema): string {
  const parts: string[] = [];
  if (minimum !== undefined && minimum > -1e300 && minimum !== 0) parts.push(`from ${minimum}`);
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  // A year in milliseconds is the bound of every length of time and says nothing about the field.
  if (maximum !== undefined && maximum < 1e300 && maximum !== 31_536_000_000) parts.push(`to ${maximum}`);
  if (minItems !== undefined && minItems > 0) parts.push(`${minItems} or more`);
  if (maxItems !== undefined) parts.push(`at most ${maxItems}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** The kind of a value in a few words. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) {
    const members = schema.anyOf.map((member) =>
      member.type === 'object' && !isDeep(member) ? `{ ${(member.required ?? []).join(', ')} }` : typeOf(member),
    );
    return [...new Set(members)].join(' or ');
  }
  if (schema.type === 'array') {
    if (Array.isArray(schema.items)) return `[${schema.items.map(typeOf).join(', ')}]`;
    return `list of ${typeOf(schema.items ?? {})}${limits(schema)}`;
  }
  if (schema.type === 'object') return schema.patternProperties === undefined ? 'fields' : 'fields by name';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'integer') return `whole number${limits(schema)}`;
  return schema.type === 'boolean' ? '`true`, `false`' : `${schema.type ?? 'anything'}${limits(schema)}`;
}

/** A table of the fields of an object schema. */
export function tableOf({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const standard = schema.default === undefined ? (required.includes(name) ? 'required' : '') : code(schema.default);
    return `| \`${name}\` | ${cell(typeOf(schema))} | ${cell(standard)} | ${cell(schema.description ?? '')} |`;
  });
  return ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The whole reference, one section for each set of fields, in the order of the file. */
export function siteReference(): string {
  const written: string[] = [];
  const told = new Set<string>();
  const waiting: Section[] = [{ name: '', kind: '', schema: siteFileSchema() as Schema }];
  for (let section = waiting.shift(); section !== undefined; section = waiting.shift()) {
    const { name, kind, schema } = section;
    const table = tableOf(schema);
    // Sets of fields that kinds have in common, such as interlocks, are told once.
    if (told.has(table)) continue;
    told.add(table);
    const title = name === '' ? 'The file' : `\`${name}\`${kind === '' ? '' : ` with \`${kind}\``}`;
    const about = schema.description === undefined ? '' : `${schema.description}\n\n`;
    written.push(`### ${title}\n\n${about}${table}`);
    const below = Object.entries(schema.properties ?? {}).flatMap(([field, property]) =>
      sectionsOf(name === '' ? field : `${name}.${field}`, kind, property),
    );
    waiting.unshift(...below);
  }
  const units = knownUnits.map(code).join(' ');
  return `${written.join('\n\n')}\n\n### Units\n\nUCUM codes, case sensitive: ${units}.`;
}

/** Replaces what stands between two markers of a document. Answers undefined when the document lacks them. */
export function between(document: string, marker: string, text: string): string | undefined {
  const [begin, end] = [`<!-- begin ${marker} -->`, `<!-- end ${marker} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
