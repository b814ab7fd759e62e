import assert from 'node:assert';
import type { Clock } from '@tocsin/contracts';

export type SimClock = Clock & {
  /** Lets time pass; tasks run in the order of their instants, and those due together in the order they were set. */
  advance(byMs: number): void;
  /** Sets the wall clock forward or back; monotonic time and timers do not notice. */
  jump(byMs: number): void;
  /** Tasks that still wait. */
  pending(): number;
};

type Task = { atMs: number; order: number; run: () => void };

/** A task that sets itself again without delay would never let time pass. */
const tasksPerAdvanceMax = 10_000_000;

/** A clock that moves only when it is told to, so that a simulated week takes a moment and is the same each time. */
export function simClock(startMs = 0): SimClock {
  let elapsedMs = 0;
  let offsetMs = startMs;
  let order = 0;
  /** A binary heap by instant, then by order. */
  const heap: Task[] = [];
  const before = (a: Task, b: Task) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function push(task: Task): void {
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent]!, task)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  function pop(): Task {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (before(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  return {
    nowMs: () => offsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, run) {
      const task = { atMs: elapsedMs + Math.max(0, delayMs), order, run };
      order += 1;
      push(task);
      return () => {
        task.run = () => {};
      };
    },
    advance(byMs) {
      const untilMs = elapsedMs + byMs;
      let ran = 0;
      while (heap.length > 0 && heap[0]!.atMs <= untilMs) {
        const task = pop();
        elapsedMs = Math.max(elapsedMs, task.atMs);
        task.run();
        ran += 1;
        assert(ran < tasksPerAdvanceMax, 'Tasks set each other without letting time pass.');
      }
      elapsedMs = untilMs;
    },
    jump(byMs) {
      offsetMs += byMs;
    },
    pending: () => heap.length,
  };
}
