import {
  type CommittedBatch,
  isUsable,
  type LatestReading,
  type RangeQuery,
  type SeriesKey,
  type SeriesStore,
} from '@tocsin/contracts';

/** One stored reading with the name of its series. */
export type StoredReading = LatestReading;

/** The port `SeriesStore` as a plain array (without files): the twin that says what every store must answer. */
export type MemorySeries = SeriesStore & { readings: StoredReading[] };

const matches = (one: SeriesKey, filter: Partial<SeriesKey> = {}) =>
  (filter.site === undefined || one.site === filter.site) &&
  (filter.device === undefined || one.device === filter.device) &&
  (filter.channel === undefined || one.channel === filter.channel);

/** Min, average, max and count of the usable readings, or of all where none is usable. */
function summary(readings: readonly StoredReading[]) {
  const usable = readings.filter(({ quality }) => isUsable(quality));
  const values = (usable.length > 0 ? usable : readings).map(({ value }) => value);
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    avg: values.reduce((sum, value) => sum + value, 0) / values.length,
    count: values.length,
    quality: readings.reduce((flags, { quality }) => flags | quality, 0),
  };
}

/** Opens an empty store. */
export function openMemorySeries(): MemorySeries {
  const readings: StoredReading[] = [];
  let through = 0;

  function take({ offset, site, series, columns }: CommittedBatch): void {
    if (offset <= through) return;
    through = offset;
    for (let i = 0; i < columns.series.length; i += 1)
      readings.push({
        site,
        ...series[columns.series[i]!]!,
        takenAtMs: Math.round(columns.takenAtMs[i]!),
        value: columns.value[i]!,
        quality: columns.quality[i]!,
      });
  }

  return {
    readings,
    async append(batches) {
      for (const batch of batches) take(batch);
    },
    cursor: async () => through,
    async latest(filter) {
      const newest = new Map<string, StoredReading>();
      for (const one of readings) {
        const key = `${one.site}/${one.device}/${one.channel}`;
        if (matches(one, filter) && one.takenAtMs >= (newest.get(key)?.takenAtMs ?? 0)) newest.set(key, one);
      }
      return [...newest.values()];
    },
    async range(query: RangeQuery) {
      const { fromMs, toMs, points } = query;
      const found = readings
        .filter((one) => matches(one, query) && one.takenAtMs >= fromMs && one.takenAtMs < toMs)
        .sort((a, b) => a.takenAtMs - b.takenAtMs);
      const raw = found.length <= points;
      const bucketMs = Math.max(1, Math.ceil((toMs - fromMs) / points));
      const buckets = new Map<number, StoredReading[]>();
      for (const [i, one] of found.entries()) {
        const key = raw ? i : Math.floor((one.takenAtMs - fromMs) / bucketMs);
        buckets.set(key, [...(buckets.get(key) ?? []), one]);
      }
      const rows = [...buckets].map(([key, ones]) => ({
        tMs: raw ? ones[0]!.takenAtMs : fromMs + key * bucketMs,
        ...summary(ones),
      }));
      return {
        unit: found.at(-1)?.unit ?? readings.filter((one) => matches(one, query)).at(-1)?.unit ?? '',
        bucketMs: raw ? null : bucketMs,
        tMs: rows.map(({ tMs }) => tMs),
        min: rows.map(({ min }) => min),
        avg: rows.map(({ avg }) => avg),
        max: rows.map(({ max }) => max),
        count: rows.map(({ count }) => count),
        quality: rows.map(({ quality }) => quality),
      };
    },
    export: async () => readings.length,
    async maintain() {},
    async close() {},
  };
}
