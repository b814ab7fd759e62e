import Type from 'typebox';

/**
 * A small, safe subset of JSONPath: `$`, `$.a.b`, `$.list[0]`, `$["any key"]`. No wildcards, filters or recursion,
 * so that a path names one place and costs as many steps as it has parts.
 */
const segment = /\.([^.[\]\s"']{1,64})|\[(\d{1,4})\]|\["([^"]{1,64})"\]|\['([^']{1,64})'\]/y;
const pattern = `^\\$(\\.[^.[\\]\\s"']{1,64}|\\[\\d{1,4}\\]|\\["[^"]{1,64}"\\]|\\['[^']{1,64}'\\]){0,16}$`;

/** A place in a payload, as a site file names it. */
export const Path = (description: string) =>
  Type.String({ pattern, maxLength: 512, description: `${description} A path such as $.a.b[0]["c d"].` });

/** Finds one place in a parsed payload; undefined when the payload does not have it. */
export type Getter = (root: unknown) => unknown;

function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  segment.lastIndex = 1;
  for (let match = segment.exec(path); match !== null; match = segment.exec(path)) {
    const [, name, index, double, single] = match;
    steps.push(index === undefined ? (name ?? double ?? single ?? '') : Number(index));
  }
  return steps;
}

/**
 * The payload with `value` at the place that `path` names; objects and lists on the way are made where they are
 * missing.
 */
export function placeAt(root: unknown, path: string, value: unknown): unknown {
  const put = (place: unknown, [step, ...rest]: (string | number)[]): unknown => {
    if (step === undefined) return value;
    if (typeof step === 'number') {
      const list: unknown[] = Array.isArray(place) ? [...place] : [];
      while (list.length < step) list.push(null);
      list[step] = put(list[step], rest);
      return list;
    }
    const object = typeof place === 'object' && place !== null && !Array.isArray(place) ? place : {};
    const inner = Object.hasOwn(object, step) ? (object as Record<string, unknown>)[step] : undefined;
    return Object.fromEntries([...Object.entries(object).filter(([key]) => key !== step), [step, put(inner, rest)]]);
  };
  return put(root, stepsOf(path));
}

/** Compiles a path that fits the schema; only own properties are ever read, so `__proto__` is a key like any other. */
export function compilePath(path: string): Getter {
  const steps = stepsOf(path);
  if (steps.length === 1 && typeof steps[0] === 'string') {
    const [only] = steps;
    return (root) => step(root, only);
  }
  return (root) => {
    let place = root;
    for (const part of steps) {
      place = step(place, part);
      if (place === undefined) return undefined;
    }
    return place;
  };
}

function step(place: unknown, part: string | number): unknown {
  if (typeof place !== 'object' || place === null) return undefined;
  if (typeof part === 'number') return Array.isArray(place) ? place[part] : undefined;
  if (Array.isArray(place) || !Object.hasOwn(place, part)) return undefined;
  return (place as Record<string, unknown>)[part];
}
