import { Fault } from '@tocsin/contracts';

/** Something that can be done to a simulated device by a typed line, such as `feedback 0 stick`. */
export type Deed = { usage: string; says: string; run(words: readonly string[]): void };

/** A simulated device that runs. */
export type Simulated = {
  /** Where it is reached. */
  where: string;
  /** What it really does, as plain data; a change of it is told. */
  look(): Record<string, unknown>;
  deeds: Readonly<Record<string, Deed>>;
  stop(): Promise<void>;
};

/** A word that must be one of those known. Throws ARGUMENT_INVALID. */
export function oneOf<Known extends string>(word: string | undefined, known: readonly Known[]): Known {
  const found = known.find((name) => name === word);
  if (found !== undefined) return found;
  throw new Fault('ARGUMENT_INVALID', word === undefined ? 'A word is missing.' : `"${word}" is not known here.`, {
    remedy: `Known are: ${known.join(', ')}.`,
  });
}

/** A word that must be a whole number of at least 0. Throws ARGUMENT_INVALID. */
export function wholeNumber(word: string | undefined, max: number): number {
  const value = Number(word);
  if (word !== undefined && /^\d+$/.test(word) && value <= max) return value;
  throw new Fault('ARGUMENT_INVALID', `"${word ?? ''}" is not a whole number.`, { remedy: `It is 0 to ${max}.` });
}

/** Does what a typed line says, and answers what to tell the person; an empty line is a question. */
export function doLine({ deeds }: Pick<Simulated, 'deeds'>, line: string): string | undefined {
  const [name, ...words] = line.trim().split(/\s+/);
  const deed = Object.hasOwn(deeds, name ?? '') ? deeds[name!] : undefined;
  if (deed === undefined) return deedsText(deeds);
  try {
    deed.run(words);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `${error.message} Type: ${deed.usage}`;
  }
}

/** Everything that can be typed, one line each. */
export function deedsText(deeds: Simulated['deeds']): string {
  const rows = Object.values(deeds);
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  return rows.map(({ usage, says }) => `  ${usage.padEnd(width)}  ${says}`).join('\n');
}
