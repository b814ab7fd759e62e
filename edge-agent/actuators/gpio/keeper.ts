import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@tocsin/contracts';
import { saidBy, toolEnvironment } from './tools.ts';

const script = join(import.meta.dirname, 'keeper.sh');
/** A keeper that is told to go is gone within about 250 ms; after this it is killed. */
const graceMs = 1_500;
/** A line that is free this long before its lease is out was lost; later it lapsed. */
const earlyMs = 30;
const outputCharactersMax = 2_048;

/** Why a line is no longer driven; `moved` is false when it surely never was. */
export type Loss = { why: string; moved: boolean };

export type KeeperOptions = {
  clock: Clock;
  /** Of gpioset, see setArguments. */
  args: readonly string[];
  /** Offset or name. */
  line: string;
  /** How long the line is driven active; 0 drives it inactive. */
  leaseMs: number;
  /** It is driven by nobody, which nobody asked for. */
  lost(loss: Loss): void;
};

/** A process of its own that drives one line, and lets go of it by itself when this one dies (at once) or hangs (at the lease's end). */
export type Keeper = {
  /** True while it drives the line active. */
  isActive(): boolean;
  /** Another lease from now on. */
  renew(leaseMs: number): void;
  /** Makes the line inactive and drives it so. */
  release(): void;
  /** Frees the line; resolves when nothing of it runs any more. */
  end(): Promise<void>;
};

/** Seconds as timeout(1) takes them, to which 0 would mean for ever. */
function secondsOf(ms: number): string {
  return (Math.max(1, ms) / 1000).toFixed(3);
}

/** Starts a keeper. The line must not be driven by another one: the kernel gives it to one process only. */
export function startKeeper({ clock, args, line, leaseMs, lost }: KeeperOptions): Keeper {
  let phase: 'active' | 'inactive' | 'lost' | 'ending' = leaseMs > 0 ? 'active' : 'inactive';
  let untilMs = clock.monotonicMs() + leaseMs;
  let said = '';
  let wrote = '';
  // In a session of its own: what stops or ends the agent's group does not reach it.
  const child = spawn('sh', [script, leaseMs > 0 ? secondsOf(leaseMs) : '0', line, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: toolEnvironment(),
  });
  const [input, output, errors, activeEnd, inactiveEnd] = child.stdio as [
    Writable,
    Readable,
    Readable,
    Readable,
    Readable,
  ];
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  for (const stream of child.stdio) stream?.on('error', () => {});
  output.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-outputCharactersMax)));
  errors.setEncoding('utf8').on('data', (text: string) => (wrote = (wrote + text).slice(0, outputCharactersMax)));

  /** Whatever is left of its process group: a gpioset whose keeper was killed would hold the line for ever. */
  function killAll(): void {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
  }

  function loose(why: string): void {
    if (phase === 'ending' || phase === 'lost') return;
    phase = 'lost';
    input.end();
    const cancel = clock.after(graceMs, killAll);
    void gone.then(() => {
      cancel();
      const code = /ended (\d+)/.exec(said)?.[1];
      // gpioset ends with 1 by itself only when it could not take the line.
      lost({ why: saidBy(wrote) ?? why, moved: code !== '1' });
    });
  }

  activeEnd.resume().once('close', () => {
    if (phase !== 'active') return;
    if (clock.monotonicMs() >= untilMs - earlyMs) phase = 'inactive';
    else loose('gpioset ended by itself');
  });
  inactiveEnd.resume().once('close', () => {
    if (phase === 'inactive') loose('gpioset ended by itself');
  });
  void gone.then(() => {
    if (phase === 'ending') return;
    if (child.pid !== undefined) killAll();
    loose('the process that holds the line ended by itself');
  });

  return {
    isActive: () => phase === 'active',
    renew(lengthMs) {
      untilMs = clock.monotonicMs() + lengthMs;
      input.write(`${secondsOf(lengthMs)}\n`);
    },
    release() {
      if (phase !== 'active') return;
      phase = 'inactive';
      input.write('release\n');
    },
    async end() {
      if (phase !== 'lost') {
        // Two lines: one makes the line inactive where it is active, the other frees it at once.
        if (phase === 'active') input.write('release\n');
        phase = 'ending';
        input.end('end\n');
      }
      const cancel = clock.after(graceMs, killAll);
      await gone;
      cancel();
    },
  };
}
