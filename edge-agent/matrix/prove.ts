import { compareSeverity } from '@tocsin/contracts';
import { sayDuration } from '@tocsin/rules/engine';
import type { Site } from '../site/types.ts';
import { type Cue, createStage, type Deed, ladderOf } from './play.ts';
import { type Cause, type Effect, implies, type Table } from './table.ts';

/** A cell that does not hold, and what happened instead. */
export type Failure = { cause: string; effect: string; says: string };
export type Proof = { cells: number; failures: Failure[] };

const second = 1000;
/** Any instant will do. */
const startMs = 1_000_000_000_000;
/** How long after an order its cause ends, and how long after that it is reset. */
const lastsMs = 10 * second;

type Says = string | undefined;
type Play = ReturnType<typeof createStage>;
/** A cell with what it takes to play it. */
type Cell = { site: Site; table: Table; cause: Cause; effect: Effect; play: Play; companions: Cause[] };

/** The mildest level of its rule that is the cause, counted from 1; 0 when the rule never gets that severe. */
function levelOf(site: Site, { rule, atLeast }: Cause): number {
  return ladderOf(site, rule).findIndex((severity) => compareSeverity(severity, atLeast) >= 0) + 1;
}

const begin = (site: Site, cause: Cause, atMs: number): Cue => ({
  atMs,
  rule: cause.rule,
  level: levelOf(site, cause),
});
const end = ({ rule }: Cause, atMs: number): Cue => ({ atMs, rule, level: 0 });

/** Plays cues; time passes at every cue, a moment before and at everything that may fall due until `untilMs`. */
function perform({ play, effect }: Pick<Cell, 'play' | 'effect'>, cues: Cue[], untilMs: number): Deed[] {
  const { delayMs, withinMs } = effect;
  const due = cues.flatMap(({ atMs }) =>
    [0, delayMs, withinMs, withinMs + second, delayMs + withinMs + second].map((ms) => atMs + ms),
  );
  const ticks = new Set([...due.flatMap((atMs) => [atMs - 1, atMs]), untilMs].filter((atMs) => atMs <= untilMs));
  return play(
    cues,
    [...ticks].toSorted((a, b) => a - b),
  );
}

const isOrder =
  ({ actuator, action }: Effect) =>
  (deed: Deed) =>
    deed.actuator === actuator && deed.action === action;
const done = ({ refused }: Deed) => refused === undefined;

function nothing({ effect }: Cell, deeds: readonly Deed[], when: string): Says {
  const order = deeds.filter(done).find(isOrder(effect));
  return order === undefined ? undefined : `${when} ordered ${effect.action} of ${effect.actuator}`;
}

function ordered({ effect }: Cell, deeds: readonly Deed[], dueMs: number, when: string): Says {
  const orders = deeds.filter(isOrder(effect));
  const [first] = orders.filter(done);
  const what = `${effect.action} of ${effect.actuator}`;
  if (first === undefined) return `${when} did not order ${what}${orders[0]?.refused ? `: ${orders[0].refused}` : ''}`;
  if (first.atMs === dueMs) return undefined;
  return `${when} ordered ${what} too ${first.atMs < dueMs ? 'early' : 'late'}`;
}

/** What ends the act: the end of its causes, or a reset after that. What cannot be taken back ends with neither. */
function ended(cell: Cell, cues: Cue[], dueMs: number): Says {
  const { site, effect, cause, companions } = cell;
  const { actuator, action, hold, withinMs } = effect;
  if (site.actuators.find(({ id }) => id === actuator)?.irreversible.includes(action)) return undefined;
  const endMs = dueMs + lastsMs;
  const goneMs = endMs + withinMs + 2 * second;
  const resetMs = goneMs + lastsMs;
  const ends = [cause, ...companions].map((one) => end(one, endMs));
  const deeds = perform(cell, [...cues, ...ends, { atMs: resetMs, reset: true }], resetMs + second).filter(done);
  const release = deeds.find((deed) => deed.actuator === actuator && deed.action !== action && deed.atMs >= dueMs);
  const what = `${action} of ${actuator}`;
  if (hold === 'whileActive')
    return release !== undefined && release.atMs <= goneMs ? undefined : `${what} did not end with its cause`;
  if (release === undefined) return `${what} did not end with the reset`;
  return release.atMs < resetMs ? `${what} ended before the reset` : undefined;
}

