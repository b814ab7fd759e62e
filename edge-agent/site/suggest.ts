/**
 * Number of single-letter changes (Damerau–Levenshtein, neighbours may swap) between two words, or `limit + 1` when
 * it is more.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The known word that was probably meant, or undefined when none is close: a third of its letters may be wrong. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  if (wanted.length > 128) return undefined;
  for (const candidate of known) {
    // The beginning of a word is as good a hint as its letters: senml for senml-json.
    if (wanted.length >= 3 && candidate.toLowerCase().startsWith(wanted)) return candidate;
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    const found = distance(wanted, candidate.toLowerCase(), limit);
    if (found <= limit && found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** A remedy that names the probable word, or else all that are known (the first twenty). */
export function suggest(word: string, known: readonly string[], choices = 'Known are'): string {
  const meant = nearest(word, known);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (known.length === 0) return 'There are none in this file.';
  const more = known.length > 20 ? `, … (${known.length} in all)` : '';
  return `${choices} ${known.slice(0, 20).join(', ')}${more}.`;
}

// What people write for a unit, and the UCUM code of it.
const unitWords = new Map([
  ['°c', 'Cel'],
  ['c', 'Cel'],
  ['degc', 'Cel'],
  ['celsius', 'Cel'],
  ['℃', 'Cel'],
  ['°f', '[degF]'],
  ['f', '[degF]'],
  ['degf', '[degF]'],
  ['fahrenheit', '[degF]'],
  ['kelvin', 'K'],
  ['ppm', '[ppm]'],
  ['ppb', '[ppb]'],
  ['percent', '%'],
  ['%rh', '%'],
  ['‰', '[ppth]'],
  ['µm', 'um'],
  ['μm', 'um'],
  ['micron', 'um'],
  ['millimeter', 'mm'],
  ['metre', 'm'],
  ['meter', 'm'],
  ['inch', '[in_i]'],
  ['in', '[in_i]'],
  ['ft', '[ft_i]'],
  ['foot', '[ft_i]'],
  ['sec', 's'],
  ['second', 's'],
  ['seconds', 's'],
  ['minute', 'min'],
  ['minutes', 'min'],
  ['hour', 'h'],
  ['hours', 'h'],
  ['hr', 'h'],
  ['day', 'd'],
  ['days', 'd'],
  ['°', 'deg'],
  ['degree', 'deg'],
  ['degrees', 'deg'],
  ['mbar', 'hPa'],
  ['kmh', 'km/h'],
  ['kph', 'km/h'],
  ['mm/day', 'mm/d'],
  ['lux', 'lx'],
  ['volt', 'V'],
  ['dbm', 'dB[mW]'],
  ['µg/m3', 'ug/m3'],
  ['µg/m³', 'ug/m3'],
  ['', '1'],
  ['none', '1'],
  ['number', '1'],
  ['bool', '{state}'],
  ['boolean', '{state}'],
  ['state', '{state}'],
  ['count', '{people}'],
  ['people', '{people}'],
  ['persons', '{people}'],
]);

/** A remedy for a unit Tocsin does not know. */
export function suggestUnit(unit: string, known: readonly string[]): string {
  const meant = unitWords.get(unit.trim().toLowerCase()) ?? nearest(unit, known);
  return meant === undefined
    ? 'Use a UCUM code from the list in docs/site-file.md.'
    : `Did you mean ${/^[A-Za-z]/.test(meant) ? meant : `'${meant}'`}?`;
}
