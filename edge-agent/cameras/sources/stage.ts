import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, Fault, type Secret, systemClock } from '@tocsin/contracts';
import type { Frame } from '../../vision/types.ts';
import type { FieldPictures, OpenSource, SourceHost } from '../types.ts';

export type StageOptions = {
  clock?: Clock;
  directory?: string;
  framesPerSecond?: number;
  field?: FieldPictures;
  /** What `{ env: NAME }` holds. */
  env?: { [name: string]: string };
};

/** A host for tests that keeps what a source did, and waits for it. */
export type Stage = {
  host: SourceHost;
  frames: Frame[];
  /** Everything told as trouble, undefined included. */
  troubles: (string | undefined)[];
  log: string[];
  /** Resolves when `seen` answers true, which is asked after each frame and trouble; fails after `withinMs`. */
  until(what: string, seen: () => boolean, withinMs?: number): Promise<void>;
  /** All words the source said or counted, to look for a secret in. */
  words(source: OpenSource): string;
};

/** Sets the stage for one source. Retries come at once (1 % of their bound). */
export function createStage(options: StageOptions = {}): Stage {
  const { clock = systemClock, directory = '.', framesPerSecond = 10, field, env = {} } = options;
  const frames: Frame[] = [];
  const troubles: (string | undefined)[] = [];
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const note = (fields: object, text: string) => void log.push(`${JSON.stringify(fields)} ${text}`);
  const changed = () => {
    for (const look of [...waiting]) look();
  };
  const host: SourceHost = {
    clock,
    logger: { info: note, warn: note, error: note },
    random: () => 0.01,
    readSecret(secret: Secret) {
      const value = 'env' in secret ? env[secret.env] : undefined;
      if (value === undefined) throw new Fault('SITE_FILE_INVALID', 'The environment variable is not set.');
      return value;
    },
    directory,
    framesPerSecond,
    ...(field === undefined ? {} : { field }),
    emit(frame) {
      frames.push(frame);
      changed();
    },
    trouble(why) {
      troubles.push(why);
      changed();
    },
  };
  return {
    host,
    frames,
    troubles,
    log,
    async until(what, seen, withinMs = 15_000) {
      if (seen()) return;
      const late = new AbortController();
      let look = () => {};
      const happened = new Promise<void>((resolve) => {
        look = () => {
          if (seen()) resolve();
        };
        waiting.add(look);
      });
      const tooLate = wait(withinMs, undefined, { signal: late.signal, ref: false }).then(() => {
        const told = `${frames.length} frames, troubles: ${troubles.join(' | ')}`;
        throw new Error(`${what} did not happen within ${withinMs} ms (${told}).`);
      });
      tooLate.catch(() => {});
      try {
        await Promise.race([happened, tooLate]);
      } finally {
        waiting.delete(look);
        late.abort();
      }
    },
    words: (source) => JSON.stringify([log, troubles, source.counters()]),
  };
}

/** Starts a source, lets `play` watch it, and stops it whatever happens. */
export async function withSource(source: OpenSource, play: () => Promise<void>): Promise<void> {
  source.start();
  try {
    await play();
  } finally {
    await source.stop();
  }
}
