import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, Fault } from '@tocsin/contracts';

/** What a part prints, as one line of JSON, when it is ready. */
export type Announcement = { httpPort?: number; setupCode?: string; fieldPort?: number };

const program = resolve(import.meta.dirname, '../tocsin.js');
const pauseFirstMs = 1_000;
const pauseMaxMs = 30_000;
/** A part that lived this long was well; its next pause is short again. */
const wellAfterMs = 60_000;

type PartsOptions = { env: NodeJS.ProcessEnv; clock: Clock; say(text: string): void };

/**
 * Processes that are started again when they die without being asked, with pauses that grow while they keep failing. Only the very
 * first start may fail for good: then the person at the terminal has to do something.
 */
export function createParts({ env, clock, say }: PartsOptions) {
  const children = new Map<string, ChildProcess>();
  let stopping = false;

  function launch(
    name: string,
    args: string[],
    first?: { told(said: Announcement): void; failed(error: Error): void },
    pauseMs = pauseFirstMs,
  ) {
    const flags = args[0] === 'edge' ? ['--max-semi-space-size=4'] : [];
    const child = spawn(process.execPath, [...flags, program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.set(name, child);
    const beganMs = clock.monotonicMs();
    let announced = false;
    createInterface({ input: child.stdout! }).once('line', (line) => {
      announced = true;
      const said = JSON.parse(line) as Announcement;
      if (first !== undefined) first.told(said);
      else
        say(
          said.setupCode
            ? `  ${name} is back. Set-up code for the first user: ${said.setupCode}`
            : `  ${name} is back.`,
        );
    });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const how = signal ?? `exit ${code}`;
      if (!announced && first !== undefined) {
        first.failed(
          new Fault('ARGUMENT_INVALID', `The ${name} process ended at once (${how}).`, {
            remedy: 'Its last words are above.',
          }),
        );
        return;
      }
      const nextMs = clock.monotonicMs() - beganMs > wellAfterMs ? pauseFirstMs : pauseMs;
      say(`  ${name} ended (${how}); it starts again in ${nextMs / 1000} s.`);
      clock.after(nextMs, () => {
        if (!stopping) launch(name, args, undefined, Math.min(pauseMaxMs, nextMs * 2));
      });
    });
  }

  return {
    /** Resolves with what the part says when it is ready; rejects when its first start fails. */
    start: (name: string, args: string[]): Promise<Announcement> =>
      new Promise((told, failed) => launch(name, args, { told, failed })),
    async stop() {
      stopping = true;
      const alive = [...children.values()].filter((child) => child.exitCode === null && child.signalCode === null);
      const ended = alive.map((child) => new Promise<void>((done) => child.once('exit', () => done())));
      for (const child of alive) child.kill('SIGTERM');
      const cancel = clock.after(5_000, () => {
        for (const child of alive) child.kill('SIGKILL');
      });
      await Promise.all(ended);
      cancel();
    },
  };
}
