import { compareSeverity, type Interlock, type Severity } from '@tocsin/contracts';
import { sayDuration } from '@tocsin/rules/engine';
import { responseIdOf } from '../site/expand-matrix.ts';
import type { Site } from '../site/types.ts';

/** A row: a rule from a severity on. */
export type Cause = { name: string; rule: string; atLeast: Severity };

/** A column: an act, the causes that bring it about, and their logic. `need` is 1 where each cause acts alone. */
export type Effect = {
  id: string;
  actuator: string;
  action: string;
  /** Names of its causes. */
  causes: string[];
  need: number;
  withinMs: number;
  delayMs: number;
  hold: 'whileActive' | 'untilReset';
  /** Responses that carry it out. */
  responses: string[];
};

/** What a site does about what, as a table. */
export type Table = { causes: Cause[]; effects: Effect[] };

type Response = Site['responses'][number];
type Coincidence = {
  of: (string | { rule: string; atLeast: Severity })[];
  need: number;
  withinMs: number;
  atLeast?: Severity;
  severity: Severity;
  ladder?: { need: number; severity: Severity }[];
};

/** Finds or adds the row of a cause; causes of the matrix keep their names, others are called by rule and severity. */
function rowOf(table: Table, rule: string, atLeast: Severity): string {
  const known = table.causes.find((cause) => cause.rule === rule && cause.atLeast === atLeast);
  if (known !== undefined) return known.name;
  const name = `${rule} ≥ ${atLeast}`;
  table.causes.push({ name, rule, atLeast });
  return name;
}

/** So many rules must agree for a coincidence to be at least this severe. */
function needOf({ need, severity, ladder = [] }: Coincidence, atLeast: Severity): number {
  const steps = [{ need, severity }, ...ladder];
  return (steps.find((step) => compareSeverity(step.severity, atLeast) >= 0) ?? steps.at(-1)!).need;
}

function columnOf(table: Table, site: Site, { id, when, actuator, action, hold, delayMs = 0 }: Response): Effect {
  const rule = site.rules.find((candidate) => candidate.id === when.rule);
  const act = { id, actuator, action, delayMs, hold, responses: [id] };
  if (rule?.type !== 'coincidence')
    return { ...act, causes: [rowOf(table, when.rule, when.atLeast)], need: 1, withinMs: 0 };
  const coincidence = rule as unknown as Coincidence;
  const causes = coincidence.of.map((member) =>
    typeof member === 'string'
      ? rowOf(table, member, coincidence.atLeast ?? 'Minor')
      : rowOf(table, member.rule, member.atLeast),
  );
  return { ...act, causes, need: needOf(coincidence, when.atLeast), withinMs: coincidence.withinMs };
}

/** Responses that do the same alone and in the same way are one column. */
function isSame(a: Effect, b: Effect): boolean {
  const alone = a.need === 1 && b.need === 1;
  return alone && a.actuator === b.actuator && a.action === b.action && a.delayMs === b.delayMs && a.hold === b.hold;
}

/** The whole table of a site: what its matrix says, then what its other responses come to. */
export function tableOf(site: Site): Table {
  const { causes = {}, effects = [] } = site.matrix ?? {};
  const table: Table = {
    causes: Object.entries(causes).map(([name, { rule, atLeast }]) => ({ name, rule, atLeast })),
    effects: effects.map(({ id, actuator, action, any, of = [], need = 2, withinMs = 60_000, delayMs = 0, hold }) => ({
      id,
      actuator,
      action,
      causes: any ?? of,
      need: any === undefined ? need : 1,
      withinMs: any === undefined ? withinMs : 0,
      delayMs,
      hold: hold ?? 'whileActive',
      responses: any === undefined ? [id] : any.map((cause) => responseIdOf(id, cause)),
    })),
  };
  const made = new Set(table.effects.flatMap(({ responses }) => responses));
  const others: Effect[] = [];
  for (const response of site.responses) {
    if (made.has(response.id)) continue;
    const column = columnOf(table, site, response);
    const same = others.find((other) => isSame(other, column));
    if (same === undefined) others.push(column);
    else {
      same.id = `${same.actuator}-${same.action}`;
      for (const cause of column.causes) if (!same.causes.includes(cause)) same.causes.push(cause);
      same.responses.push(response.id);
    }
  }
  table.effects.push(...others);
  return table;
}

/** True when a cause is, or is worse than, the one of this name: the same rule at no milder severity. */
export function implies({ rule, atLeast }: Cause, name: string, { causes }: Table): boolean {
  const other = causes.find((cause) => cause.name === name);
  return other !== undefined && other.rule === rule && compareSeverity(atLeast, other.atLeast) >= 0;
}

/** What stands in a cell: the logic of the column where the cause is one of its own or worse than one, else nothing. */
export function cellOf(cause: Cause, { causes, need, withinMs, delayMs, hold }: Effect, table: Table): string {
  if (!causes.includes(cause.name)) {
    const milder = causes.find((name) => implies(cause, name, table));
    return milder === undefined ? '' : `as ${milder}`;
  }
  const within = withinMs > 0 ? ` in ${sayDuration(withinMs)}` : '';
  return [
    need === 1 ? 'any' : `${need} of ${causes.length}${within}`,
    ...(delayMs > 0 ? [`after ${sayDuration(delayMs)}`] : []),
    ...(hold === 'untilReset' ? ['until reset'] : []),
  ].join(', ');
}

/** What forbids the act of a column, in words. */
export function interlocksOf({ actuator, action }: Effect, { actuators }: Site): string[] {
  const { interlocks = [], irreversible = [] } = actuators.find(({ id }) => id === actuator) ?? {};
  const refusing = interlocks.filter(({ refuse }) => refuse === action || refuse.includes(action));
  return [
    ...(irreversible.includes(action) ? ['cannot be taken back: only on confirmed causes; only a person ends it'] : []),
    ...refusing.map((interlock) => `not while ${sayWhen(interlock)}: ${interlock.why}`),
  ];
}

function sayWhen({ when }: Interlock): string {
  if ('is' in when) return `${when.actuator} is ${when.is}`;
  if ('isNot' in when) return `${when.actuator} is not ${when.isNot}`;
  if ('above' in when) return `${when.stream} is above ${when.above}`;
  if ('below' in when) return `${when.stream} is below ${when.below}`;
  if ('outside' in when) return `${when.stream} is outside ${when.outside[0]} to ${when.outside[1]}`;
  return `${when.stream} is older than ${sayDuration(when.olderThanMs)}`;
}
