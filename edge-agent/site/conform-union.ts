import { conformLeaf, nameOf, type Schema, say } from './conform-leaf.ts';
import type { Findings, Place } from './problems.ts';
import { nearest } from './suggest.ts';

/** Picks the member of a union that was meant, or tells why none can have been. */
export function chooseBranch(branches: Schema[], value: unknown, place: Place, findings: Findings): Schema | undefined {
  if (branches.every((branch) => branch.const !== undefined)) {
    conformLeaf({ enum: branches.map((branch) => branch.const) }, value, place, findings);
    return undefined;
  }
  const objects = branches.filter((branch) => branch.type === 'object');
  const isObject = typeof value === 'object' && !Array.isArray(value);
  if (objects.length === branches.length && isSecret(objects) && !isObject) {
    const remedy = 'Write { env: NAME } or { file: path } and keep the secret there.';
    findings.add(place, `${nameOf(place)} is written out; a secret never stands in this file.`, remedy);
    return undefined;
  }
  if (objects.length === branches.length && isObject) {
    const kind = discriminatorOf(objects);
    const given = value as Record<string, unknown>;
    return kind === undefined
      ? byFields(objects, given, place, findings)
      : byKind(objects, kind, given, { place, findings });
  }
  const type = Array.isArray(value) ? 'array' : typeof value;
  const fitting = branches.find((branch) => branch.type === type || (branch.type === 'integer' && type === 'number'));
  if (fitting === undefined) {
    const words = [...new Set(branches.map((branch) => typeWords[branch.type ?? ''] ?? 'something else'))].join(' or ');
    findings.add(place, `${nameOf(place)} is ${say(value)}, but must be ${words}.`, '');
  }
  return fitting;
}

const typeWords: { [type: string]: string } = {
  object: 'a set of fields',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function isSecret(objects: Schema[]): boolean {
  const keys = objects.map(({ properties = {} }) => Object.keys(properties).join());
  return keys.length === 2 && keys.includes('env') && keys.includes('file');
}

/** The field that every member of the union fixes to a value of its own: `format`, `type` or `driver`. */
export function discriminatorOf(objects: Schema[]): string | undefined {
  const [first, ...others] = objects.map(({ properties = {} }) => properties);
  return Object.keys(first ?? {}).find(
    (name) => first?.[name]?.const !== undefined && others.every((other) => other[name]?.const !== undefined),
  );
}

type At = { place: Place; findings: Findings };

function byKind(
  objects: Schema[],
  kind: string,
  value: Record<string, unknown>,
  { place, findings }: At,
): Schema | undefined {
  const known = objects.map(({ properties }) => String(properties?.[kind]?.const));
  const given = Object.hasOwn(value, kind) ? value[kind] : undefined;
  const chosen = objects.find(({ properties }) => properties?.[kind]?.const === given);
  if (chosen !== undefined) return chosen;
  if (given === undefined || given === null)
    findings.add(place, `${kind} is missing.`, `Add ${kind}: one of ${known.join(', ')}.`);
  else {
    const meant = nearest(String(given), known);
    const remedy = `${meant === undefined ? '' : `Did you mean ${meant}? `}Known are ${known.join(', ')}.`;
    findings.add([...place, kind], `There is no ${kind} ${say(given)}.`, remedy);
    // What was probably meant is checked too, so that one typing error does not hide the others.
    const guess = objects.find(({ properties }) => properties?.[kind]?.const === meant);
    if (guess !== undefined) return { ...guess, properties: { ...guess.properties, [kind]: {} } };
  }
  return undefined;
}

/** The member that shares most fields with the value; where two are as good, their choices are told. */
function byFields(
  objects: Schema[],
  value: Record<string, unknown>,
  place: Place,
  findings: Findings,
): Schema | undefined {
  const score = ({ properties = {}, required = [] }: Schema): number => {
    const given = Object.keys(value);
    const hits = given.filter((name) => Object.hasOwn(properties, name)).length;
    const complete = required.every((name) => Object.hasOwn(value, name)) ? 0.5 : 0;
    return hits + complete - given.filter((name) => !Object.hasOwn(properties, name)).length / 100;
  };
  const ranked = objects.map((schema) => ({ schema, score: score(schema) })).sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  if (best !== undefined && best.score >= 1 && best.score > (second?.score ?? 0)) return best.schema;
  const choices = objects.map(({ required = [] }) => required.join(' and ')).join(', or ');
  const given = Object.keys(value).join(', ') || 'nothing';
  const says = ranked.filter(({ schema: { required = [] } }) => required.every((name) => Object.hasOwn(value, name)));
  const message =
    says.length > 1
      ? `${nameOf(place)} has ${given}, which is too much.`
      : `${nameOf(place)} has ${given}, which is not enough.`;
  findings.add(place, message, `Give ${choices}.`);
  return undefined;
}
