import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A process under test or under load; `ask` sends a message to a forked one and resolves with its answer. */
export type Child = { pid: number; ask<Answer>(question: object): Promise<Answer>; stop(): Promise<void> };

/**
 * Starts a TypeScript file as a process that answers every message with one message; resolves with its first message.
 */
export async function startFork<Ready>(file: URL, argument: object = {}): Promise<Child & { ready: Ready }> {
  const process = fork(file, [JSON.stringify(argument)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [ready] = (await Promise.race([once(process, 'message'), failed(process)])) as [Ready];
  return {
    pid: process.pid!,
    ready,
    async ask<Answer>(question: object) {
      process.send(question);
      const [answer] = (await Promise.race([once(process, 'message'), failed(process)])) as [Answer];
      return answer;
    },
    stop: () => end(process),
  };
}

/** Starts any program; resolves when it accepts connections on `port`. */
export async function startProgram(command: string, args: readonly string[]): Promise<Child> {
  const process = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  await once(process, 'spawn');
  return {
    pid: process.pid!,
    ask: () => Promise.reject(new Error('A program is not asked.')),
    stop: () => end(process),
  };
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function failed(process: ChildProcess): Promise<never> {
  const [code, signal] = await once(process, 'exit');
  throw new Error(`A child process ended early (${code ?? signal}).`);
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}
