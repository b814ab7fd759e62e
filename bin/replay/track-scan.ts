import { Fault } from '@tocsin/contracts';
import { type ReplaySource, replayRows } from './rows.ts';

/** A crossing in the metres of the tracks: the middles of its kerb lines and its width. */
export type CrossingPlace = { from: [number, number]; to: [number, number]; widthM: number };

/** What one look over recorded tracks tells before anything is decided on them. */
export type TrackScan = {
  people: number;
  firstAtMs: number;
  lastAtMs: number;
  /** The file itself says when it was; otherwise its times count from wherever the reader puts their zero. */
  isDated: boolean;
  /** Rows come in the order of their times; files that list one person after the other do not. */
  isSorted: boolean;
  /** Usual time between pictures. */
  frameMs: number;
  /** Median over all people of the fastest that each walked over two seconds; most of them stand somewhere too. */
  paceMps: number | undefined;
  /** A crossing laid through the tracks, or undefined when nobody walks anywhere. */
  place: CrossingPlace | undefined;
};

/** Positions kept for the extent; denser recordings are thinned evenly. */
const positionsMax = 200_000;
/** Somebody who ends less than this from where he began does not say where people walk. */
const walkedFromM = 2;
const paceOverMs = 2_000;
/** Shares of all positions between the kerbs: along the walk people are seen on both sides of the road too, across it a few stray. */
const alongShare = [0.1, 0.9] as const;
const acrossShare = [0.05, 0.95] as const;
/** Eight lanes of 3.5 m; longer crossings have an island and are two. */
const lengthMaxM = 28;
const lengthMinM = 3;
const widthMinM = 2;
const widthMaxM = 40;

type Spot = readonly [number, number];
type Way = {
  firstAtMs: number;
  lastAtMs: number;
  first: Spot;
  last: Spot;
  /** Where the pace is measured from, and the fastest so far in m/s; -1 before two seconds. */
  from: { atMs: number; spot: Spot };
  paceMps: number;
};

/** A person's way with one more position, however the file is sorted. */
function wayOn(way: Way | undefined, atMs: number, spot: Spot): Way {
  const from = { atMs, spot };
  if (way === undefined) return { firstAtMs: atMs, lastAtMs: atMs, first: spot, last: spot, from, paceMps: -1 };
  const next = { ...way };
  if (atMs > way.lastAtMs) [next.lastAtMs, next.last] = [atMs, spot];
  if (atMs < way.firstAtMs) [next.firstAtMs, next.first] = [atMs, spot];
  const overMs = atMs - way.from.atMs;
  if (overMs < 0) next.from = from;
  else if (overMs >= paceOverMs) {
    const [x, y] = way.from.spot;
    next.paceMps = Math.max(way.paceMps, (Math.hypot(spot[0] - x, spot[1] - y) / overMs) * 1000);
    next.from = from;
  }
  return next;
}

/** The value below which a share of the sorted numbers lies. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

const median = (values: number[]) =>
  quantile(
    values.sort((a, b) => a - b),
    0.5,
  );
const tenth = (value: number) => Math.round(value * 10) / 10 + 0;

/** Direction in which people get along, from where each began to where each ended; walking back is the same axis. */
function mainAxis(ways: readonly Way[]): [number, number] | undefined {
  let [xx, xy, yy] = [0, 0, 0];
  for (const { first, last } of ways) {
    const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
    if (Math.hypot(dx, dy) < walkedFromM) continue;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (xx + yy === 0) return undefined;
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return [Math.cos(angle), Math.sin(angle)];
}

function layCrossing(positions: readonly [number, number][], axis: [number, number]): CrossingPlace | undefined {
  const [ax, ay] = axis;
  const along = positions.map(([x, y]) => x * ax + y * ay).sort((a, b) => a - b);
  const across = positions.map(([x, y]) => y * ax - x * ay).sort((a, b) => a - b);
  let [near, far] = alongShare.map((share) => quantile(along, share)) as [number, number];
  if (far - near < lengthMinM) return undefined;
  const middle = (near + far) / 2;
  const half = Math.min(far - near, lengthMaxM) / 2;
  [near, far] = [middle - half, middle + half];
  const [left, right] = acrossShare.map((share) => quantile(across, share)) as [number, number];
  const side = (left + right) / 2;
  const point = (s: number): [number, number] => [tenth(s * ax - side * ay), tenth(s * ay + side * ax)];
  return { from: point(near), to: point(far), widthM: tenth(Math.min(widthMaxM, Math.max(widthMinM, right - left))) };
}

/** Reads the tracks once: who was there when, how often pictures came, and where people walked. */
export async function scanTracks(source: ReplaySource, tracksDevice: string): Promise<TrackScan> {
  const site = { devices: [{ id: tracksDevice, channels: [], tracks: {} }] } as never;
  const only: ReplaySource = { ...source, maps: [], tracks: { ...source.tracks!, device: tracksDevice } };
  const ways = new Map<number, Way>();
  const times = new Set<number>();
  let positions: [number, number][] = [];
  let [every, count] = [1, 0];
  let firstRowMs = 0;
  let before = Number.NEGATIVE_INFINITY;
  let isSorted = true;
  for await (const row of replayRows(only, site)) {
    if ('why' in row || row.track === undefined) continue;
    const { id, xM, yM } = row.track;
    if (count === 0) firstRowMs = row.atMs;
    times.add(row.atMs);
    if (row.atMs < before) isSorted = false;
    before = row.atMs;
    ways.set(id, wayOn(ways.get(id), row.atMs, [xM, yM]));
    if (count % every === 0) positions.push([xM, yM]);
    count += 1;
    if (positions.length < positionsMax) continue;
    positions = positions.filter((_, i) => i % 2 === 0);
    every *= 2;
  }
  if (count === 0)
    throw new Fault('PAYLOAD_MALFORMED', `${source.file}: no row holds a time, an id and a place.`, {
      remedy: 'Look at the columns given with --tracks TIME,ID,X,Y, counted from 1 or by their names.',
    });
  const sorted = [...times].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((atMs, i) => atMs - sorted[i]!);
  const paces = [...ways.values()].flatMap(({ paceMps }) => (paceMps < 0 ? [] : [paceMps]));
  const axis = mainAxis([...ways.values()]);
  return {
    people: ways.size,
    firstAtMs: sorted[0]!,
    lastAtMs: sorted.at(-1)!,
    isDated: firstRowMs === (await timeOfFirst({ ...only, startMs: source.startMs + 1 }, site)),
    isSorted,
    frameMs: gaps.length === 0 ? 1000 : median(gaps),
    paceMps: paces.length === 0 ? undefined : median(paces),
    place: axis && layCrossing(positions, axis),
  };
}

async function timeOfFirst(source: ReplaySource, site: never): Promise<number | undefined> {
  for await (const row of replayRows(source, site)) if (!('why' in row) && row.track) return row.atMs;
  return undefined;
}
