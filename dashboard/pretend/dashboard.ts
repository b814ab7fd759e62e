import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ledger, type LedgerEntry, type SeriesReader, silentLogger, systemClock } from '@tocsin/contracts';
import type { InjectOptions } from 'fastify';
import { createDashboard, type Dashboard, type DashboardOptions } from '../api/api.ts';
import { createPretendDesk, type PretendDesk } from './desk.ts';

/** A ledger in memory, without its chain of hashes. */
export function createPretendLedger(): Ledger {
  const entries: LedgerEntry[] = [];
  return {
    append({ body, ...given }) {
      const entry = { ...given, number: entries.length + 1, body: JSON.stringify(body), hash: '0'.repeat(64) };
      entries.push(entry);
      return entry;
    },
    entries: (after, limit) => entries.filter(({ number }) => number > after).slice(0, limit),
  };
}

/** Two channels of two sites, and an export of one line. */
export const pretendSeries: SeriesReader = {
  async latest(filter = {}) {
    const reading = { device: 'ext-1', channel: 'displacement', unit: 'mm', takenAtMs: 1_000, value: 4.2, quality: 0 };
    const all = ['hillside', 'mill-house'].map((site) => ({ site, ...reading }));
    return all.filter(({ site }) => filter.site === undefined || filter.site === site);
  },
  async range({ fromMs, points }) {
    const numbers = Array.from({ length: Math.min(points, 3) }, (_, index) => index);
    const columns = {
      min: numbers,
      avg: numbers,
      max: numbers,
      count: numbers.map(() => 1),
      quality: numbers.map(() => 0),
    };
    return { unit: 'mm', bucketMs: null, tMs: numbers.map((index) => fromMs + index * 1_000), ...columns };
  },
  async export(_query, format, path) {
    writeFileSync(path, format === 'csv' ? 'site,device\nhillside,ext-1\n' : 'PAR1');
    return 1;
  },
};

export type PretendDashboard = {
  dashboard: Dashboard;
  desk: PretendDesk;
  ledger: Ledger;
  dir: string;
  port: number;
  setupCode: string | undefined;
  close(): Promise<void>;
};

/** A running dashboard on loopback over a desk, ledger and series in memory, in a directory of its own unless one is given. */
export async function startPretendDashboard(
  given: Partial<DashboardOptions> & { desk?: PretendDesk; dir?: string } = {},
): Promise<PretendDashboard> {
  const desk = given.desk ?? createPretendDesk();
  const ledger = given.ledger ?? createPretendLedger();
  const dir = given.dir ?? mkdtempSync(join(tmpdir(), 'tocsin-dashboard-'));
  const dashboard = createDashboard({
    series: pretendSeries,
    clock: systemClock,
    logger: silentLogger,
    listen: { host: '127.0.0.1', port: 0 },
    usersFile: join(dir, 'users.sqlite'),
    exportDir: join(dir, 'exports'),
    ...given,
    desk,
    ledger,
  });
  const { port, setupCode } = await dashboard.start();
  const close = async () => {
    await dashboard.stop();
    if (given.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  return { dashboard, desk, ledger, dir, port, setupCode, close };
}

/** The headers a browser adds to the console's own requests. */
export const consoleHeaders = { origin: 'http://localhost:80', 'x-tocsin-console': '1' } as const;

type More = Pick<InjectOptions, 'headers' | 'payload' | 'remoteAddress'>;

/** The part of a browser that a test of the API needs: it keeps the cookie and sends the console's headers. */
export function pretendBrowser({ dashboard }: Pick<PretendDashboard, 'dashboard'>) {
  const jar: { cookie?: string } = {};
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, more: More = {}) => {
    const headers = { ...consoleHeaders, ...(jar.cookie ? { cookie: jar.cookie } : {}), ...more.headers };
    const answer = await dashboard.app.inject({ method, url, ...more, headers });
    const set = answer.headers['set-cookie'];
    if (typeof set === 'string') jar.cookie = set.split(';')[0]!;
    return answer;
  };
  return {
    jar,
    get: (url: string, more: More = {}) => ask('GET', url, more),
    post: (url: string, body: object, more: More = {}) => ask('POST', url, { payload: body, ...more }),
    delete: (url: string, more: More = {}) => ask('DELETE', url, more),
  };
}

export const goodPassword = 'seven quiet herons wade';
