import { type Clock, Descriptor, Fault, type Logger, type SiteView, Status } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import type { SiteChannels } from '../judge.ts';
import { addDescription, readDescribed, writeDescribed } from './described.ts';
import { readJson } from './json.ts';
import { addSkew, type Skew, skewMsOf } from './skew.ts';
import { openSiteFile, type SitePayload } from './store.ts';

/**
 * What is known of every site: its description of itself, its state, when it was last heard and how far its clock is off. Descriptions and
 * states survive a restart of the cloud; news go out a few times a second at most, however much a site talks.
 */
export type Sites = {
  /** Takes a retained description; throws an input Fault and changes nothing when it does not fit. */
  descriptor(site: string, payload: Uint8Array): void;
  /** Takes a state, as `descriptor`; one that is news and says `online` is a sign of life. `receivedAtMs` defaults to now. */
  status(site: string, payload: Uint8Array, receivedAtMs?: number): void;
  /** Takes note of a batch; `sentAtMs` only of live ones, which tell the clock's skew. */
  heard(site: string, receivedAtMs: number, sentAtMs?: number): void;
  /** What the site ever said of its channels, or undefined while it said nothing. */
  channels(site: string): SiteChannels | undefined;
  view(site: string): SiteView | undefined;
  views(): SiteView[];
  /** Writes what changed to disk and tells `onSite`. */
  flush(onSite: (view: SiteView) => void): void;
  close(): void;
};

type SiteState = {
  descriptor?: Descriptor;
  status?: Status;
  channels?: SiteChannels;
  lastHeardAtMs?: number;
  skew?: Skew;
  toldAtMs: number;
};

type Options = { path: string; clock: Clock; logger: Logger; sitesMax?: number };

const checkDescriptor = Compile(Descriptor);
const checkStatus = Compile(Status);
/** A description of 4,096 devices with many channels fits; the broker's frame limit is the same. */
const payloadBytesMax = 1_048_576;
/** Being heard alone is told this often; changes of description or state at the next flush. */
const heardEveryMs = 10_000;
/** With thousands of sites being heard is told in turns, this many a flush, so that readers of the stream are not flooded. */
const heardPerFlushMax = 200;
/** A site whose first state says a time as near as this to ours says it now; a repeated old one says nothing. */
const freshWithinMs = 30_000;
/** Sites one cloud keeps in memory; more need a second partition (docs/scale). */
const defaultSitesMax = 50_000;

type Checker<T> = {
  Check(value: unknown): value is T;
  Errors(value: unknown): { instancePath: string; message: string }[];
};

function checked<T extends { site: string }>(site: string, payload: Uint8Array, schema: Checker<T>): T {
  if (payload.byteLength > payloadBytesMax)
    throw new Fault('PAYLOAD_TOO_LARGE', `${payload.byteLength} bytes of ${payloadBytesMax}.`);
  const value = readJson(payload);
  if ((value as { v?: unknown } | null)?.v !== 1) throw new Fault('VERSION_UNKNOWN', 'Known is v 1.');
  if (!schema.Check(value)) {
    const [error] = schema.Errors(value);
    throw new Fault('CONTRACT_BROKEN', `${error?.instancePath || '/'} ${error?.message ?? 'does not fit'}.`);
  }
  if (value.site !== site) throw new Fault('SITE_MISMATCH', `It names ${value.site}, its topic ${site}.`);
  return value;
}

