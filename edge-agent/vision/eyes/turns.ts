/**
 * Who looks next when several cameras share one process: each waits with its newest picture only, and the one that was served goes to
 * the end, so that a fast camera never starves a slow one. Pure but for the Map it keeps.
 */
export type Turns<Job> = {
  /** Lets a job wait; answers the older one of the same key that it replaces, or `full` when too many keys wait. */
  put(key: string, job: Job): { replaced?: Job } | 'full';
  /** True while a job of this key waits. */
  has(key: string): boolean;
  /** The job that has waited longest in its place. */
  take(): Job | undefined;
  /** Everything that waits, which is then forgotten. */
  clear(): Job[];
  readonly waiting: number;
};

/** Makes an empty queue for at most `keysMax` keys. */
export function createTurns<Job>(keysMax: number): Turns<Job> {
  // A Map keeps the order of first insertion: replacing keeps the place, taking and putting again goes to the end.
  const jobs = new Map<string, Job>();
  return {
    put(key, job) {
      const replaced = jobs.get(key);
      if (replaced === undefined && jobs.size >= keysMax) return 'full';
      jobs.set(key, job);
      return replaced === undefined ? {} : { replaced };
    },
    has: (key) => jobs.has(key),
    take() {
      const [first] = jobs;
      if (first === undefined) return undefined;
      jobs.delete(first[0]);
      return first[1];
    },
    clear() {
      const all = [...jobs.values()];
      jobs.clear();
      return all;
    },
    get waiting() {
      return jobs.size;
    },
  };
}
