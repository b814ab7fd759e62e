import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '@tocsin/contracts';
import {
  type SupervisionConfig,
  stepSupervision,
  unwatched,
  usualSupervision,
  type View,
  viewOf,
} from '@tocsin/edge-agent/cameras';
import type { Eyes, Frame, Seen } from '@tocsin/edge-agent/vision';
import { openEyes, whyOf } from './people.ts';

/** What the eyes and the supervision of a gateway say of a camera after a while. */
export type Watched = { seen?: Seen; troubles: string[]; hasReference: boolean; why?: string };

export type Watcher = {
  /** Takes a picture; one that comes while another is looked at is left out. */
  see(frame: Frame): void;
  /** Ends the eyes and answers. */
  end(): Promise<Watched>;
};

/** What stands for a third of a short look is told: nobody waits here for a bus to pass. */
const onsetShare = 1 / 3;

function impatient(lookMs: number): SupervisionConfig {
  const { delays } = usualSupervision;
  const soon = Object.entries(delays).map(([name, { onsetMs, recoveryMs }]) => [
    name,
    { onsetMs: name === 'frozen' ? onsetMs : Math.min(onsetMs, lookMs * onsetShare), recoveryMs },
  ]);
  // The rate is counted where pictures arrive; here it would be that of the eyes.
  return { ...usualSupervision, fpsMin: 0, delays: Object.fromEntries(soon) as SupervisionConfig['delays'] };
}

async function referenceOf(eyes: Eyes, file: string, clock: Clock): Promise<View | undefined> {
  if (!existsSync(file)) return undefined;
  const frame = { jpeg: readFileSync(file), capturedAtMs: clock.nowMs(), number: 0 };
  return eyes.look(frame, { detector: false }).then(({ grid }) => viewOf(grid));
}

/** Watches a camera as its gateway would, with its own detector; without eyes it answers why. */
export async function openWatcher(given: {
  model: string;
  referenceFile: string;
  lookMs: number;
  clock: Clock;
}): Promise<Watcher> {
  const { clock } = given;
  const config = impatient(given.lookMs);
  let [eyes, reference, why]: [Eyes | undefined, View | undefined, string | undefined] = [
    undefined,
    undefined,
    undefined,
  ];
  try {
    eyes = await openEyes(given);
    reference = await referenceOf(eyes, given.referenceFile, clock);
  } catch (error) {
    why = whyOf(error);
  }
  let seen: Seen | undefined;
  let looking: Promise<void> | undefined;
  let verdict = stepSupervision(unwatched, { atMs: clock.monotonicMs() }, config);

  async function look(frame: Frame): Promise<void> {
    try {
      seen = await eyes!.look(frame);
      verdict = stepSupervision(verdict.state, { atMs: clock.monotonicMs(), grid: seen.grid, reference }, config);
    } catch (error) {
      why = whyOf(error);
    }
    looking = undefined;
  }

  return {
    see(frame) {
      if (eyes && !looking) looking = look(frame);
    },
    async end() {
      await looking;
      await eyes?.stop();
      const troubles = verdict.troubles.map(({ name, detail }) => `${name}: ${detail}`);
      return { ...(seen ? { seen } : {}), troubles, hasReference: reference !== undefined, ...(why ? { why } : {}) };
    },
  };
}
