/** Unanswered questions in a row after which a device that stays silent counts as unreachable. */
export const missesMax = 2;

/** What is known of the way to a device: what it or its last will said, and how many questions went unanswered. */
export type Reach = {
  /** Its last will, or its word that it is there. */
  online(online: boolean, who?: 'bridge'): void;
  /** A message that only a running device sends. */
  alive(): void;
  /** A question is about to be asked; the one before counts as missed when nothing came since. */
  asking(): void;
  /** The broker could not be reached, or can again. */
  broker(problem: string | undefined): void;
  /** Its last will says that it is gone. */
  isGone(): boolean;
  wrong(): string | undefined;
};

export function createReach(device: string): Reach {
  const gone = new Set<string>();
  let open = false;
  let misses = 0;
  let problem: string | undefined;
  return {
    online(online: boolean, who: string = device) {
      if (!online) gone.add(who);
      else if (gone.delete(who)) misses = 0;
    },
    alive() {
      gone.clear();
      open = false;
      misses = 0;
      problem = undefined;
    },
    asking() {
      if (open) misses += 1;
      open = true;
    },
    broker(why) {
      problem = why;
    },
    isGone: () => gone.size > 0,
    wrong() {
      if (problem !== undefined) return `no way to the field broker: ${problem}`;
      if (gone.has('bridge')) return `the bridge to ${device} is not running`;
      if (gone.size > 0) return `${device} is offline`;
      return misses >= missesMax ? `${device} does not answer` : undefined;
    },
  };
}
