import { randomUUID } from 'node:crypto';
import type { ReadStream } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Fault, InstantMs, type Ledger, Name, type SeriesReader } from '@tocsin/contracts';
import Type from 'typebox';
import { demandAllSites, demandSite, personOf, sees } from '../access.ts';
import { type Api, answers, closed, Problem } from '../schemas.ts';

const pointsMax = 2_000;
/** A longer take-away is a job for the files themselves, which anyone may open with DuckDB. */
const exportSpanMaxMs = 31 * 86_400_000;
const exportsAtOnceMax = 2;
const exportName = /^export-[0-9a-f-]{36}\.(csv|parquet)$/;

const LatestQuery = Type.Object(
  { site: Type.Optional(Name), device: Type.Optional(Name), channel: Type.Optional(Name) },
  closed,
);
const Latest = Type.Object({
  nowMs: Type.Number(),
  readings: Type.Array(
    Type.Object({
      site: Name,
      device: Name,
      channel: Name,
      unit: Type.String(),
      takenAtMs: Type.Number(),
      value: Type.Number(),
      quality: Type.Integer(),
    }),
  ),
});
const RangeQuery = Type.Object(
  {
    site: Name,
    device: Name,
    channel: Name,
    fromMs: InstantMs,
    toMs: InstantMs,
    points: Type.Optional(Type.Integer({ minimum: 1, maximum: pointsMax })),
  },
  closed,
);
const Numbers = Type.Array(Type.Number());
const Range = Type.Object({
  unit: Type.String(),
  bucketMs: Type.Union([Type.Number(), Type.Null()]),
  tMs: Numbers,
  min: Numbers,
  avg: Numbers,
  max: Numbers,
  count: Numbers,
  quality: Numbers,
});
const ExportQuery = Type.Object(
  {
    format: Type.Unsafe<'csv' | 'parquet'>({ type: 'string', enum: ['csv', 'parquet'] }),
    site: Type.Optional(Name),
    device: Type.Optional(Name),
    channel: Type.Optional(Name),
    fromMs: InstantMs,
    toMs: InstantMs,
  },
  closed,
);

type Deps = { series: SeriesReader; ledger: Ledger; clock: Clock; exportDir: string };

/** Measured values: the newest of each channel, a stretch of one channel, and files to take away. */
export function seriesRoutes(app: Api, { series, ledger, clock, exportDir }: Deps): void {
  let exporting = 0;

  app.get(
    '/api/series/latest',
    { schema: { querystring: LatestQuery, response: answers(Latest) } },
    async (request) => {
      const user = personOf(request);
      if (request.query.site !== undefined) demandSite(user, request.query.site);
      const readings = await series.latest(request.query);
      return { nowMs: clock.nowMs(), readings: readings.filter(({ site }) => sees(user, site)) };
    },
  );

  app.get('/api/series/range', { schema: { querystring: RangeQuery, response: answers(Range) } }, (request) => {
    const { points = 500, ...query } = request.query;
    demandSite(personOf(request), query.site);
    demandSpan(query);
    return series.range({ ...query, points });
  });

  const File = Type.Unsafe<ReadStream>({ type: 'string', description: 'The file.' });
  const response = { 200: File, '4xx': Problem, '5xx': Problem };
  app.get('/api/series/export', { schema: { querystring: ExportQuery, response } }, async (request, reply) => {
    const user = personOf(request, 'engineer');
    const { format, ...query } = request.query;
    if (query.site === undefined) demandAllSites(user);
    else demandSite(user, query.site);
    demandSpan(query, exportSpanMaxMs);
    if (exporting >= exportsAtOnceMax) {
      throw new Fault('TOO_MANY_REQUESTS', 'Other exports are running.', { remedy: 'Try again when they are done.' });
    }
    exporting += 1;
    const path = join(exportDir, `export-${randomUUID()}.${format}`);
    try {
      await mkdir(exportDir, { recursive: true, mode: 0o700 });
      const readings = await series.export(query, format, path);
      const body = { act: 'series.export', format, readings, ...query };
      ledger.append({ atMs: clock.nowMs(), kind: 'operator', actor: user.name, body });
      const file = await open(path, 'r');
      const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet';
      void reply.header('content-disposition', `attachment; filename="tocsin-${query.site ?? 'all'}.${format}"`);
      return reply.type(type).send(file.createReadStream());
    } finally {
      exporting -= 1;
      // The open file stays readable; its name is gone before the first byte is sent, whether the reader finishes or not.
      await rm(path, { force: true });
    }
  });
}

/** Deletes exports that a crash left behind. */
export async function sweepExports(exportDir: string): Promise<void> {
  const names = await readdir(exportDir).catch(() => []);
  await Promise.all(
    names.filter((name) => exportName.test(name)).map((name) => rm(join(exportDir, name), { force: true })),
  );
}

function demandSpan({ fromMs, toMs }: { fromMs: number; toMs: number }, spanMaxMs = Number.POSITIVE_INFINITY): void {
  if (fromMs >= toMs) throw new Fault('CONTRACT_BROKEN', 'fromMs must lie before toMs.');
  if (toMs - fromMs > spanMaxMs) {
    const remedy = 'Ask for a shorter time, or open the Parquet files of the store.';
    throw new Fault('CONTRACT_BROKEN', `One export covers at most ${spanMaxMs / 86_400_000} days.`, { remedy });
  }
}
