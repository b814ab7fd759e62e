/**
 * One thing that is wrong with a site file: where, what, and what to do. `line` and `column` count from 1; `path` is
 * a JSON pointer.
 */
export type Problem = { file: string; line: number; column: number; path: string; message: string; remedy: string };

/** Names of fields and indices of lists from the root of the file to a value. */
export type Place = readonly (string | number)[];

/** A problem before it has been given its line. `at` says whether the name of the field or its value is meant. */
export type Finding = { place: Place; at: 'key' | 'value'; message: string; remedy: Remedy };
/** What to do; a search for similar names runs only for problems that are shown. */
export type Remedy = string | (() => string);

/** Longest list of problems worth printing; a file with more has one cause many times over. */
export const problemsMax = 200;

/** Collects findings; a value is only complained of once. */
export type Findings = {
  add(place: Place, message: string, remedy: Remedy, at?: 'key' | 'value'): void;
  /** True when something at or below this place was found. */
  below(place: Place): boolean;
  list: Finding[];
};

/** Findings kept at most; what comes after them has been said often enough. */
const findingsMax = 2_000;

/** Creates an empty collection of findings. */
export function createFindings(): Findings {
  const list: Finding[] = [];
  const told = new Set<string>();
  const touched = new Set<string>();
  return {
    list,
    add(place, message, remedy, at = 'value') {
      const pointer = pointerOf(place);
      for (let depth = 0; depth <= place.length; depth += 1) touched.add(pointerOf(place.slice(0, depth)));
      if (told.has(`${pointer} ${message}`) || list.length >= findingsMax) return;
      told.add(`${pointer} ${message}`);
      list.push({ place, at, message, remedy });
    },
    below: (place) => touched.has(pointerOf(place)),
  };
}

/** JSON pointer (RFC 6901) of a place. */
export function pointerOf(place: Place): string {
  return place.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The place a JSON pointer names; digits are taken for indices where `root` has a list. */
export function placeOf(pointer: string, root: unknown): Place {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(name) : name;
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
      return step;
    });
}

/** Problems for a terminal, one per line: `file:line:column  message  → remedy`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ file, line, column, message, remedy }) =>
        `${file}:${line}:${column}  ${message}${remedy ? `  → ${remedy}` : ''}`,
    )
    .join('\n');
}
