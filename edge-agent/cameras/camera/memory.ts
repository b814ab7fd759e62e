import { open, readFile, rename } from 'node:fs/promises';
import type { Logger } from '@tocsin/contracts';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { cells } from '../supervision/measure.ts';
import type { KnownView } from '../supervision/supervision.ts';
import { raised, troubleNames } from '../supervision/troubles.ts';

/**
 * What a camera knows of its usual view and of its troubles, as a file, so that a restart neither ends a trouble nor takes a covered lens
 * for the usual view. It counts for one calibration only: whoever calibrates anew says that what is seen now is right.
 */
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Amount = Type.Number({ minimum: 0 });
const Usual = Type.Union([
  Type.Null(),
  Type.Object({
    learntMs: Amount,
    luma: Type.Array(Type.Number({ minimum: 0, maximum: 255 }), { minItems: cells, maxItems: cells }),
    detail: Amount,
    texture: Amount,
  }),
]);
const Suspicion = Type.Object({
  level: Share,
  sinceMs: Type.Number(),
  isRaised: Type.Boolean(),
  isBad: Type.Boolean(),
  detail: Type.String({ maxLength: 400 }),
  factor: Share,
});
const File = Type.Object({
  v: Type.Literal(1),
  calibration: Type.String(),
  view: Type.Object({
    mode: Type.Union([Type.Literal('colour'), Type.Literal('grey')]),
    usuals: Type.Object({ colour: Usual, grey: Usual }),
    suspicions: Type.Object(Object.fromEntries(troubleNames.map((name) => [name, Suspicion]))),
  }),
});
const isFile = Compile(File);

/** A view is 20 to 60 kB of JSON (measured); more is something else. */
const bytesMax = 262_144;
/** What is usual changes over many minutes (its time constant is five); a trouble that begins or ends is kept at once. */
const keepEveryMs = 300_000;

export type Memory = {
  /** What was kept for this calibration, or undefined; never throws. */
  recall(): Promise<KnownView | undefined>;
  /** Keeps a view when a trouble began or ended since the last, and every few minutes; `atMs` is monotonic. Never throws. */
  note(view: KnownView, atMs: number): Promise<void>;
  /** Keeps a view; one that comes while another is being written is left out. Never throws. */
  keep(view: KnownView): Promise<void>;
};

/** The memory of one camera in a file; `calibration` is the hash of the calibration that it counts for. */
export function createMemory(path: string, { calibration, logger }: { calibration: string; logger: Logger }): Memory {
  let isWriting = false;
  let lastWhy = '';
  let troubles: string | undefined;
  let keptAtMs = 0;

  async function write(text: string): Promise<void> {
    const half = `${path}.part`;
    const file = await open(half, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  }

  async function keep(view: KnownView): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    try {
      await write(JSON.stringify({ v: 1, calibration, view }));
      lastWhy = '';
    } catch (error) {
      const why = String((error as NodeJS.ErrnoException).code ?? error);
      if (why !== lastWhy) logger.warn({ why }, 'What a camera knows of its view could not be kept.');
      lastWhy = why;
    } finally {
      isWriting = false;
    }
  }

  return {
    keep,
    async note(view, atMs) {
      const now = raised(view.suspicions)
        .map(({ name }) => name)
        .join();
      // What stood at the start is what was recalled.
      if ((troubles ?? now) === now && atMs - keptAtMs < keepEveryMs) {
        troubles = now;
        return;
      }
      troubles = now;
      keptAtMs = atMs;
      await keep(view);
    },
    async recall() {
      try {
        const text = await readFile(path, 'utf8');
        const file: unknown = text.length <= bytesMax ? JSON.parse(text) : undefined;
        return isFile.Check(file) && file.calibration === calibration ? (file.view as KnownView) : undefined;
      } catch {
        // Not there yet, or cut off with the power: then the view is learnt anew.
        return undefined;
      }
    },
  };
}
