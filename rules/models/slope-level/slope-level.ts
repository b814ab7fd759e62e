import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { dwellsOf, type SlopeLevelConfig, SlopeLevelFields } from './config.ts';
import { type Attention, type Evidence, sayEvidence, weigh } from './evidence.ts';
import { heardUntilMs, indicate, intervalOf, unheard, type Witness } from './witness.ts';

/**
 * The level of a slope (domain.md §1.8): 0 blue, 1 yellow, 2 orange, 3 red. A level is present when 2 of 3 consecutive samples
 * of a sensor show it, when two sensors show it within two intervals, when a sensor may raise red alone, or, for yellow, while
 * rain asks for attention. The level is the highest that is present or was, less than its dwell ago; so danger raises it at once,
 * and it falls straight to what is still within its own dwell. What was last heard of a silent sensor stays evidence, and time
 * in which no sensor is heard counts for no dwell: silence never lowers a level.
 */
export type SlopeLevelState = {
  witnesses: readonly Witness[];
  gauges: readonly Attention[];
  /** Newest time of a sample. */
  atMs: number;
  /** When yellow, orange and red were last present; -1 for never. */
  presentAtMs: readonly [number, number, number];
  level: number;
  said: { atMs: number; level: number; confidence: number; shown: string };
};

const red = 3;
/** Unchanged outputs are repeated every half interval, within these bounds. */
const repeatMinMs = 60_000;
const repeatMaxMs = 3_600_000;
/** Less is no change of confidence. */
const confidenceStep = 0.01;

const initial = ({ sensors, rain = [] }: SlopeLevelConfig): SlopeLevelState => ({
  witnesses: sensors.map(() => unheard),
  gauges: rain.map(() => ({ atMs: -1, on: false, why: [] })),
  atMs: -1,
  presentAtMs: [-1, -1, -1],
  level: 0,
  said: { atMs: -1, level: -1, confidence: -1, shown: '' },
});

/** The times levels were last present, put off by the time in which no sensor was heard. */
function putOff(state: SlopeLevelState, atMs: number, config: SlopeLevelConfig): SlopeLevelState['presentAtMs'] {
  const { presentAtMs, witnesses } = state;
  if (state.level === 0 || state.atMs < 0) return presentAtMs;
  let heardMs = state.atMs;
  for (const witness of witnesses) heardMs = Math.max(heardMs, heardUntilMs(witness, config.intervalMs));
  const silentMs = atMs - heardMs;
  if (silentMs <= 0) return presentAtMs;
  const [yellow, orange, reddest] = presentAtMs.map((ms) => (ms < 0 ? ms : Math.min(atMs, ms + silentMs)));
  return [yellow!, orange!, reddest!];
}

function withPresent(presentAtMs: SlopeLevelState['presentAtMs'], level: number, atMs: number) {
  if (level === 0) return presentAtMs;
  const [yellow, orange, reddest] = presentAtMs;
  const at = Math.max(atMs, yellow);
  return [at, level >= 2 ? at : orange, level >= red ? at : reddest] as const;
}

function levelOf(presentAtMs: SlopeLevelState['presentAtMs'], present: number, atMs: number, config: SlopeLevelConfig) {
  const dwells = dwellsOf(config);
  for (let level = red; level > present; level -= 1) {
    const lastMs = presentAtMs[level - 1]!;
    if (lastMs >= 0 && atMs - lastMs < dwells[level - 1]!) return level;
  }
  return present;
}

function quiet({ witnesses, gauges, level }: SlopeLevelState): boolean {
  if (level > 0) return false;
  for (const gauge of gauges) if (gauge.on) return false;
  for (const witness of witnesses) if (witness.alone || witness.levels.some((shown) => shown > 0)) return false;
  return true;
}

function due(state: SlopeLevelState, config: SlopeLevelConfig, atMs: number): boolean {
  let intervalMs = 0;
  for (const witness of state.witnesses) intervalMs = Math.max(intervalMs, intervalOf(witness, config.intervalMs));
  const repeatMs = Math.min(repeatMaxMs, Math.max(repeatMinMs, intervalMs / 2));
  return state.said.atMs < 0 || atMs - state.said.atMs >= repeatMs;
}

/** The state and what is said after a change at an instant. */
function judge(before: SlopeLevelState, atMs: number, config: SlopeLevelConfig): ModelAnswer<SlopeLevelState> {
  const nowMs = Math.max(before.atMs, atMs);
  if (quiet(before) && before.said.level === 0 && !due(before, config, nowMs))
    return { state: { ...before, atMs: nowMs } };
  const evidence = weigh(before.witnesses, before.gauges, nowMs, config);
  const presentAtMs = withPresent(before.presentAtMs, evidence.level, nowMs);
  const level = levelOf(presentAtMs, evidence.level, nowMs, config);
  const state: SlopeLevelState = { ...before, atMs: nowMs, presentAtMs, level };
  const shown = `${level} ${evidence.persists.join('')} ${evidence.alone.join()} ${evidence.heard.map(Number).join('')} ${Number(evidence.rain)}`;
  if (shown === before.said.shown && !due(before, config, nowMs)) return { state };
  return speak(state, evidence, { shown, config });
}

