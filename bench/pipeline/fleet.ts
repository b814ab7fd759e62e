import { encodeBatch, topics } from '@tocsin/contracts';
import { progress } from '../harness/report.ts';
import { channel, siteName } from './load.ts';
import { openSpine } from './spine.ts';

export type FleetRow = { minute: number; 'RSS MiB': number; 'heap MiB': number; stored: number; 'behind s': number };

const readingsPerBatch = 10;
/** A quarter of the default, so that the store's cache is full early and growth of anything else is seen. */
const memoryLimitMb = 128;

/** A batch of ten readings of one site at one second; the bytes are made when they are sent, as a site would. */
function message(site: number, seq: number, atMs: number) {
  const series = Array.from({ length: readingsPerBatch }, (_, i) => ({ device: `sensor-${i}`, channel, unit: 'mm' }));
  return {
    topic: topics.up(siteName(site), 'live'),
    payload: Uint8Array.from(
      encodeBatch({
        site: siteName(site),
        epoch: 'bench',
        lane: 'live',
        seq,
        sentAtMs: atMs,
        series,
        columns: {
          series: Uint8Array.from(series, (_, i) => i),
          takenAtMs: new Float64Array(readingsPerBatch).fill(atMs),
          value: Float64Array.from(series, (_, i) => Math.round(100 * Math.sin(seq / 60 + i + site)) / 100),
          quality: new Uint8Array(readingsPerBatch),
        },
        events: [],
      }),
    ),
  };
}

/**
 * Many sites that each send one batch a second for some minutes; the log is trimmed behind the series, as in the cloud. Prints memory
 * each half minute, so that growth is seen, and how far the sending fell behind its own clock, so that a slow spine is seen too.
 */
export async function runFleet(sites: number, minutes: number): Promise<FleetRow[]> {
  const nowMs = Date.now();
  const spine = await openSpine({ sites: 0, withSeries: true, memoryLimitMb, nowMs });
  const rows: FleetRow[] = [];
  const began = performance.now();
  const seconds = Math.round(minutes * 60);
  const rowEverySeconds = Math.max(5, Math.min(30, Math.floor(seconds / 8)));
  try {
    for (let second = 1; second <= seconds; second += 1) {
      for (let first = 0; first < sites; first += 100) {
        const some = Array.from({ length: Math.min(100, sites - first) }, (_, i) =>
          message(first + i, second, nowMs - (seconds - second) * 1_000),
        );
        await spine.send(some, 100);
        const aheadMs = (second - 1 + first / sites) * 1_000 - (performance.now() - began);
        if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
      }
      if (second % rowEverySeconds !== 0) continue;
      spine.log.trim(await spine.writer!.cursor());
      const { rss, heapUsed } = process.memoryUsage();
      const row = {
        minute: Math.round((second / 60) * 100) / 100,
        'RSS MiB': Math.round(rss / 2 ** 20),
        'heap MiB': Math.round(heapUsed / 2 ** 20),
        stored: spine.ingest.counters().batchesStored,
        'behind s': Math.round(performance.now() - began - second * 1_000) / 1_000,
      };
      rows.push(row);
      progress(`fleet: ${JSON.stringify(row)}`);
    }
    await spine.queryable();
    const expected = sites * seconds;
    if (spine.acks() === 0 || spine.ingest.counters().batchesStored !== expected)
      throw new Error(`Sent ${expected} batches, stored ${spine.ingest.counters().batchesStored}.`);
    return rows;
  } finally {
    await spine.close();
  }
}
