import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Child } from '../harness/child.ts';

/** The core of the system under test, and the one of whatever loads it; the same on a machine with a single core. */
export const systemCore = Math.min(1, cpus().length - 1);
export const loadCore = 0;

/** Keeps this process, with every thread and every process it starts from now on, on the core of the load (taskset of util-linux). */
export function stayOnLoadCore(): void {
  const args = ['--all-tasks', '--cpu-list', '--pid', String(loadCore), String(process.pid)];
  execFileSync('taskset', args, { stdio: 'ignore' });
}

/**
 * Starts a TypeScript file as a process that stays on the core of the system, with all it starts itself; resolves with its first message.
 * It answers every message with one message, and may be asked as often as one likes.
 */
export async function startOnSystemCore(name: string, argument: object, flags: readonly string[] = []): Promise<Child> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = fork(file, [JSON.stringify(argument)], {
    execPath: 'taskset',
    execArgv: ['--cpu-list', String(systemCore), process.execPath, ...flags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await answerOf(child);
  return {
    pid: child.pid!,
    ask<Answer>(question: object) {
      child.send(question);
      return answerOf<Answer>(child);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const answered = (answer: unknown) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    };
    const ended = (code: number | null, signal: string | null) => {
      child.off('message', answered);
      reject(new Error(`A process of the bench ended early (${code ?? signal}).`));
    };
    child.once('message', answered);
    child.once('exit', ended);
  });
}