function speak(
  state: SlopeLevelState,
  evidence: Evidence,
  { shown, config }: { shown: string; config: SlopeLevelConfig },
): ModelAnswer<SlopeLevelState> {
  const { witnesses, gauges, level, atMs, presentAtMs } = state;
  const confidence = Math.round(evidence.confidence * 100) / 100;
  const absentMs = level > 0 ? atMs - presentAtMs[level - 1]! : 0;
  return {
    state: { ...state, said: { atMs, level, confidence, shown } },
    outputs: { confidence, level },
    reasons: sayEvidence(evidence, { witnesses, gauges, level, absentMs, nowMs: atMs, config }),
  };
}

type ReadingEvent = Extract<ModelEvent, { kind: 'reading' }>;

function hearSensor(state: SlopeLevelState, event: ReadingEvent, config: SlopeLevelConfig) {
  const i = event.input >> 1;
  const witness = state.witnesses[i]!;
  const { takenAtMs, value, why = [] } = event;
  if (takenAtMs <= witness.atMs) return unchanged(state);
  const about = (event.input & 1) === 0;
  const alone = value >= 1;
  // `alone` is heard before the indication of the same sample, so that red does not wait for it.
  if (about && alone === witness.alone) return unchanged(state);
  const level = Math.min(red, Math.max(0, Math.floor(value)));
  const heard = about
    ? { ...witness, alone, ...(alone ? { why: why.slice(0, 4), lookAtMs: -1 } : {}) }
    : indicate(witness, level, takenAtMs, why);
  const witnesses = state.witnesses.slice();
  witnesses[i] = heard;
  const after = { ...state, presentAtMs: putOff(state, takenAtMs, config), witnesses };
  // What ends is judged with the indication of the same sample.
  return about && !alone ? { state: after } : judge(after, takenAtMs, config);
}

function hearRain(state: SlopeLevelState, event: ReadingEvent, config: SlopeLevelConfig) {
  const { takenAtMs, value, why = [] } = event;
  const i = event.input - 2 * config.sensors.length;
  if (takenAtMs <= state.gauges[i]!.atMs) return unchanged(state);
  const on = value >= 1;
  const gauges = state.gauges.slice();
  gauges[i] = { atMs: takenAtMs, on, why: on ? why.slice(0, 2) : [] };
  const after = { ...state, gauges };
  // Rain may raise; only sensors say that a slope has calmed down.
  return on ? judge(after, takenAtMs, config) : { state: after };
}

/** Time that passes without a sample takes confidence away and nothing else. */
function hearTick(state: SlopeLevelState, atMs: number, config: SlopeLevelConfig): ModelAnswer<SlopeLevelState> {
  if (state.said.atMs < 0 || atMs <= state.atMs) return unchanged(state);
  let fresh = 0;
  for (const witness of state.witnesses) fresh += Number(heardUntilMs(witness, config.intervalMs) >= atMs);
  if (fresh === state.witnesses.length) return unchanged(state);
  const { confidence: exact } = weigh(state.witnesses, state.gauges, atMs, config);
  const confidence = Math.round(exact * 100) / 100;
  if (Math.abs(confidence - state.said.confidence) < confidenceStep) return unchanged(state);
  return { state: { ...state, said: { ...state.said, confidence } }, outputs: { confidence } };
}

function step(state: SlopeLevelState, event: ModelEvent, config: SlopeLevelConfig): ModelAnswer<SlopeLevelState> {
  if (event.kind === 'tick') return hearTick(state, event.atMs, config);
  if (event.kind !== 'reading') return unchanged(state);
  return event.input < 2 * config.sensors.length ? hearSensor(state, event, config) : hearRain(state, event, config);
}

/** The level of a slope from several sensors and rain: blue, yellow, orange, red. */
export const slopeLevel: ModelType<TwoTracks<SlopeLevelState>, SlopeLevelConfig> = {
  type: 'slope-level',
  config: SlopeLevelFields,
  check(config) {
    const [yellow, orange, reddest] = dwellsOf(config);
    return yellow > orange || orange > reddest
      ? [`/dwellRedMs: a worse level may not end sooner (${yellow}, ${orange}, ${reddest} ms); order the three dwells.`]
      : [];
  },
  prepare(config, site) {
    const streams = config.sensors.map((sensor) => `${sensor}/indication`);
    const known = streams.flatMap((stream) => site.intervalMsOf(stream) ?? []);
    const intervalMs = config.intervalMs ?? (known.length > 0 ? Math.max(...known) : undefined);
    const gauges = (config.rain ?? []).flatMap((stream) => site.intervalMsOf(stream) ?? []);
    const rainIntervalMs = gauges.length > 0 ? Math.max(...gauges) : undefined;
    return {
      ...config,
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(rainIntervalMs === undefined ? {} : { rainIntervalMs }),
    };
  },
  inputs: ({ sensors, rain = [] }) => ({
    streams: [...sensors.flatMap((sensor) => [`${sensor}/alone`, `${sensor}/indication`]), ...rain],
    trackDevices: [],
  }),
  outputs: () => [
    { channel: 'confidence', unit: '1' },
    { channel: 'level', unit: '{state}' },
  ],
  ...twoTracks(initial, step),
};
