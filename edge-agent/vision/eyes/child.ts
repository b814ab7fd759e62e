import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@tocsin/contracts';
import type { Answer, Order } from './messages.ts';
import type { Failure } from './supervisor.ts';

/** How often the memory of the eyes is looked at; a tensor is filled at about 2 GB/s, so 100 ms overshoot by some 200 MB. */
const memoryEveryMs = 100;
/** Last words of a process that are kept to explain its end. */
const lastWordsMax = 2_000;
/** Variables the eyes may see: none of the agent's secrets, only what loaders of libraries and drivers need. */
const passedOn = ['PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'SystemRoot', 'TMPDIR', 'TEMP', 'LANG'];

export type ChildOptions = {
  clock: Clock;
  memoryBytesMax: number;
  answered(answer: Answer): void;
  /** Called once, when the process is gone; `why` is a sentence. */
  ended(end: { why: string; failure: Failure }): void;
};

/** One run of the process of the eyes. */
export type Child = {
  pid: number | undefined;
  send(order: Order): void;
  /** Ends it at once, whatever it does; `ended` is called with this reason when it is gone. */
  kill(failure: Failure, why: string): void;
  /** What the system last said about its memory; 0 until it did. */
  rssBytes(): number;
};

/** Starts a process of the eyes and watches its memory. */
export function startChild({ clock, memoryBytesMax, answered, ended }: ChildOptions): Child {
  const process_ = forkEyes();
  let killed: { failure: Failure; why: string } | undefined;
  let rss = 0;
  let lastWords = '';
  let cancelWatch: () => void = () => {};
  let isOver = false;

  const kill = (failure: Failure, why: string) => {
    killed ??= { failure, why };
    process_.kill('SIGKILL');
  };
  const over = (how: string) => {
    if (isOver) return;
    isOver = true;
    cancelWatch();
    const words = lastWords.trim().split('\n').slice(-3).join(' ');
    const why = `The process of the eyes ended by itself (${how})${words ? `: ${words}` : ''}.`;
    ended(killed ?? { failure: 'crashes', why });
  };
  const weigh = (bytes: number) => {
    rss = bytes;
    if (bytes <= memoryBytesMax) return;
    const [took, most] = [bytes, memoryBytesMax].map((value) => Math.round(value / 2 ** 20));
    kill('memoryExceeded', `The eyes took ${took} MiB of memory, at most ${most} are allowed.`);
  };
  const watch = () => {
    weigh(residentBytes(process_.pid) ?? rss);
    if (!isOver) cancelWatch = clock.after(memoryEveryMs, watch);
  };

  process_.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-lastWordsMax);
  });
  process_.on('message', (answer: Answer) => {
    if ('rssBytes' in answer) weigh(answer.rssBytes);
    if (killed === undefined) answered(answer);
  });
  process_.once('error', (error) => over(error.message));
  process_.once('exit', (code, signal) => over(signal ?? `exit ${code}`));
  preferAsVictim(process_.pid);
  watch();
  return {
    pid: process_.pid,
    // An order that cannot be sent is answered by the end of the process.
    send: (order) => void process_.send(order, () => {}),
    kill,
    rssBytes: () => rss,
  };
}

function forkEyes(): ChildProcess {
  const env: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '2' };
  for (const name of passedOn) if (process.env[name] !== undefined) env[name] = process.env[name];
  return fork(fileURLToPath(new URL('./worker/main.ts', import.meta.url)), [], {
    serialization: 'advanced',
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // The process reads files and runs native code, but writes nothing and starts nothing.
    execArgv: ['--permission', '--allow-fs-read=*', '--allow-addons', '--max-semi-space-size=4', '--no-warnings'],
  });
}

/** Resident memory of a process where the system tells it (Linux); kB of `VmRSS`, whatever the size of a page. */
function residentBytes(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** Has the kernel end the eyes before the agent when memory runs out (Linux: proc(5), oom_score_adj). */
function preferAsVictim(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '800');
  } catch {
    // Other systems have no such file; there the limit above is all there is.
  }
}
