import { Fault } from '@tocsin/contracts';
import type { SignalName } from '@tocsin/edge-agent/sensors';
import type { Site } from '@tocsin/edge-agent/site';
import type { SignalFeed } from './merge.ts';
import { siteFromPack } from './pack-site.ts';
import { streamsOf } from './recording-site.ts';
import { type ReplaySource, trackDevice } from './rows.ts';
import { readSignalLog, type SignalLog, type SignalLogOptions } from './signal-log.ts';
import { planChanges, planFor, type SignalPlan, sayPlan } from './signal-plan.ts';
import { type CrossingPlace, scanTracks, type TrackScan } from './track-scan.ts';

export type CrossingOptions = {
  /** The site whose rules decide; without one the crossing pack does. */
  site?: Site;
  facts: readonly string[];
  /** A controller's event log. */
  log?: Omit<SignalLogOptions, 'timeZone'>;
  /** The reader said when the recording began. */
  isStartGiven: boolean;
};

/**
 * A replay that is ready to run; `notes` are what the reader must know to believe it, `marks` go on every remark. `isDated` says that its
 * instants are dates of the file or of the log, and not counted from wherever second 0 was put.
 */
export type CrossingReplay = { source: ReplaySource; site: Site; notes: string[]; marks: object; isDated: boolean };

/** Devices of a site that is made for a recording. */
const camera = 'camera';
const signalDevice = 'signal';
/** What a log says is told again this often; a signal that is mapped from the rows of people is silent while there are none. */
const signalIntervalMs = 10_000;
const mappedIntervalMs = 60_000;
/** Tracks that outlive the log by less than a cycle need no word. */
const aloneFromMs = 120_000;
/** The fastest that most people walk lies well within these (domain.md §3.1; runners pass 3 m/s); outside them time or unit are wrong. */
const paceLimitsMps = [0.5, 4] as const;

/** Streams that the crossing of a site reads its signal from, and how often its devices speak. */
function signalStreams(site: Site): Omit<SignalFeed, 'changes' | 'untilMs'> {
  const model = site.models.find(({ type }) => type === 'crossing');
  if (model === undefined) {
    throw new Fault('ARGUMENT_INVALID', '--phases: the site has no model of type crossing to tell the phases to.', {
      remedy: 'Add one, or the pack crossing, or leave --site out.',
    });
  }
  const { phase, vehicle, preempt, buttons } = model as { [field: string]: unknown };
  const streams: [SignalName, unknown][] = [
    ['phase', phase],
    ['vehicle', vehicle],
    ['preempt', preempt],
    ['button', Array.isArray(buttons) ? buttons[0] : undefined],
  ];
  const heard = streams.filter((row): row is [SignalName, string] => typeof row[1] === 'string');
  const devices = new Set(heard.map(([, stream]) => stream.split('/')[0]));
  const intervals = site.devices.flatMap(({ id, intervalMs }) => (devices.has(id) ? [intervalMs] : []));
  return { streams: Object.fromEntries(heard), repeatMs: Math.min(...intervals, signalIntervalMs) };
}

const has = (facts: readonly string[], name: string) => facts.some((fact) => fact.startsWith(`${name}=`));

function pointOf(facts: readonly string[], name: string): [number, number] | undefined {
  const text = facts.find((fact) => fact.startsWith(`${name}=`))?.slice(name.length + 1);
  const numbers = text
    ?.replaceAll(/[[\]\s]/g, '')
    .split(',')
    .map(Number);
  return numbers?.length === 2 && numbers.every(Number.isFinite) ? (numbers as [number, number]) : undefined;
}

/** A picture may be lost without the camera being blind; the model's own limit is for cameras of 10 pictures a second. */
const blindIntervals = 2.5;
const blindAfterUsualMs = 1000;

type Seen = { scan?: TrackScan; log?: SignalLog; notes: string[] };

const clock = (atMs: number) => new Date(atMs).toISOString();
const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

/** Geometry as it was given, or laid through the tracks. */
function placeFacts(facts: readonly string[], scan: TrackScan | undefined, notes: string[]): string[] {
  if (['from', 'to', 'widthM'].some((name) => has(facts, name)) || scan === undefined) return [];
  if (scan.place === undefined) {
    throw new Fault('ARGUMENT_INVALID', 'Nobody in the tracks walks far enough to lay a crossing through them.', {
      remedy: 'Say where it is: --fact from=X,Y --fact to=X,Y --fact widthM=N, in metres of the tracks.',
    });
  }
  const { from, to, widthM }: CrossingPlace = scan.place;
  const made = [`from=${from.join(',')}`, `to=${to.join(',')}`, `widthM=${widthM}`];
  const lengthM = Math.hypot(to[0] - from[0], to[1] - from[1]).toFixed(1);
  notes.push(
    `The crossing is made up: ${lengthM} m long and ${widthM} m wide, laid along the way most people take. The real one is said with ${made.map((fact) => `--fact ${fact}`).join(' ')}.`,
  );
  return made;
}

