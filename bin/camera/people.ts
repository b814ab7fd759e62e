import { type Clock, Fault, silentLogger } from '@tocsin/contracts';
import { createEyes, type Seen } from '@tocsin/edge-agent/vision';
import type { Still } from './stills.ts';

/** What the eyes say of one picture: how it is, and how many people are in it or, in words, why nobody can say. */
export type Glance = { seen?: Seen; people: number } | { seen?: Seen; why: string };

/** From this score on a box is a person; below, it is as often a post (vision.md §3). */
const personScoreMin = 0.4;
/** One picture on a small gateway while its agent runs beside. */
const timeoutMs = 10_000;

/** Looks at one picture with the camera's own detector, in a process that ends with it. Never throws. */
export async function glance(still: Still, { model, clock }: { model: string; clock: Clock }): Promise<Glance> {
  const eyes = createEyes({
    models: model === 'none' ? {} : { detector: model },
    clock,
    logger: silentLogger,
    timeoutMs,
  });
  try {
    await eyes.start();
    const seen = await eyes.look({ jpeg: still.jpeg, capturedAtMs: still.takenAtMs, number: 1 });
    const people = seen.detections?.filter(({ kind, score }) => kind === 'person' && score >= personScoreMin);
    return people ? { seen, people: people.length } : { seen, why: 'the camera has no detector.' };
  } catch (error) {
    return { why: error instanceof Fault ? error.detail : String(error) };
  } finally {
    await eyes.stop();
  }
}
