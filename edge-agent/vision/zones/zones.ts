import type { Point } from '../ground/ground.ts';
import type { Kind, Placed } from '../types.ts';
import { coverageOf, type View } from './coverage.ts';
import { borderM, isInside, polygonRefusal } from './polygon.ts';

export { coverageOf, type View } from './coverage.ts';
export { areaOf, borderM, cornersMax, isInside, polygonRefusal } from './polygon.ts';

/** A part of the ground that is watched: corners in metres, in order. */
export type Zone = { name: string; polygon: readonly Point[] };

/** A zone with the share of it that the camera can watch when nothing is wrong. */
export type WatchedZone = Zone & { coverage: number };
/** What zones are watched, and how. */
export type ZonesConfig = {
  zones: readonly WatchedZone[];
  /** Who is in a zone stays in it until this far outside: jitter at the border is no coming and going. */
  marginM: number;
  /** Whoever was not seen for this long has left. */
  lostMs: number;
  /** Time in a zone is not counted beyond this: nobody is known for longer. */
  dwellMaxMs: number;
};

/**
 * What holds where a site says nothing. Margin: 2 σ of a ground position (0.15 m, domain.md §3.6). A lost track has
 * been coasted for 1.5 s before. Ten minutes are more than any cycle of a signal, and too little to know anybody by.
 */
export const usualZones: Omit<ZonesConfig, 'zones'> = { marginM: 0.3, lostMs: 1000, dwellMaxMs: 600_000 };

type Member = { id: number; kind: Kind; sinceMs: number; seenAtMs: number };
/** All that zones remember: who has been in each since when, at most 256 in each. Plain numbers that can be stored. */
export type ZonesState = { atMs: number; zones: { name: string; members: Member[] }[] };
/** Nobody anywhere. */
export const emptyZones: ZonesState = { atMs: -1, zones: [] };

/** Kinds that are counted in zones. */
export const countedKinds = ['person', 'bicycle', 'vehicle'] as const;
export type Counts = Record<(typeof countedKinds)[number], number>;

/** What goes on among the people of a zone; absent is unknown, never zero. */
export type Going = {
  /** Direction in which people who walk go, counted from the x axis towards the y axis (0 to 360), if they agree. */
  directionDeg?: number;
  /** How much they agree: 1 all the same way, 0 as many each way. */
  agreement?: number;
  speedMedianMps?: number;
  speedSlowestMps?: number;
  /** Longest time anybody who is there now has been there, capped. */
  dwellMs: number;
};

/**
 * One zone at one instant. `coverage` is the share of it that is watched now; at 0 nobody can say who is there, and
 * counts are absent.
 */
export type ZoneView = { name: string; coverage: number; counts?: Counts } & Partial<Going>;

const membersMax = 256;
/** Slower than this one stands, and has no direction (domain.md §3.2: speed floor). */
const walksFromMps = 0.3;
/** Below this people go in all directions, and a mean of them is none. */
const agreementMin = 0.5;
const zonesMax = 64;

/** Zones ready to be watched by a camera, or what is wrong with them, in words. */
export function watchZones(zones: readonly Zone[], view: View): { zones: WatchedZone[] } | { refusal: string } {
  if (zones.length > zonesMax) return { refusal: `${zones.length} zones are given, at most ${zonesMax} are watched.` };
  const names = new Set<string>();
  for (const { name, polygon } of zones) {
    const refusal = names.has(name) ? 'Another zone has this name.' : polygonRefusal(polygon);
    if (refusal !== undefined) return { refusal: `Zone ${name}: ${refusal}` };
    names.add(name);
  }
  return { zones: zones.map((zone) => ({ ...zone, coverage: coverageOf(zone.polygon, view) })) };
}

function isIn(polygon: readonly Point[], at: Point, wasIn: boolean, marginM: number): boolean {
  return isInside(polygon, at) || (wasIn && borderM(polygon, at) <= marginM);
}

