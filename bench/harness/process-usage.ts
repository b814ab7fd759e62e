import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has used so far; only Linux tells. */
export type Usage = { cpuSeconds: number; rssKib: number };

/** Kernel ticks per second, the unit of CPU time in /proc (USER_HZ). */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time (user and system, all threads) and resident memory of a running process. */
export function usageOf(pid: number): Usage {
  // The name of the program, field 2, stands in parentheses and may hold blanks.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds, rssKib: Number(rss) };
}

/** CPU seconds that all processes of the machine have used so far, to tell foreign load from our own. */
export function machineCpuSeconds(): number {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split(/\s+/);
  return [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}