function lengthOf(facts: readonly string[]): number {
  const [from, to] = [pointOf(facts, 'from'), pointOf(facts, 'to')];
  if (from !== undefined && to !== undefined) return Math.hypot(to[0] - from[0], to[1] - from[1]);
  throw new Fault('ARGUMENT_INVALID', 'Where the crossing is was not said.', {
    remedy: 'Give --fact from=X,Y --fact to=X,Y --fact widthM=N, in metres of the tracks.',
  });
}

/** Times that were given, else those of the log, else those that the rhythm and the length ask for. */
function timeFacts(given: readonly string[], { scan, log, notes }: Seen): { facts: string[]; plan: SignalPlan } {
  const facts: string[] = [];
  const clearance = given.find((fact) => fact.startsWith('clearanceMs='));
  const knownMs = clearance === undefined ? log?.clearanceMs : Number(clearance.slice('clearanceMs='.length));
  const plan = planFor({ lengthM: lengthOf(given), ...(knownMs === undefined ? {} : { clearanceMs: knownMs }) });
  if (clearance === undefined) {
    facts.push(`clearanceMs=${plan.clearanceMs}`);
    if (knownMs === undefined && log !== undefined)
      notes.push(`The log shows no whole clearance; ${seconds(plan.clearanceMs)} are taken, the length at 1.07 m/s.`);
  }
  if (log?.walkMs !== undefined && !has(given, 'walkMs')) facts.push(`walkMs=${log.walkMs}`);
  if (log !== undefined && facts.length > 0)
    notes.push(`As the log times them: ${facts.map((fact) => `--fact ${fact}`).join(' ')}.`);
  const blindAfterMs = Math.ceil((scan?.frameMs ?? 0) * blindIntervals);
  if (blindAfterMs > blindAfterUsualMs && !has(given, 'blindAfterMs')) {
    facts.push(`blindAfterMs=${blindAfterMs}`);
    notes.push(
      `Pictures come only every ${seconds(scan!.frameMs)}, so the camera counts as blind after ${seconds(blindAfterMs)} instead of ${seconds(blindAfterUsualMs)}.`,
    );
  }
  return { facts, plan };
}

/** The pack's site: geometry given or laid, times given, measured in the log or computed. */
function makeSite(source: ReplaySource, options: CrossingOptions, seen: Seen) {
  const { scan, log, notes } = seen;
  const placed = [...placeFacts(options.facts, scan, notes), ...options.facts];
  const { facts, plan } = timeFacts(placed, seen);
  const mapped = streamsOf(source.maps).map((stream) => ({ ...stream, intervalMs: mappedIntervalMs }));
  const hasPhase = mapped.some(({ channel }) => channel === 'phase');
  const isMadeUp = log === undefined && !hasPhase;
  if (isMadeUp) notes.push(`The signal is made up: ${sayPlan(plan)}. A real one is given with --phases FILE.`);
  const spoken: readonly SignalName[] = isMadeUp
    ? ['phase', 'vehicle']
    : (log?.changes.map(({ signal }) => signal) ?? []);
  const streams = [...new Set(spoken)]
    .filter((signal) => !mapped.some(({ channel }) => channel === signal))
    .map((channel) => ({ device: signalDevice, channel, unit: '{state}', intervalMs: signalIntervalMs }));
  const site = siteFromPack({
    pack: 'crossing',
    facts: [...facts, ...placed],
    streams: [...mapped, ...streams],
    trackDevices: [{ device: source.tracks?.device ?? camera, intervalMs: scan?.frameMs ?? 1000 }],
    timeZone: source.timeZone,
  });
  const feed = Object.fromEntries(streams.map(({ channel }) => [channel, `${signalDevice}/${channel}`]));
  return { site, plan: isMadeUp ? plan : undefined, feed: feed as Partial<Record<SignalName, string>> };
}

