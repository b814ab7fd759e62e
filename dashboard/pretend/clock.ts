import type { Clock } from '@tocsin/contracts';

/** A clock that stands still until it is moved; tasks run in the order in which they fall due. */
export type PretendClock = Clock & { advance(byMs: number): void };

/** Makes a clock that starts at `startAtMs`. */
export function createPretendClock(startAtMs = Date.UTC(2026, 10, 23, 2, 0, 0)): PretendClock {
  let nowMs = startAtMs;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, task) {
      const entry = { atMs: nowMs + delayMs, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const next = tasks.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        tasks = tasks.filter((other) => other !== next);
        nowMs = next.atMs;
        next.task();
      }
      nowMs = untilMs;
    },
  };
}
