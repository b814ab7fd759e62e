import { namePattern } from '@tocsin/contracts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';

/** The part of JSON Schema that site files use. */
export type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: { [name: string]: Schema };
  patternProperties?: { [pattern: string]: Schema };
  required?: string[];
  items?: Schema | Schema[];
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: unknown;
  description?: string;
};

/** The last name of a place, for messages; the file itself has none. */
export function nameOf(place: Place): string {
  const name = place.findLast((step) => typeof step === 'string');
  const last = place.at(-1);
  return name === undefined ? 'The file' : typeof last === 'number' ? `Entry ${last + 1} of ${name}` : String(name);
}

/** A value as a message shows it: short, quoted when it is text, and printable. */
export function say(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a set of fields';
  if (typeof value !== 'string') return String(value);
  const text = JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
  return `“${text.length > 60 ? `${text.slice(0, 59)}…` : text}”`;
}

const lengthsMs = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['sec', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Milliseconds of a length of time as people write it, such as 10s or 5 min. */
function durationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const unitMs = lengthsMs.get(match?.[2]?.toLowerCase() ?? '');
  return unitMs === undefined ? undefined : Number(match![1]) * unitMs;
}

// What the patterns of the contracts mean, in words.
const patternRemedies = new Map([
  [namePattern, 'Use letters, digits, dot, underscore and hyphen only, at most 64.'],
  ['^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$', 'Write device/channel.'],
  ['^mqtts?://', 'Begin with mqtt:// or mqtts://.'],
]);

/** Holds a single value against its schema. */
export function conformLeaf(schema: Schema, value: unknown, place: Place, findings: Findings): void {
  const name = nameOf(place);
  const allowed = schema.const === undefined ? schema.enum : [schema.const];
  if (allowed !== undefined) {
    if (allowed.includes(value)) return;
    const texts = allowed.map(String);
    findings.add(place, `${name} cannot be ${say(value)}.`, suggest(String(value), texts, 'It must be one of'));
  } else if (schema.type === 'string') checkText(schema, value, place, findings);
  else if (schema.type === 'number' || schema.type === 'integer') checkNumber(schema, value, place, findings);
  else if (schema.type === 'boolean' && typeof value !== 'boolean') {
    findings.add(place, `${name} is ${say(value)}, but must be true or false.`, 'Write true or false, without quotes.');
  }
}

function checkText(schema: Schema, value: unknown, place: Place, findings: Findings): void {
  const name = nameOf(place);
  const { minLength = 0, maxLength = 65_536, pattern, description = '' } = schema;
  if (typeof value !== 'string') {
    const plain = typeof value === 'number' || typeof value === 'boolean';
    const remedy = plain ? `Put it in quotes: '${value}'.` : description;
    findings.add(place, `${name} is ${say(value)}, but must be text.`, remedy);
    return;
  }
  const remedy = patternRemedies.get(pattern ?? '') ?? description;
  if (value.length < minLength) findings.add(place, `${name} is empty.`, remedy);
  else if (value.length > maxLength) {
    findings.add(place, `${name} has ${value.length} characters, at most ${maxLength} fit.`, 'Shorten it.');
  } else if (pattern !== undefined && !new RegExp(pattern).test(value)) {
    findings.add(place, `${say(value)} cannot be a value of ${name}.`, remedy);
  }
}

function checkNumber(schema: Schema, value: unknown, place: Place, findings: Findings): void {
  const name = nameOf(place);
  if (typeof value !== 'number') {
    checkNotNumber(schema, value, place, findings);
    return;
  }
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (!Number.isFinite(value))
    findings.add(place, `${name} is ${value}, which is no number to compare with.`, 'Write a number.');
  else if (schema.type === 'integer' && !Number.isInteger(value)) {
    findings.add(place, `${name} is ${value}, but must be a whole number.`, `Write ${Math.round(value)}.`);
  } else if (minimum !== undefined && value < minimum) {
    findings.add(place, `${name} is ${value}, but must be at least ${minimum}.`, schema.description ?? '');
  } else if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    findings.add(place, `${name} is ${value}, but must be more than ${exclusiveMinimum}.`, schema.description ?? '');
  } else if (
    (maximum !== undefined && value > maximum) ||
    (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
  ) {
    findings.add(
      place,
      `${name} is ${value}, but must be at most ${maximum ?? exclusiveMaximum}.`,
      schema.description ?? '',
    );
  }
}

function checkNotNumber(schema: Schema, value: unknown, place: Place, findings: Findings): void {
  const name = nameOf(place);
  const text = typeof value === 'string' ? value.trim() : '';
  const ms = name.endsWith('Ms') ? durationMs(text) : undefined;
  let remedy = schema.description ?? 'Write a number.';
  if (ms !== undefined) remedy = `Write it in milliseconds: ${ms}.`;
  else if (text !== '' && Number.isFinite(Number(text))) remedy = `Remove the quotes: ${Number(text)}.`;
  else if (/^-?\d+,\d+$/.test(text)) remedy = `Write a decimal point: ${text.replace(',', '.')}.`;
  findings.add(place, `${name} is ${say(value)}, but must be a number.`, remedy);
}
