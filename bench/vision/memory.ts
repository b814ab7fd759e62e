import { readFileSync } from 'node:fs';
import { median } from '../harness/pairs.ts';

/**
 * Resident memory of some processes together, in MiB (Linux, proc(5)). `rss` is the sum of what the system says of each, in which
 * the program and its libraries count once per process; `once` counts each part of a file once, and is what the machine must have;
 * `pss` is what the system itself charges them, less where other programs of the machine share the same files.
 */
export type Memory = { rss: number; once: number; pss: number };

const kib = (text: string, field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);

/** Weighs processes now; reading the maps holds a process up for some milliseconds, so not more often than needed. */
export function memoryOf(pids: readonly number[]): Memory {
  let [rss, pss, anonymous] = [0, 0, 0];
  const files = new Map<string, number>();
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    rss += kib(rollup, 'Rss');
    pss += kib(rollup, 'Pss');
    anonymous += kib(rollup, 'Anonymous');
    for (const [file, size] of filesOf(pid)) files.set(file, Math.max(files.get(file) ?? 0, size));
  }
  const shared = [...files.values()].reduce((all, size) => all + size, 0);
  return { rss: rss / 1024, once: (anonymous + shared) / 1024, pss: pss / 1024 };
}

/** Resident KiB of each mapped part of a file that were not changed. */
function filesOf(pid: number): Map<string, number> {
  const files = new Map<string, number>();
  let key: string | undefined;
  let resident = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const head = /^[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ (\d+)/.exec(line);
    if (head) key = head[2] === '0' ? undefined : `${head[2]} ${head[1]}`;
    else if (key === undefined) continue;
    else if (line.startsWith('Rss:')) resident = kib(line, 'Rss');
    else if (line.startsWith('Anonymous:')) files.set(key, resident - kib(line, 'Anonymous'));
  }
  return files;
}

/** Slope by Theil and Sen, the median of those of all pairs: the saw teeth of a garbage collector do not move it. */
export function slopeOf(points: readonly { x: number; y: number }[]): number {
  const slopes = points.flatMap((a, at) => points.slice(at + 1).map((b) => (b.y - a.y) / (b.x - a.x)));
  return median(slopes);
}
