import Type, { type Static } from 'typebox';
import type { HttpRequest } from '../../http/client.ts';

/** What may stand in a template, and what it becomes: numbers stay numbers, and texts come with their quotes in JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** A place where a value goes; braces with anything else in them are text. */
const placeholder = /\{([A-Za-z]{1,16})\}/g;

const encoded = (what: string) =>
  Type.String({ minLength: 1, maxLength: 4096, description: `${what} Placeholders become what they stand for.` });

/** The fields of a request to a device. */
export const requestFields = {
  method: Type.Optional(
    Type.Unsafe<'GET' | 'POST' | 'PUT' | 'PATCH'>({
      type: 'string',
      enum: ['GET', 'POST', 'PUT', 'PATCH'],
      default: 'POST',
    }),
  ),
  path: Type.String({
    pattern: '^/[!-~]{0,511}$',
    description: 'Path and query, with placeholders such as ?timer={leaseS}.',
  }),
  json: Type.Optional(encoded('Body as JSON; a placeholder is a whole JSON value, so texts bring their own quotes.')),
  form: Type.Optional(encoded('Body as a form: state=on&seconds={leaseS}.')),
};

/** A request to a device, with placeholders. */
export const RequestTemplate = Type.Object(requestFields, { additionalProperties: false });
export type RequestTemplate = Static<typeof RequestTemplate>;

/** Fills JSON text: every placeholder that has a value becomes that value as JSON. */
export function fillJson(template: string, values: Values): string {
  return fill(template, values, (value) => JSON.stringify(value));
}

function fill(template: string, values: Values, write: (value: unknown) => string): string {
  return template.replaceAll(placeholder, (text, name: string) =>
    Object.hasOwn(values, name) ? write(values[name]) : text,
  );
}

const inUrl = (value: unknown) => encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));

/** The request that a template means with these values. */
export function requestOf({ method = 'POST', path, json, form }: RequestTemplate, values: Values): HttpRequest {
  const body =
    json !== undefined
      ? { type: 'application/json', text: fillJson(json, values) }
      : form !== undefined
        ? { type: 'application/x-www-form-urlencoded', text: fill(form, values, inUrl) }
        : undefined;
  return { method, path: fill(path, values, inUrl), ...(body && { body }) };
}

/** Names of the placeholders in a template. */
export function namesIn(...texts: (string | undefined)[]): Set<string> {
  return new Set(texts.flatMap((text = '') => [...text.matchAll(placeholder)].map(([, name]) => name!)));
}

/** What is wrong with a request, as sentences; `values` are examples of everything that it may hold. */
export function requestProblems({ method = 'POST', path, json, form }: RequestTemplate, values: Values): string[] {
  const wrong: string[] = [];
  if (json !== undefined && form !== undefined) wrong.push('a body is either json or form; remove one');
  if (method === 'GET' && (json ?? form) !== undefined) wrong.push('a GET has no body; put it into the path');
  for (const name of namesIn(path, form))
    if (!Object.hasOwn(values, name))
      wrong.push(`nothing here is called {${name}}; there is {${Object.keys(values).join('}, {')}}`);
  if (json !== undefined && !isJson(fillJson(json, values)))
    wrong.push('json is no JSON once its placeholders are filled in; a placeholder brings its own quotes');
  return wrong;
}

/** True when the text can be read as JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