/** Times without a date are placed where the log has its first walk, because people cross then. */
function placeInTime(source: ReplaySource, scan: TrackScan, log: SignalLog, options: CrossingOptions, notes: string[]) {
  const isPlaced = !scan.isDated && !options.isStartGiven;
  const shiftMs = isPlaced ? log.firstWalkAtMs - scan.firstAtMs : 0;
  if (isPlaced)
    notes.push(
      `The tracks have no date, so their first picture is placed at the first walk of the log, ${clock(log.firstWalkAtMs)}: people and signal were not recorded together. --start says when second 0 of the tracks really was.`,
    );
  const [firstAtMs, lastAtMs] = [scan.firstAtMs + shiftMs, scan.lastAtMs + shiftMs];
  if (lastAtMs < log.firstAtMs || firstAtMs > log.lastAtMs)
    notes.push(
      `The tracks (${clock(firstAtMs)} to ${clock(lastAtMs)}) and the log (${clock(log.firstAtMs)} to ${clock(log.lastAtMs)}) do not meet in time.`,
    );
  else if (lastAtMs > log.lastAtMs + aloneFromMs)
    notes.push(
      `The log ends at ${clock(log.lastAtMs)}; for the ${seconds(lastAtMs - log.lastAtMs)} after it nobody knows the phase.`,
    );
  return { source: { ...source, startMs: source.startMs + shiftMs }, scan: { ...scan, firstAtMs, lastAtMs } };
}

function sayPace({ paceMps }: TrackScan, notes: string[]): void {
  if (paceMps === undefined || (paceMps >= paceLimitsMps[0] && paceMps <= paceLimitsMps[1])) return;
  notes.push(
    `At their fastest most people make ${Number(paceMps.toPrecision(2))} m/s in these tracks, which is no walk: look at --fps, at the unit of the time column and at the unit of X and Y.`,
  );
}

/** Prepares tracks, a controller's log, or both for a replay; without a site the crossing pack decides. */
export async function prepareCrossing(given: ReplaySource, options: CrossingOptions): Promise<CrossingReplay> {
  const notes: string[] = [];
  let source = given;
  const { timeZone } = source;
  if (source.file === '' && options.site === undefined)
    throw new Fault('ARGUMENT_INVALID', 'A log alone says when people may cross, and shows nobody who does.', {
      remedy: 'Give --tracks TIME,ID,X,Y FILE beside it, or --site SITE.yaml.',
    });
  const log = options.log && (await readSignalLog({ ...options.log, timeZone }));
  if (log !== undefined) {
    const { source: of, walks } = log;
    const vehicle = of.vehiclePhase === undefined ? '' : `, vehicles of phase ${of.vehiclePhase}`;
    notes.push(
      `Log: pedestrian phase ${of.phase}${vehicle}, ${walks} ${walks === 1 ? 'walk' : 'walks'}, ${clock(log.firstAtMs)} to ${clock(log.lastAtMs)}.`,
    );
    notes.push(...log.notes);
    const [bad] = log.refused;
    if (bad !== undefined)
      notes.push(`${log.refused.length} lines of the log cannot be read, the first is line ${bad.line}: ${bad.why}.`);
  }
  let scan: TrackScan | undefined;
  if (source.tracks !== undefined) {
    const device =
      options.site === undefined ? (source.tracks.device ?? camera) : trackDevice(options.site, source.tracks.device);
    scan = await scanTracks(source, device);
    source = { ...source, pictures: { isSorted: scan.isSorted, everyMs: scan.frameMs } };
    sayPace(scan, notes);
    if (log !== undefined) ({ source, scan } = placeInTime(source, scan, log, options, notes));
  }
  const isDated = log !== undefined || scan?.isDated === true;
  if (options.site !== undefined) {
    if (log !== undefined)
      source = { ...source, signal: { changes: log.changes, untilMs: log.lastAtMs, ...signalStreams(options.site) } };
    return { source, site: options.site, notes, marks: {}, isDated };
  }
  const { site, plan, feed } = makeSite(source, options, { scan, log, notes });
  if (log !== undefined)
    source = {
      ...source,
      signal: { changes: log.changes, untilMs: log.lastAtMs, streams: feed, repeatMs: signalIntervalMs },
    };
  else if (plan !== undefined)
    source = {
      ...source,
      signal: {
        changes: planChanges(plan, scan?.firstAtMs ?? source.startMs),
        untilMs: Number.POSITIVE_INFINITY,
        streams: feed,
        repeatMs: signalIntervalMs,
      },
    };
  return { source, site, notes, marks: plan === undefined ? {} : { signal: 'made up' }, isDated };
}
