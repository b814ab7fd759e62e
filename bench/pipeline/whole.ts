import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decider } from './decide.ts';
import { type Load, loadOf, startMs } from './load.ts';
import { openSpine } from './spine.ts';

const dayMs = 86_400_000;
/** Sites that send in turn; each has 100 series. */
export const sites = 100;

export type Rate = { perSecond: number; perCpuSecond: number };
export type PathRates = { acknowledged: Rate; queryable?: Rate };

/** What arrives in one turn of a busy event loop: 64 batches, or as many single readings as make a group. */
const perTurn = (batch: number) => (batch === 1 ? 1_024 : 64);

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A tenth of the load warms up; the rest is measured from the first message to the last acknowledgement, and to the last row in DuckDB. */
export async function runPath(load: Load, batch: number, withSeries: boolean): Promise<PathRates> {
  const { decide } = decider(sites);
  const spine = await openSpine({ sites, withSeries, decide, nowMs: startMs + dayMs });
  try {
    const warm = Math.floor(load.messages.length / 10);
    await spine.send(load.messages.slice(0, warm), perTurn(batch));
    if (withSeries) await spine.queryable();
    const measured = load.messages.slice(warm);
    const readings = measured.length * batch;
    const [began, cpu] = [performance.now(), cpuSeconds()];
    const rate = () => ({
      perSecond: (readings * 1_000) / (performance.now() - began),
      perCpuSecond: readings / (cpuSeconds() - cpu),
    });
    await spine.send(measured, perTurn(batch));
    const acknowledged = rate();
    if (!withSeries) return { acknowledged };
    await spine.queryable();
    const queryable = rate();
    const { batchesStored, readingsStored } = spine.ingest.counters();
    const stored = spine.writer!.stats().readings;
    if (batchesStored !== load.messages.length || readingsStored !== stored || stored !== load.readings)
      throw new Error(`Sent ${load.readings} readings, the log has ${readingsStored}, the series ${stored}.`);
    return { acknowledged, queryable };
  } finally {
    await spine.close();
  }
}

/** Closes a day of 1 Hz readings and answers the bytes on disk per reading, and how long closing took. */
export async function runDay(
  series: number,
): Promise<{ bytesPerReading: number; closeSeconds: number; readings: number }> {
  const daySites = series / 100;
  const load = loadOf({ readings: 86_400 * series - 100 * daySites, batch: 1_000, sites: daySites });
  const spine = await openSpine({ sites: daySites, withSeries: true, nowMs: startMs + dayMs + 7_200_000 });
  try {
    await spine.send(load.messages, 64);
    await spine.queryable();
    const began = performance.now();
    await spine.writer!.maintainNow();
    const closeSeconds = (performance.now() - began) / 1_000;
    const days = join(spine.dir, 'series', 'days');
    const files = readdirSync(days, { recursive: true }).map((name) => join(days, String(name)));
    const bytes = files.filter((name) => name.includes('raw-')).reduce((sum, name) => sum + statSync(name).size, 0);
    return { bytesPerReading: bytes / load.readings, closeSeconds, readings: load.readings };
  } finally {
    await spine.close();
  }
}