/** Who is in a zone now, and who was and is out of sight for a moment. */
function membersOf(zone: Zone, old: readonly Member[], event: ZonesEvent, config: ZonesConfig) {
  const known = new Map(old.map((member) => [member.id, member]));
  const here: Placed[] = [];
  const members: Member[] = [];
  const seen = new Set<number>();
  for (const each of event.placed) {
    const { id, kind, xM, yM } = each;
    if (seen.has(id) || !Number.isFinite(xM) || !Number.isFinite(yM)) continue;
    seen.add(id);
    const before = known.get(id);
    if (!isIn(zone.polygon, [xM, yM], before !== undefined, config.marginM) || members.length >= membersMax) continue;
    here.push(each);
    members.push({ id, kind, sinceMs: before?.sinceMs ?? event.atMs, seenAtMs: event.atMs });
  }
  const missing = old.filter(({ id, seenAtMs }) => !seen.has(id) && event.atMs - seenAtMs <= config.lostMs);
  return { here, members: [...members, ...missing].slice(0, membersMax) };
}

function median(sorted: readonly number[]): number | undefined {
  if (sorted.length === 0) return undefined;
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

function goingOf(
  here: readonly Placed[],
  members: readonly Member[],
  { atMs }: ZonesEvent,
  config: ZonesConfig,
): Going {
  const people = here.filter(
    ({ kind, vxMps, vyMps }) => kind === 'person' && vxMps !== undefined && vyMps !== undefined,
  );
  const speeds = people.map(({ vxMps, vyMps }) => Math.hypot(vxMps!, vyMps!)).sort((a, b) => a - b);
  const walking = people.filter(({ vxMps, vyMps }) => Math.hypot(vxMps!, vyMps!) >= walksFromMps);
  let [x, y] = [0, 0];
  for (const { vxMps, vyMps } of walking) {
    const speed = Math.hypot(vxMps!, vyMps!);
    x += vxMps! / speed / walking.length;
    y += vyMps! / speed / walking.length;
  }
  const agreement = walking.length === 0 ? undefined : Math.min(1, Math.hypot(x, y));
  const degrees = (Math.atan2(y, x) * 180) / Math.PI;
  const stays = members.filter(({ kind, seenAtMs }) => kind === 'person' && seenAtMs === atMs);
  return {
    directionDeg: agreement !== undefined && agreement >= agreementMin ? (degrees + 360) % 360 : undefined,
    agreement,
    speedMedianMps: median(speeds),
    speedSlowestMps: speeds[0],
    dwellMs: Math.min(config.dwellMaxMs, Math.max(0, ...stays.map(({ sinceMs }) => atMs - sinceMs))),
  };
}

/** Who is placed at an instant, and how far the camera can be trusted (`coverageFactor` of its supervision). */
export type ZonesEvent = { placed: readonly Placed[]; atMs: number; coverageFactor?: number };

function stepZone(
  zone: WatchedZone,
  old: readonly Member[],
  event: ZonesEvent & { factor: number },
  config: ZonesConfig,
) {
  const { name } = zone;
  const coverage = zone.coverage * event.factor;
  if (!(coverage > 0)) {
    const members = old.filter(({ seenAtMs }) => event.atMs - seenAtMs <= config.lostMs);
    return { next: { name, members }, view: { name, coverage: 0 } };
  }
  const { here, members } = membersOf(zone, old, event, config);
  const count = (kind: Kind) => here.filter((each) => each.kind === kind).length;
  const counts: Counts = { person: count('person'), bicycle: count('bicycle'), vehicle: count('vehicle') };
  return { next: { name, members }, view: { name, coverage, counts, ...goingOf(here, members, event, config) } };
}

/**
 * Who is in each zone after one more picture. While the camera is blind (factor 0) nobody is counted, and who was
 * there is remembered for as long as a lost track.
 */
export function stepZones(
  state: ZonesState,
  event: ZonesEvent,
  config: ZonesConfig,
): { state: ZonesState; zones: ZoneView[] } {
  const factor = Math.min(1, Math.max(0, event.coverageFactor ?? 1));
  // A clock that was set back leaves no time in a zone to be believed.
  const before = new Map(event.atMs < state.atMs ? [] : state.zones.map(({ name, members }) => [name, members]));
  const steps = config.zones.map((zone) => stepZone(zone, before.get(zone.name) ?? [], { ...event, factor }, config));
  return { state: { atMs: event.atMs, zones: steps.map(({ next }) => next) }, zones: steps.map(({ view }) => view) };
}
