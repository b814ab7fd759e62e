import { systemClock } from '@tocsin/contracts';

/** Waits for something that must become so; fails the test when it does not in time. */
export async function until(what: string, isSo: () => boolean, withinMs = 8000): Promise<void> {
  const endMs = systemClock.monotonicMs() + withinMs;
  while (!isSo()) {
    if (systemClock.monotonicMs() > endMs) throw new Error(`${what} did not happen within ${withinMs} ms.`);
    await new Promise<void>((resolve) => void systemClock.after(10, resolve));
  }
}