/** Opens the file of sites and remembers what it holds; throws as `openSqlite` does. */
export function openSites({ path, clock, logger, sitesMax = defaultSitesMax }: Options): Sites {
  const file = openSiteFile(path, { clock, logger });
  const sites = new Map<string, SiteState>();
  const changed = new Set<string>();
  const unwritten = new Map<string, SitePayload>();
  const heardSince = new Set<string>();

  function stateOf(site: string): SiteState {
    let state = sites.get(site);
    if (state === undefined) {
      if (sites.size >= sitesMax) throw new Fault('TOO_MANY_REQUESTS', `${sitesMax} sites are known already.`);
      state = { toldAtMs: Number.NEGATIVE_INFINITY };
      sites.set(site, state);
    }
    return state;
  }

  function keep(site: string, leaf: SitePayload['leaf'], text: string): void {
    unwritten.set(`${site}/${leaf}`, { site, leaf, text });
  }

  function takeDescriptor(site: string, payload: Uint8Array): void {
    const descriptor = checked(site, payload, checkDescriptor as Checker<Descriptor>);
    const state = stateOf(site);
    const channels = addDescription(state.channels, descriptor);
    if (channels !== state.channels) keep(site, 'channels', writeDescribed(channels));
    state.channels = channels;
    state.descriptor = descriptor;
    changed.add(site);
    keep(site, 'descriptor', Buffer.from(payload).toString('utf8'));
  }

  function takeStatus(site: string, payload: Uint8Array): { before: Status | undefined; status: Status } {
    const status = checked(site, payload, checkStatus as Checker<Status>);
    const state = stateOf(site);
    const before = state.status;
    state.status = status;
    changed.add(site);
    keep(site, 'status', Buffer.from(payload).toString('utf8'));
    return { before, status };
  }

  function heard(site: string, receivedAtMs: number, sentAtMs?: number): void {
    const state = stateOf(site);
    if (state.lastHeardAtMs === undefined) changed.add(site);
    state.lastHeardAtMs = receivedAtMs;
    if (sentAtMs !== undefined) state.skew = addSkew(state.skew, sentAtMs, receivedAtMs);
    heardSince.add(site);
  }

  function takeKept({ site, leaf, text }: SitePayload): void {
    if (leaf === 'channels') stateOf(site).channels = readDescribed(text);
    else if (leaf === 'descriptor') takeDescriptor(site, Buffer.from(text));
    else takeStatus(site, Buffer.from(text));
  }

  function view(site: string): SiteView | undefined {
    const state = sites.get(site);
    if (state === undefined) return undefined;
    const { descriptor, status, lastHeardAtMs, skew } = state;
    return {
      site,
      ...(descriptor === undefined ? {} : { descriptor }),
      ...(status === undefined ? {} : { status }),
      ...(lastHeardAtMs === undefined ? {} : { lastHeardAtMs }),
      ...(skew === undefined ? {} : { skewMs: skewMsOf(skew) }),
    };
  }

  for (const kept of file.all()) {
    try {
      takeKept(kept);
    } catch (error) {
      const { site, leaf } = kept;
      logger.warn({ site, leaf, error }, 'sites: a kept description no longer fits and is ignored');
    }
  }
  unwritten.clear();

  return {
    descriptor: takeDescriptor,
    status(site, payload, receivedAtMs = clock.nowMs()) {
      const { before, status } = takeStatus(site, payload);
      const isNews =
        before === undefined ? Math.abs(receivedAtMs - status.atMs) <= freshWithinMs : status.atMs !== before.atMs;
      if (status.online && isNews) heard(site, receivedAtMs);
    },
    heard,
    channels: (site) => sites.get(site)?.channels,
    view,
    views: () => [...sites.keys()].map((site) => view(site)!),
    flush(onSite) {
      if (unwritten.size > 0 && file.write([...unwritten.values()])) unwritten.clear();
      const nowMs = clock.monotonicMs();
      let heard = 0;
      for (const site of heardSince) {
        if (heard >= heardPerFlushMax) break;
        if (nowMs - sites.get(site)!.toldAtMs < heardEveryMs) continue;
        changed.add(site);
        heard += 1;
      }
      for (const site of changed) {
        sites.get(site)!.toldAtMs = nowMs;
        heardSince.delete(site);
        onSite(view(site)!);
      }
      changed.clear();
    },
    close: () => file.close(),
  };
}
