import type { FaultCode, Logger } from '@tocsin/contracts';

export type Refusal = { code: FaultCode; device?: string; detail: string; atMs: number };

/** The newest refusals that are kept for people who look for a cause. */
const samplesMax = 64;
/** The same kind of refusal is written to the program's log once in this time. */
const logEveryMs = 60_000;
const logKeysMax = 512;

/** Counts what was turned away by code, keeps a bounded sample, and writes each kind to the log at most once a minute. */
export function createRefusals(logger: Logger) {
  const counts: Partial<Record<FaultCode, number>> = {};
  const samples: Refusal[] = [];
  const logged = new Map<string, number>();
  let total = 0;
  return {
    note(refusal: Refusal): void {
      const { code, device, detail, atMs } = refusal;
      total += 1;
      counts[code] = (counts[code] ?? 0) + 1;
      samples.push({ ...refusal, detail: detail.slice(0, 300) });
      if (samples.length > samplesMax) samples.shift();
      const key = `${code} ${device ?? ''}`;
      const last = logged.get(key);
      if (last !== undefined && Math.abs(atMs - last) < logEveryMs) return;
      if (logged.size >= logKeysMax) logged.clear();
      logged.set(key, atMs);
      logger.warn({ code, device, detail: detail.slice(0, 300) }, 'Input refused.');
    },
    total: () => total,
    counts: (): Readonly<Partial<Record<FaultCode, number>>> => counts,
    samples: (): readonly Refusal[] => samples,
  };
}

export type Refusals = ReturnType<typeof createRefusals>;
