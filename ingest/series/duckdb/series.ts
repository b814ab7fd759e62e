import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommittedBatch, LatestReading, SeriesKey } from '@tocsin/contracts';
import { rowsOf } from './database.ts';

/** A series as the store knows it. A channel whose unit was changed is a series of its own. */
export type Series = SeriesKey & { id: number; unit: string };

type Growing = { takenAtMs: Float64Array; value: Float64Array; quality: Uint8Array };

const grown = (from: Growing, size: number): Growing => {
  const to = { takenAtMs: new Float64Array(size), value: new Float64Array(size), quality: new Uint8Array(size) };
  to.takenAtMs.set(from.takenAtMs);
  to.value.set(from.value);
  to.quality.set(from.quality);
  return to;
};

/** The dictionary of series and the newest reading of each, in memory, so that neither appending nor `latest` searches for them. */
export async function loadSeries(connection: DuckDBConnection, seriesMax: number) {
  const all: Series[] = [];
  /** `site` → `device/channel/unit` → series. */
  const bySite = new Map<string, Map<string, Series>>();
  /** Tables come again with every batch of a site, so that most are looked up once. */
  const tables = new WeakMap<CommittedBatch['series'], { site: string; ids: Int32Array }>();
  let fresh: Series[] = [];
  let newest: Growing = {
    takenAtMs: new Float64Array(1_024),
    value: new Float64Array(1_024),
    quality: new Uint8Array(1_024),
  };

  function put(series: Series): void {
    let names = bySite.get(series.site);
    if (names === undefined) {
      names = new Map();
      bySite.set(series.site, names);
    }
    names.set(`${series.device}/${series.channel}/${series.unit}`, series);
    all[series.id] = series;
    if (series.id >= newest.value.length) newest = grown(newest, Math.max(series.id + 1, newest.value.length * 2));
    newest.takenAtMs[series.id] = Number.NEGATIVE_INFINITY;
  }

  for (const row of await rowsOf<Series>(connection, 'SELECT id, site, device, channel, unit FROM series')) put(row);
  const known = await rowsOf<{ id: number; t: number; v: number; q: number }>(
    connection,
    `SELECT series_id AS id, max(taken_at_ms)::DOUBLE AS t, arg_max(value, taken_at_ms) AS v,
            arg_max(quality, taken_at_ms) AS q
     FROM (FROM latest UNION ALL FROM reading) GROUP BY series_id`,
  );
  for (const { id, t, v, q } of known) {
    newest.takenAtMs[id] = t;
    newest.value[id] = v;
    newest.quality[id] = q;
  }

  return {
    /** Ids of a batch's series table; unknown ones are added while there is room, else 0. */
    idsOf({ site, series }: CommittedBatch): Int32Array {
      const remembered = tables.get(series);
      if (remembered?.site === site) return remembered.ids;
      const ids = new Int32Array(series.length);
      tables.set(series, { site, ids });
      const names = bySite.get(site);
      for (let s = 0; s < series.length; s += 1) {
        const { device, channel, unit } = series[s]!;
        let known = (names ?? bySite.get(site))?.get(`${device}/${channel}/${unit}`);
        if (known === undefined) {
          const id = Math.max(1, all.length);
          if (id > seriesMax) continue;
          known = { id, site, device, channel, unit };
          put(known);
          fresh.push(known);
        }
        ids[s] = known.id;
      }
      return ids;
    },
    /** Series that are not in the table yet; the caller inserts them in the transaction of their readings. */
    takeFresh(): Series[] {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    /** Takes the readings of a committed batch into `latest`; of two with one time the later to arrive counts. */
    note({ columns }: CommittedBatch, ids: Int32Array): void {
      const { series, takenAtMs, value, quality } = columns;
      const to = newest;
      for (let i = 0; i < series.length; i += 1) {
        const id = ids[series[i]!]!;
        const t = takenAtMs[i]!;
        if (t < to.takenAtMs[id]! || id === 0) continue;
        to.takenAtMs[id] = Math.round(t);
        to.value[id] = value[i]!;
        to.quality[id] = quality[i]!;
      }
    },
    latest({ site, device, channel }: Partial<SeriesKey> = {}): LatestReading[] {
      const found: LatestReading[] = [];
      const candidates = site === undefined ? all : (bySite.get(site)?.values() ?? []);
      for (const one of candidates) {
        if (one === undefined) continue;
        if ((device !== undefined && one.device !== device) || (channel !== undefined && one.channel !== channel))
          continue;
        const takenAtMs = newest.takenAtMs[one.id]!;
        if (takenAtMs === Number.NEGATIVE_INFINITY) continue;
        const { id, ...key } = one;
        found.push({ ...key, takenAtMs, value: newest.value[id]!, quality: newest.quality[id]! });
      }
      return newestUnitOnly(found);
    },
    /** Every series of one channel, the newest unit last. */
    of({ site, device, channel }: SeriesKey): Series[] {
      const names = bySite.get(site)?.values() ?? [];
      return [...names]
        .filter((one) => one.device === device && one.channel === channel)
        .sort((a, b) => newest.takenAtMs[a.id]! - newest.takenAtMs[b.id]! || a.id - b.id);
    },
    count: () => Math.max(0, all.length - 1),
  };
}

export type SeriesBook = Awaited<ReturnType<typeof loadSeries>>;

/** A channel whose unit changed shows its newest reading only. */
function newestUnitOnly(readings: LatestReading[]): LatestReading[] {
  const best = new Map<string, LatestReading>();
  for (const one of readings) {
    const key = `${one.site}/${one.device}/${one.channel}`;
    const had = best.get(key);
    if (had === undefined || one.takenAtMs >= had.takenAtMs) best.set(key, one);
  }
  return [...best.values()];
}
