import type { Clock } from '@tocsin/contracts';
import type { Recorder } from '../outbox/recorder.ts';
import type { PipelineEvent } from '../pipeline/types.ts';

/** The state under which the journal keeps the epoch in which standing alerts were last told. */
export const toldKey = 'told';

export type TellingDeps = {
  recorder: Recorder;
  clock: Clock;
  /** The outbox's epoch now. */
  epoch(): string;
  feed(events: PipelineEvent[]): void;
};

/**
 * Tells every standing alert again in each epoch: with the old epoch went what was not yet sent, or the cloud lost what it had. The note
 * ALERTS_TOLD ends the telling, so that the desk knows which alerts this gateway has forgotten. It is owed until it is committed, whatever
 * crashes in between.
 */
export function createTelling({ recorder, clock, epoch, feed }: TellingDeps) {
  let told: unknown;
  let isDirty = false;
  return {
    restore(states: readonly [key: string, state: unknown][]): void {
      told = states.find(([key]) => key === toldKey)?.[1];
    },
    takeDirty(): [key: string, state: unknown][] {
      const taken: [string, unknown][] = isDirty ? [[toldKey, told]] : [];
      isDirty = false;
      return taken;
    },
    /** Tells what is owed in this epoch. */
    review(): void {
      const now = epoch();
      if (told === now) return;
      const atMs = clock.nowMs();
      feed([{ kind: 'retell', atMs }]);
      recorder.event({ kind: 'note', code: 'ALERTS_TOLD', text: 'Every alert that stands was told again.', atMs });
      told = now;
      isDirty = true;
      recorder.commit();
    },
  };
}

export type Telling = ReturnType<typeof createTelling>;