/** A cause that belongs to the column: enough of them order it in time, and nothing less does. */
function proveMember(cell: Cell): Says {
  const { site, effect, cause, companions } = cell;
  const { need, delayMs, withinMs } = effect;
  const level = levelOf(site, cause);
  if (level === 0) return `${cause.rule} never becomes ${cause.atLeast}`;
  const together = [cause, ...companions];
  const cues = together.map((one, i) => begin(site, one, startMs + i * second));
  const dueMs = startMs + (need - 1) * second + delayMs;
  const untilMs = dueMs + withinMs + 5 * second;
  const all = need === 1 ? 'it' : `it with ${companions.map(({ name }) => name).join(' and ')}`;
  const milder: Cue[] = [{ ...cues[0]!, level: level - 1 } as Cue, ...cues.slice(1)];
  const mute = level === 1 || effect.causes.some((name) => name !== cause.name && isBelow(cell, name, level - 1));
  return (
    ordered(cell, perform(cell, cues, untilMs), dueMs, all) ??
    (need > 1
      ? nothing(cell, perform(cell, cues.slice(0, need - 1), untilMs), `less than ${need} causes`)
      : undefined) ??
    (need > 1 ? nothing(cell, perform(cell, cues.slice(0, 1), untilMs), 'it alone') : undefined) ??
    (mute ? undefined : nothing(cell, perform(cell, milder, untilMs), `${cause.rule} below ${cause.atLeast}`)) ??
    (delayMs > 0 ? proveDelay(cell, cues, dueMs) : undefined) ??
    (need > 1 ? proveWindow(cell) : undefined) ??
    ended(cell, cues, dueMs)
  );
}

/** True when another cause of the column is met by a milder level of the same rule. */
function isBelow({ table, site, cause }: Cell, name: string, level: number): boolean {
  const other = table.causes.find((candidate) => candidate.name === name);
  return other?.rule === cause.rule && levelOf(site, other) <= level;
}

/** A cause that ends within the delay, and with `need` its memory too, orders nothing. */
function proveDelay(cell: Cell, cues: Cue[], dueMs: number): Says {
  const { effect, cause, companions } = cell;
  if (effect.withinMs >= effect.delayMs) return undefined;
  const ends = [cause, ...companions].map((one) => end(one, dueMs - effect.withinMs - 2));
  const deeds = perform(cell, [...cues, ...ends], dueMs + lastsMs);
  return nothing(cell, deeds, `a cause that ended within the ${sayDuration(effect.delayMs)}`);
}

/** It counts on for `withinMs` after its end and no longer. */
function proveWindow(cell: Cell): Says {
  const { site, effect, cause, companions } = cell;
  const endMs = startMs + second;
  const first = [begin(site, cause, startMs), end(cause, endMs)];
  const later = (atMs: number) => [...first, ...companions.map((one) => begin(site, one, atMs))];
  const inTimeMs = endMs + effect.withinMs;
  const tooLateMs = inTimeMs + 2 * second;
  const within = sayDuration(effect.withinMs);
  const early = perform(cell, later(inTimeMs), inTimeMs + effect.delayMs);
  const late = perform(cell, later(tooLateMs), tooLateMs + effect.delayMs + second);
  // With a delay as long as the window it is over before the act begins.
  const lasts = effect.delayMs === 0;
  return (
    (lasts ? ordered(cell, early, inTimeMs, `causes within ${within}`) : undefined) ??
    nothing(cell, late, `causes more than ${within} apart`)
  );
}

