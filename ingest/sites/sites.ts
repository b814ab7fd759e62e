import { type Clock, Descriptor, Fault, type Logger, type SiteView, Status } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import type { ChannelLimits, SiteChannels } from '../judge.ts';
import { readJson } from './json.ts';
import { addSkew, type Skew, skewMsOf } from './skew.ts';
import { openSiteFile } from './store.ts';

/**
 * What is known of every site: its description of itself, its state, when it was last heard and how far its clock is off. Descriptions and
 * states survive a restart of the cloud; news go out a few times a second at most, however much a site talks.
 */
export type Sites = {
  /** Takes a retained description; throws an input Fault and changes nothing when it does not fit. */
  descriptor(site: string, payload: Uint8Array): void;
  /** Takes a retained state, as `descriptor`. */
  status(site: string, payload: Uint8Array): void;
  /** Takes note of a batch; `sentAtMs` only of live ones, which tell the clock's skew. */
  heard(site: string, receivedAtMs: number, sentAtMs?: number): void;
  /** What the site said of its channels, or undefined while it said nothing. */
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
/** Sites one cloud keeps in memory; more need a second partition (docs/scale). */
const defaultSitesMax = 50_000;

function channelsOf({ devices }: Descriptor): SiteChannels {
  const limitsOf = ({ unit, min = -Infinity, max = Infinity }: { unit: string; min?: number; max?: number }) =>
    ({ unit, min, max }) satisfies ChannelLimits;
  return new Map(
    devices.map(({ device, channels }) => [device, new Map(channels.map((one) => [one.channel, limitsOf(one)]))]),
  );
}

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
  const unwritten = new Map<string, { site: string; leaf: 'descriptor' | 'status'; text: string }>();
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

  function take(site: string, leaf: 'descriptor' | 'status', payload: Uint8Array): void {
    if (leaf === 'descriptor') {
      const descriptor = checked(site, payload, checkDescriptor as Checker<Descriptor>);
      Object.assign(stateOf(site), { descriptor, channels: channelsOf(descriptor) });
    } else stateOf(site).status = checked(site, payload, checkStatus as Checker<Status>);
    changed.add(site);
    unwritten.set(`${site}/${leaf}`, { site, leaf, text: Buffer.from(payload).toString('utf8') });
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

  for (const { site, leaf, text } of file.all()) {
    try {
      take(site, leaf, Buffer.from(text));
    } catch (error) {
      logger.warn({ site, leaf, error }, 'sites: a kept description no longer fits and is ignored');
    }
  }
  unwritten.clear();

  return {
    descriptor: (site, payload) => take(site, 'descriptor', payload),
    status: (site, payload) => take(site, 'status', payload),
    heard(site, receivedAtMs, sentAtMs) {
      const state = stateOf(site);
      if (state.lastHeardAtMs === undefined) changed.add(site);
      state.lastHeardAtMs = receivedAtMs;
      if (sentAtMs !== undefined) state.skew = addSkew(state.skew, sentAtMs, receivedAtMs);
      heardSince.add(site);
    },
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
