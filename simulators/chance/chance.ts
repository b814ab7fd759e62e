/**
 * Seeded chance: the same seed gives the same numbers on every machine, so that a story or a failure can be told again.
 * sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, period at least 2^32.
 */
export type Chance = {
  /** Uniform in [0, 1). */
  next(): number;
  /** Normal with mean 0 and standard deviation 1 (Box–Muller). */
  gauss(): number;
  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number;
  /** Exponential waiting time with this mean. */
  wait(mean: number): number;
  pick<T>(items: readonly T[]): T;
  /** An independent stream for one purpose, so that adding a source does not change the others. */
  fork(name: string): Chance;
};

function hash(text: string): number {
  let h = 2_166_136_261; // FNV-1a, 32 bits
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16_777_619);
  return h >>> 0;
}

/** Chance from a seed; every text or number is a seed. */
export function chance(seed: number | string): Chance {
  let a = hash(`a${seed}`);
  let b = hash(`b${seed}`);
  let c = hash(`c${seed}`);
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i += 1) next();
  return {
    next,
    gauss: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    wait: (mean) => -Math.log(1 - next()) * mean,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    fork: (name) => chance(`${seed}/${name}`),
  };
}
