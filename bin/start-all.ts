import type { Running } from '@tocsin/contracts';

/** Starts parts in order; stops them in reverse, also when a start fails half-way. */
export async function startAll(parts: readonly (() => Promise<Running>)[]): Promise<Running> {
  const running: Running[] = [];
  const stop = async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
  };
  try {
    for (const start of parts) running.push(await start());
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** Resolves when the process is asked to end (Ctrl-C, a service manager); a second request ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const once = () => {
      for (const name of names) process.off(name, once).on(name, () => process.exit(130));
      resolve();
    };
    for (const name of names) process.on(name, once);
  });
}
