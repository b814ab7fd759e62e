import type {
  ActuatorTruth,
  AlertDetail,
  AlertView,
  CameraState,
  LatestReading,
  RangeQuery,
  RangeResult,
  SiteView,
} from '@tocsin/contracts';

/** What the API refused or failed at, in words to show. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(status: number, said: { code?: string; message?: string; remedy?: string }) {
    super(said.message ?? 'The server did not answer.');
    this.status = status;
    this.code = said.code ?? 'UNREACHABLE';
    this.remedy = said.remedy;
  }
}

export type Me = {
  name: string;
  role: 'viewer' | 'dispatcher' | 'engineer' | 'admin';
  sites?: string[];
  nowMs: number;
};

/** A request that takes longer than this counts as failed; the stream tells about the server anyway. */
const timeoutMs = 10_000;

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { 'x-tocsin-console': '1' };
  if (body) headers['content-type'] = 'application/json';
  const sent = {
    method,
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
  const response = await fetch(path, sent).catch(() => undefined);
  if (!response) throw new Problem(0, { message: 'The server cannot be reached.', remedy: 'Try again in a moment.' });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, said);
  return said as T;
}

const queryOf = (values: Record<string, string | number | boolean | undefined>) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
};

/** Where a frame of an alert is fetched. */
export const pictureUrl = (key: string, sha256: string) => `/api/alerts/${key}/pictures/${sha256}`;

/** Where the still of an empty street is fetched; a new still has a new address. */
export const sceneUrl = (site: string, camera: string, sha256: string) =>
  `/api/sites/${site}/cameras/${camera}/scene${queryOf({ v: sha256 })}`;

/** Every question the console asks the server. */
export const api = {
  me: () => ask<Me>('GET', '/api/session'),
  logIn: (name: string, password: string) => ask<Me>('POST', '/api/session', { name, password }),
  logOut: () => ask<object>('DELETE', '/api/session'),
  setupNeeded: () => ask<{ needed: boolean }>('GET', '/api/setup'),
  setUp: (given: { code: string; name: string; password: string }) => ask<Me>('POST', '/api/setup', given),
  alerts: () => ask<{ atEventId: number; alerts: AlertView[] }>('GET', '/api/alerts?limit=2000'),
  alert: (key: string) => ask<AlertDetail>('GET', `/api/alerts/${key}`),
  acknowledge: (key: string, note: string) =>
    ask<AlertView>('POST', `/api/alerts/${key}/acknowledge`, note.trim() ? { note: note.trim() } : {}),
  reset: (key: string, note: string) => ask<AlertView>('POST', `/api/alerts/${key}/reset`, { note: note.trim() }),
  actuators: () => ask<{ actuators: ActuatorTruth[] }>('GET', '/api/actuators'),
  sites: () => ask<{ nowMs: number; sites: SiteView[] }>('GET', '/api/sites'),
  cameras: (site: string) => ask<{ nowMs: number; cameras: CameraState[] }>('GET', `/api/sites/${site}/cameras`),
  latest: (site: string) =>
    ask<{ nowMs: number; readings: LatestReading[] }>('GET', `/api/series/latest${queryOf({ site })}`),
  range: (query: RangeQuery) => ask<RangeResult>('GET', `/api/series/range${queryOf(query)}`),
};
