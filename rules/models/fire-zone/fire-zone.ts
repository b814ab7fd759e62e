import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { checkZone, type FireZoneConfig, FireZoneFields, layoutOf, prepareZone, type ZoneInput } from './config.ts';
import { type Judgement, judge, levelReasons, serviceReasons } from './judgement.ts';
import { type Detector, emptyZone, isAtAlarm, isOn, type ZoneTrack } from './zone-state.ts';

/**
 * The zone logic of a fire panel over detectors and call points (domain.md §2.6): one detector at alarm alerts; two different
 * ones, heat class, or a call point confirm. Only what is confirmed may carry an act that cannot be taken back.
 *
 * Guarantees: more danger in any input never gives a lower level; silence and faults neither raise nor lower it, they are the
 * zone's `service`; a reset while the cause is present alarms again at once. The level follows the inputs, the alert latches.
 */
export type FireZoneState = TwoTracks<ZoneTrack>;
type Answer = ModelAnswer<ZoneTrack>;
type Reading = Extract<ModelEvent, { kind: 'reading' }>;

/** What stands is repeated this often, so that nobody takes it for stale (rules wait five minutes). */
const repeatMs = 60_000;
/** Reasons kept of a detector: the summary of the zone stands before them. */
const whyMax = 4;
const nothing: readonly string[] = [];

function hearDetector(before: Detector, { kind }: ZoneInput, { value, takenAtMs, why = nothing }: Reading): Detector {
  if (kind === 'service') {
    const serviceWhy = isOn(value) ? why.slice(-1) : nothing;
    const same = value === before.service && serviceWhy[0] === before.serviceWhy[0];
    return same ? before : { ...before, service: value, serviceWhy };
  }
  if (kind === 'isolated' || kind === 'verifying')
    return before[kind] === value ? before : { ...before, [kind]: value };
  if (kind === 'supported') {
    if (!isOn(value) && !isOn(before.supported ?? 0)) return before;
    const rest = isOn(before.level) ? before.why : nothing;
    return { ...before, supported: value, why: isOn(value) ? why.slice(0, whyMax) : rest };
  }
  const quiet = value === 0 && before.level === 0 && before.heat === 0;
  if (quiet) return before;
  const next = { ...before, [kind as 'heat' | 'level']: value };
  if (isOn(value)) next.why = why.slice(0, whyMax);
  else if (kind === 'level' && !isOn(before.supported ?? 0)) next.why = nothing;
  // An isolated detector is at alarm to itself, so that taking the key back finds the alarm as it is.
  if (!isAtAlarm({ ...next, isolated: 0 })) {
    // What a detector said last stands until it says something else: it was at alarm until this instant.
    if (next.sinceMs >= 0) next.alarmAtMs = takenAtMs;
    next.sinceMs = -1;
    return next;
  }
  return { ...next, sinceMs: next.sinceMs >= 0 ? next.sinceMs : takenAtMs, alarmAtMs: takenAtMs };
}

/** The key was turned: what is over is forgotten, what is present is judged as if it had just come. */
function resetTrack(track: ZoneTrack): ZoneTrack {
  const detectors = track.detectors.map((detector) =>
    isAtAlarm({ ...detector, isolated: 0 }) ? detector : { ...detector, alarmAtMs: -1 },
  );
  return { ...track, detectors, confirmed: false, said: { ...track.said, levelAtMs: -1 } };
}

/** A detector hears its channels one after the other and speaks after each: of what it says of one instant the worst counts. */
function isWorse({ detectors }: ZoneTrack, { kind, of }: ZoneInput, value: number): boolean {
  if (kind === 'supported') return value > (detectors[of]!.supported ?? 0);
  return (kind === 'heat' || kind === 'level') && value > detectors[of]![kind];
}

function hear(before: ZoneTrack, event: Reading, config: FireZoneConfig): ZoneTrack | undefined {
  const { input, value, takenAtMs } = event;
  const row = layoutOf(config)[input];
  if (row === undefined || !Number.isFinite(value) || takenAtMs < before.atMs[input]!) return undefined;
  if (takenAtMs === before.atMs[input] && !isWorse(before, row, value)) return undefined;
  const atMs = before.atMs.slice();
  atMs[input] = takenAtMs;
  const track = { ...before, atMs, nowMs: Math.max(before.nowMs, takenAtMs) };
  if (row.kind === 'callPoint') {
    track.pressed = before.pressed.slice();
    (track.pressed as number[])[row.of] = value;
  } else if (row.kind === 'reset') {
    track.reset = value;
    return isOn(value) && !isOn(before.reset) ? resetTrack(track) : track;
  } else {
    const known = before.detectors[row.of]!;
    const detector = hearDetector(known, row, event);
    if (detector !== known) {
      track.detectors = before.detectors.slice();
      (track.detectors as Detector[])[row.of] = detector;
    }
  }
  return track;
}

/**
 * Says one thing at a time, because reasons belong to all that is said together: first a level that changed, then a service
 * that changed, then what was said long ago. A level is repeated only when a detector has `seen`: its word that it is silent
 * must not make the level look fresh.
 */
function speak(track: ZoneTrack, judgement: Judgement, config: FireZoneConfig, seen: boolean): Answer {
  const { said, nowMs } = track;
  const { level, service, isolated } = judgement;
  const levelChanged = level !== said.level || said.levelAtMs < 0;
  const serviceChanged = service !== said.service || isolated !== said.isolated;
  if (levelChanged || (seen && !serviceChanged && nowMs - said.levelAtMs >= repeatMs)) {
    const over = said.level > 0 ? ['No detector and no call point of the zone says fire any more.'] : [];
    const present = [...levelReasons(track, config, judgement), ...serviceReasons(track, config)];
    const reasons = level > 0 ? present : over;
    return { state: { ...track, said: { ...said, level, levelAtMs: nowMs } }, outputs: { level }, reasons };
  }
  if (serviceChanged || nowMs - said.serviceAtMs >= repeatMs) {
    const next = { ...said, service, isolated, serviceAtMs: nowMs };
    return { state: { ...track, said: next }, outputs: { service, isolated }, reasons: serviceReasons(track, config) };
  }
  return { state: track };
}

function step(before: ZoneTrack, event: ModelEvent, config: FireZoneConfig): Answer {
  if (event.kind !== 'reading') return unchanged(before);
  const track = hear(before, event, config);
  if (track === undefined) return unchanged(before);
  const judgement = judge(track, config);
  track.confirmed = judgement.confirmed;
  return speak(track, judgement, config, layoutOf(config)[event.input]!.kind === 'level');
}

const tracks = twoTracks<ZoneTrack, FireZoneConfig>(emptyZone, step);

/** A fire detection zone. */
export const fireZone: ModelType<FireZoneState, FireZoneConfig> = {
  type: 'fire-zone',
  config: FireZoneFields,
  check: checkZone,
  prepare: prepareZone,
  inputs: (config) => ({ streams: layoutOf(config).map(({ stream }) => stream), trackDevices: [] }),
  outputs: ({ independent = true }) => [
    { channel: 'service', unit: '{state}' },
    { channel: 'isolated', unit: '1' },
    // Two channels of one device would confirm each other's fault, so nothing that cannot be taken back may rest on them.
    { channel: 'level', unit: '{state}', ...(independent ? { confirmedFrom: 3 } : {}) },
  ],
  initial: tracks.initial,
  step: tracks.step,
};
