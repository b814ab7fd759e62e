import { type Clock, Fault, silentLogger } from '@tocsin/contracts';
import { createEyes, type Eyes, type Seen } from '@tocsin/edge-agent/vision';
import type { Still } from './stills.ts';

/** What the eyes say of one picture: how it is, and how many people are in it or, in words, why nobody can say. */
export type Glance = { seen?: Seen; people: number } | { seen?: Seen; why: string };

/** From this score on a box is a person; below, it is as often a post (vision.md §3). */
const personScoreMin = 0.4;
/** One picture on a small gateway while its agent runs beside. */
const timeoutMs = 10_000;

/** Starts eyes with a camera's own detector, in a process of their own. Throws what keeps them from seeing. */
export async function openEyes({ model, clock }: { model: string; clock: Clock }): Promise<Eyes> {
  const models = model === 'none' ? {} : { detector: model };
  const eyes = createEyes({ models, clock, logger: silentLogger, timeoutMs });
  try {
    await eyes.start();
    const state = eyes.state();
    if (!state.ok) throw new Fault('MODEL_FAILED', state.why);
    return eyes;
  } catch (error) {
    await eyes.stop();
    throw error;
  }
}

/** People in what was seen; undefined where no detector looked. */
export function peopleIn({ detections }: Seen): number | undefined {
  return detections?.filter(({ kind, score }) => kind === 'person' && score >= personScoreMin).length;
}

/** Why something failed, in words. */
export const whyOf = (error: unknown) => (error instanceof Fault ? error.detail : String(error));

/** Looks at one picture with the camera's own detector, in a process that ends with it. Never throws. */
export async function glance(still: Still, options: { model: string; clock: Clock }): Promise<Glance> {
  let eyes: Eyes | undefined;
  try {
    eyes = await openEyes(options);
    const seen = await eyes.look({ jpeg: still.jpeg, capturedAtMs: still.takenAtMs, number: 1 });
    const people = peopleIn(seen);
    return people === undefined ? { seen, why: 'The camera has no detector.' } : { seen, people };
  } catch (error) {
    return { why: whyOf(error) };
  } finally {
    await eyes?.stop();
  }
}
