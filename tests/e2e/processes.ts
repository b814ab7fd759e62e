import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const program = resolve(import.meta.dirname, '../../bin/tocsin.js');

/** A port that was free a moment ago; programs under test keep it across their restarts. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

/** A folder that is removed when the test ends. */
export function workFolder(): { path: string; file(name: string, text: string): string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-e2e-'));
  return {
    path,
    file(name, text) {
      const file = join(path, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export type Program = {
  /** What it printed as its first line, as JSON. */
  announced: Record<string, unknown>;
  pid: number;
  /** Kills it as a power cut would, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  stderr(): string;
  exited: Promise<number | null>;
};

/** Starts `tocsin …` as a process of its own and waits for its announcement. */
export function startProgram(args: string[], env: Record<string, string> = {}): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-20_000);
  });
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return new Promise((done, failed) => {
    createInterface({ input: child.stdout! }).once('line', (line) => {
      done({
        announced: JSON.parse(line) as Record<string, unknown>,
        pid: child.pid!,
        stderr: () => errors,
        exited,
        async kill(signal = 'SIGKILL') {
          child.kill(signal);
          await exited;
        },
      });
    });
    void exited.then((code) =>
      failed(new Error(`tocsin ${args.join(' ')} ended with ${code} before it was ready:\n${errors}`)),
    );
  });
}

/** Runs `tocsin …` to its end. */
export async function runProgram(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const code = await new Promise<number | null>((done) => child.once('close', (status) => done(status)));
  return { code, out, err };
}

/** Asks again and again until the answer is there; fails with the last answer when it never comes. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 15_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} did not happen within ${withinMs} ms; last answer: ${String(last)}`);
}