/** A cause that does not belong to the column orders nothing, alone or beside all but one of those that must agree. */
function proveStranger(cell: Cell): Says {
  const { site, effect, cause, companions } = cell;
  if (levelOf(site, cause) === 0) return undefined;
  const cues = [cause, ...companions].map((one, i) => begin(site, one, startMs + i * second));
  const untilMs = startMs + effect.delayMs + effect.withinMs + 10 * second;
  const beside = companions.length === 0 ? 'it' : `it with ${companions.map(({ name }) => name).join(' and ')}`;
  return nothing(cell, perform(cell, cues, untilMs), beside);
}

/** As many other causes of the column as a cause needs beside it. */
function companionsOf(table: Table, cause: Cause, { causes, need }: Effect): Cause[] {
  const from = causes.indexOf(cause.name);
  const rolled = [...causes.slice(from + 1), ...causes.slice(0, Math.max(0, from))];
  return rolled.slice(0, need - 1).map((name) => table.causes.find((one) => one.name === name)!);
}

/** Everything at once: a set of causes orders what its cells declare, whatever else wants the same actuators. */
function proveTogether({
  site,
  table,
  causes,
  play,
}: {
  site: Site;
  table: Table;
  causes: Cause[];
  play: Play;
}): Failure[] {
  const counts = ({ causes: names, need }: Effect) =>
    names.filter((name) => causes.some((cause) => implies(cause, name, table))).length >= need;
  const wanted = table.effects.filter(counts);
  const untilMs = startMs + Math.max(0, ...table.effects.map(({ delayMs }) => delayMs)) + second;
  const ticks = [...new Set(table.effects.flatMap(({ delayMs }) => [startMs + delayMs, untilMs]))].toSorted(
    (a, b) => a - b,
  );
  const deeds = play(
    causes.map((cause) => begin(site, cause, startMs)),
    ticks,
  ).filter(done);
  const cause = causes.map(({ name }) => name).join(' + ');
  const missing = wanted.flatMap((effect) => {
    if (deeds.some(isOrder(effect))) return [];
    const instead = deeds.find(({ actuator }) => actuator === effect.actuator);
    const why = instead === undefined ? '' : `: ${effect.actuator} was asked for ${instead.action}`;
    return [{ cause, effect: effect.id, says: `beside the other columns it did not order ${effect.action}${why}` }];
  });
  const extra = deeds
    .filter((deed) => !wanted.some((effect) => isOrder(effect)(deed)))
    .map(({ actuator, action }) => {
      const effect = table.effects.find((one) => one.actuator === actuator && one.action === action);
      return {
        cause,
        effect: effect?.id ?? actuator,
        says: `it ordered ${action} of ${actuator}, which no cell declares`,
      };
    });
  return [...missing, ...extra];
}

/** Proves every cell of a table by playing it; one failure at most for each cell, then what fails only beside others. */
export function proveTable(site: Site, table: Table): Proof {
  const failures: Failure[] = [];
  const sets = new Map<string, Cause[]>();
  for (const effect of table.effects) {
    const responses = site.responses.filter(({ id }) => effect.responses.includes(id));
    for (const cause of table.causes) {
      const companions = companionsOf(table, cause, effect);
      const members = table.causes.filter(({ name }) => effect.causes.includes(name));
      const bottom = [...new Set([cause, ...members].map(({ rule }) => rule))];
      const cell = { site, table, cause, effect, companions, play: createStage(site, responses, bottom) };
      const isMember = effect.causes.includes(cause.name);
      const implied = effect.causes.some((name) => implies(cause, name, table));
      const says = isMember ? proveMember(cell) : implied ? undefined : proveStranger(cell);
      if (says !== undefined) failures.push({ cause: cause.name, effect: effect.id, says });
      if (isMember) sets.set([cause, ...companions].map(({ name }) => name).join('\n'), [cause, ...companions]);
      sets.set(cause.name, [cause]);
    }
  }
  const failed = new Set(failures.map(({ effect }) => effect));
  const play = createStage(site, site.responses, [...new Set(table.causes.map(({ rule }) => rule))]);
  for (const causes of sets.values())
    failures.push(...proveTogether({ site, table, causes, play }).filter(({ effect }) => !failed.has(effect)));
  return { cells: table.causes.length * table.effects.length, failures };
}
