import { type CameraTrouble, troubleWords } from '../../pipeline/trouble-words.ts';
import type { PipelineEvent } from '../../pipeline/types.ts';
import type { CameraConfig } from './config.ts';
import { cameraIntervalMs } from './device.ts';
import { type Sight, trust, watchesFire } from './sight-state.ts';

/** Every trouble a camera can have, as the trouble book calls them. */
const names = Object.keys(troubleWords).filter((name): name is CameraTrouble => /^(camera|vision)-/.test(name));
/** A single restart of the eyes is no news: a fresh process has loaded its model by then (measured: 0.3 s). */
const eyesFailMs = 2_000;
/** After a start what stood before is not taken back sooner: the slowest, a view that is like nothing known, is told after 60 s. */
const settleMs = 75_000;
/** A picture says something about now for this long, or for two and a half of the usual intervals. */
const glanceMs = ({ fps }: CameraConfig) => Math.max(1_500, 2_500 / fps);
/** True when less than `spanMs` lies between two instants; a clock that was set back makes the earlier one say nothing. */
export const isWithin = (spanMs: number, atMs: number, nowMs: number) => Math.abs(nowMs - atMs) < spanMs;

/** What is wrong now, by name. */
export function troublesOf(state: Sight, atMs: number): Map<CameraTrouble, string> {
  const { supervised, eyes, sourceWhy, misfit, unplaced } = state;
  const found = new Map<CameraTrouble, string>();
  for (const { name, detail } of supervised.troubles)
    found.set(
      `camera-${name}` as const,
      name === 'no-picture' && sourceWhy !== undefined ? `${detail} ${sourceWhy}` : detail,
    );
  // Whatever the reason, the remedy is the same: calibrate it anew.
  const astray = misfit ?? unplaced;
  if (astray !== undefined) found.set('camera-uncalibrated', astray);
  if (eyes !== undefined && atMs - eyes.sinceMs >= eyesFailMs) found.set('vision-failed', eyes.why);
  return found;
}

/** Troubles that began or ended; the numbers in a reason change all the time and are told once. */
export function tellTroubles(
  state: Sight,
  device: string,
  atMs: number,
): { told: Sight['told']; events: PipelineEvent[] } {
  const found = troublesOf(state, atMs);
  const events: PipelineEvent[] = [];
  const told: Record<string, string> = { ...state.told };
  for (const name of names) {
    const reason = found.get(name);
    const before = told[name];
    if (reason !== undefined ? before !== undefined && before !== '' : before === '') continue;
    if (reason === undefined && before === undefined && atMs - state.beganAtMs < settleMs) continue;
    told[name] = reason ?? '';
    events.push({ kind: 'trouble', name, device, reasons: reason === undefined ? [] : [reason.slice(0, 240)], atMs });
  }
  return { told, events };
}

type Value = [channel: string, value: number];

/** The newest picture while it says something about now and the camera is to be believed. */
function believedGlance(state: Sight, camera: CameraConfig, nowMs: number): Sight['glance'] {
  const { glance } = state;
  return glance !== undefined && trust(state) > 0 && isWithin(glanceMs(camera), glance.atMs, nowMs)
    ? glance
    : undefined;
}

/** What the channels say of a picture, or of none that can be believed; what cannot be known is left out. */
function valuesOf(state: Sight, camera: CameraConfig, glance: Sight['glance']): Value[] {
  const { framesPerSecond } = state;
  const zoneOf = (id: string) => glance?.zones.find(({ name }) => name === id);
  const zones = camera.calibration === undefined ? [] : camera.zones;
  // Zones that cannot be placed are not watched. Without any the whole picture is what is to be watched.
  const covered = zones.reduce((sum, { id }) => sum + (zoneOf(id)?.coverage ?? 0), 0);
  const share = camera.model !== 'none' && zones.length > 0 ? covered / zones.length : trust(state);
  const values: Value[] = [
    ['coverage', glance === undefined || state.unplaced !== undefined ? 0 : Math.round(share * 1000) / 10],
    ['frames', Math.round(framesPerSecond * 10) / 10],
  ];
  const sees = camera.model !== 'none';
  if (glance !== undefined && sees) {
    const count = (...kinds: string[]) =>
      glance.followed.filter(({ kind, isSeen }) => isSeen && kinds.includes(kind)).length;
    values.push(['people', count('person', 'bicycle')], ['vehicles', count('vehicle')]);
  }
  if (glance !== undefined && watchesFire(camera))
    for (const kind of ['flame', 'smoke'] as const) {
      const score = glance.fire[kind];
      if (score !== undefined) values.push([kind, Math.round(score * 1000) / 1000]);
    }
  if (sees)
    for (const { id } of zones) {
      const view = zoneOf(id);
      values.push([`${id}-coverage`, view === undefined ? 0 : Math.round(view.coverage * 1000) / 10]);
      if (view?.counts === undefined) continue;
      const { counts, dwellMs = 0, speedMedianMps, directionDeg } = view;
      values.push([`${id}-people`, counts.person + counts.bicycle], [`${id}-vehicles`, counts.vehicle]);
      values.push([`${id}-dwell`, Math.round(dwellMs / 100) / 10]);
      if (speedMedianMps !== undefined) values.push([`${id}-speed`, Math.round(speedMedianMps * 100) / 100]);
      if (directionDeg !== undefined) values.push([`${id}-direction`, Math.round(directionDeg)]);
    }
  return values;
}

/**
 * Readings of a second, or of this very picture when a zone was entered or left by everybody. They have the time of the picture they rest
 * on: a count with the time of a tick would be newer than the next picture, whose news would then come out of order.
 */
export function tellReadings(
  state: Sight,
  camera: CameraConfig,
  nowMs: number,
): { state: Pick<Sight, 'spokeAtMs' | 'busy'>; events: PipelineEvent[] } {
  const glance = believedGlance(state, camera, nowMs);
  const atMs = glance?.atMs ?? nowMs;
  const values = valuesOf(state, camera, glance);
  const busy: Record<string, boolean> = {};
  for (const [channel, value] of values) if (/people$|coverage$/.test(channel)) busy[channel] = value > 0;
  const isNews = Object.entries(busy).some(([channel, is]) => state.busy[channel] !== is);
  if (!isNews && isWithin(cameraIntervalMs, state.spokeAtMs, atMs))
    return { state: { spokeAtMs: state.spokeAtMs, busy: state.busy }, events: [] };
  const events = values.map(([channel, value]): PipelineEvent => {
    return { kind: 'reading', device: camera.id, channel, value, atMs, receivedAtMs: nowMs };
  });
  return { state: { spokeAtMs: atMs, busy: { ...state.busy, ...busy } }, events };
}
