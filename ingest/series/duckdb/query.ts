import type { DuckDBConnection } from '@duckdb/node-api';
import { converter, type RangeQuery, type RangeResult, unusableFlags } from '@tocsin/contracts';
import { type DayFile, dayMs, dayPath, type Kind, parquetOf } from './files.ts';
import type { Series } from './series.ts';

/**
 * One channel over a stretch of time, at most `points` buckets. A bucket speaks of its usable readings; where it has none it speaks of
 * the unusable ones, so that a sensor that is stuck or out of range is seen and not mistaken for a silent one. `quality` is the union of
 * the flags of all its readings, `count` the number of those that min, avg and max are made of. Stretches are half open: [fromMs, toMs).
 */
type Plan = { originMs: number; bucketMs: number; raw: DayFile[]; rolled: DayFile[] };

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Closed days are read as they came up to this many; beyond it the roll-ups answer when the buckets are coarse enough. */
const rawDaysMax = 2;

/** Which files answer: readings where they are few or the buckets fine, else the coarsest roll-up that fits, else whatever is left. */
export function planRange({ fromMs, toMs, points }: RangeQuery, files: readonly DayFile[]): Plan {
  const wantedMs = Math.max(1, Math.ceil((toMs - fromMs) / points));
  const byDay = new Map<number, Partial<Record<Kind, DayFile>>>();
  for (const file of files) {
    if ((file.day + 1) * dayMs <= fromMs || file.day * dayMs >= toMs) continue;
    byDay.set(file.day, { ...byDay.get(file.day), [file.kind]: file });
  }
  const many = byDay.size > rawDaysMax;
  const raw: DayFile[] = [];
  const rolled: DayFile[] = [];
  let unitMs = 1;
  for (const day of byDay.values()) {
    const coarse = wantedMs >= hourMs ? (day.hour ?? day.minute) : wantedMs >= minuteMs ? day.minute : undefined;
    const file = (many ? coarse : undefined) ?? day.raw ?? coarse ?? day.minute ?? day.hour;
    if (file === undefined) continue;
    if (file.kind === 'raw') raw.push(file);
    else {
      rolled.push(file);
      unitMs = Math.max(unitMs, file.kind === 'hour' ? hourMs : minuteMs);
    }
  }
  // Buckets made of roll-ups begin where roll-ups begin; the others begin where they were asked to.
  const originMs = Math.floor(fromMs / unitMs) * unitMs;
  const bucketMs = Math.ceil((toMs - originMs) / points / unitMs) * unitMs;
  return { originMs, bucketMs: Math.max(1, bucketMs), raw, rolled };
}

type Scale = { id: number; factor: number; shift: number };

/** Series of older units are shown in the newest unit where it measures the same; others are left out. */
function scalesOf(series: readonly Series[]): Scale[] {
  const unit = series.at(-1)!.unit;
  return series.flatMap(({ id, unit: from }) => {
    const convert = from === unit ? (value: number) => value : converter(from, unit);
    if (convert === undefined) return [];
    return [{ id, factor: convert(1) - convert(0), shift: convert(0) }];
  });
}

const scaled = (column: string, scales: readonly Scale[], times = '1') =>
  scales.every(({ factor, shift }) => factor === 1 && shift === 0)
    ? column
    : `(CASE series_id ${scales
        .map(({ id, factor, shift }) => `WHEN ${id} THEN ${column} * ${factor}::DOUBLE + ${shift}::DOUBLE * ${times}`)
        .join(' ')} END)`;

function sources({ fromMs, toMs }: RangeQuery, { originMs, raw, rolled }: Plan, dir: string, scales: readonly Scale[]) {
  const ids = scales.map(({ id }) => id).join(', ');
  const within = (column: string, from: number) =>
    `WHERE series_id IN (${ids}) AND ${column} >= ${Math.ceil(from)} AND ${column} < ${Math.ceil(toMs)}`;
  const value = scaled('value', scales);
  const one = (from: string) => `SELECT taken_at_ms AS t, ${value} AS lo, ${value} AS hi, ${value} AS total, 1 AS n,
    quality, (quality & ${unusableFlags}) = 0 AS usable FROM ${from} ${within('taken_at_ms', fromMs)}`;
  const readings = ['reading', ...(raw.length > 0 ? [parquetOf(raw.map((file) => dayPath(dir, file)))] : [])].map(one);
  if (rolled.length === 0) return readings;
  const rollups = `SELECT start_ms AS t, ${scaled('min', scales)} AS lo, ${scaled('max', scales)} AS hi,
    ${scaled('sum', scales, 'count')} AS total, count AS n, quality, usable
    FROM ${parquetOf(rolled.map((file) => dayPath(dir, file)))} ${within('start_ms', originMs)}`;
  return [...readings, rollups];
}

type Columns = [tMs: number[], min: number[], avg: number[], max: number[], count: number[], quality: number[]];

async function columnsOf(connection: DuckDBConnection, sql: string): Promise<Columns> {
  const columns = (await connection.runAndReadAll(sql)).getColumnsJS() as number[][];
  return [0, 1, 2, 3, 4, 5].map((i) => columns[i] ?? []) as Columns;
}

/** Answers a range from the hot table and the listed files. */
export async function queryRange(
  connection: DuckDBConnection,
  {
    query,
    series,
    files,
    dir,
  }: { query: RangeQuery; series: readonly Series[]; files: readonly DayFile[]; dir: string },
): Promise<RangeResult> {
  const unit = series.at(-1)?.unit ?? '';
  const nothing: RangeResult = { unit, bucketMs: null, tMs: [], min: [], avg: [], max: [], count: [], quality: [] };
  if (series.length === 0 || !(query.toMs > query.fromMs)) return nothing;
  const plan = planRange(query, files);
  const from = sources(query, plan, dir, scalesOf(series)).join(' UNION ALL ');
  const result = (bucketMs: number | null, [tMs, min, avg, max, count, quality]: Columns): RangeResult => ({
    unit,
    bucketMs,
    tMs,
    min,
    avg,
    max,
    count,
    quality,
  });
  if (plan.rolled.length === 0) {
    const rows = await columnsOf(
      connection,
      `SELECT t::DOUBLE, lo, lo, lo, n::DOUBLE, quality FROM (${from}) ORDER BY t LIMIT ${query.points + 1}`,
    );
    if (rows[0].length <= query.points) return result(null, rows);
  }
  const { originMs, bucketMs } = plan;
  const buckets = await columnsOf(
    connection,
    `SELECT (${originMs} + b * ${bucketMs})::DOUBLE, coalesce(min(lo) FILTER (usable), min(lo)),
       coalesce(sum(total) FILTER (usable) / sum(n) FILTER (usable), sum(total) / sum(n)),
       coalesce(max(hi) FILTER (usable), max(hi)), coalesce(sum(n) FILTER (usable), sum(n))::DOUBLE, bit_or(quality)
     FROM (SELECT *, floor((t - ${originMs}) / ${bucketMs}) AS b FROM (${from})) GROUP BY b ORDER BY b`,
  );
  return result(bucketMs, buckets);
}
