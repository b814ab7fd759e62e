import { cpus, release, totalmem } from 'node:os';

/** The conditions of a measurement, to be printed with every figure. */
export type Machine = { cpu: string; cores: number; memoryGib: number; kernel: string; node: string; at: string };

/** This machine, now. */
export function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version,
    at: new Date().toISOString(),
  };
}
