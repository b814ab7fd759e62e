import type { ModelAnswer, ModelEvent, ModelOutput, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { seeCo2 } from './carbon-dioxide.ts';
import { seeCo } from './carbon-monoxide.ts';
import {
  type ChannelKind,
  channelsOf,
  checkFire,
  type FireConfig,
  FireFields,
  type FirePlan,
  planOf,
  prepareFire,
  sightsOf,
} from './config.ts';
import { emptyTrack, type FireTrack, type Places, type Said } from './fire-state.ts';
import { toDbPerM, toPctPerM } from './obscuration.ts';
import { tickPresence } from './presence.ts';
import { reasonsOf, sayOptical } from './reasons.ts';
import { type Service, serviceOf } from './service.ts';
import { isOptical, noSight, type SightKind, seeLook, supportOf } from './sight.ts';
import { seeSmoke } from './smoke.ts';
import { seeTemperature } from './temperature.ts';
import { signsOf, vote } from './verdict.ts';

/**
 * One detector place with temperature, smoke and CO in any subset, and CO2 beside them: heat by EN 54-5 class, smoke over a
 * base line that follows dirt, CO by dose and as a sign of fire, and the vote of domain.md §2.4.
 *
 * Guarantees: a missing channel never lowers the level; from the same state a higher reading never answers a lower level; a
 * fire that grows faster in every channel is an alarm no later. Late readings have a track of their own. A camera may bring a level
 * forward; whatever it says, no level is lower or ends sooner for it, and without another sign there is none.
 */
export type FireState = TwoTracks<FireTrack>;
type Answer = ModelAnswer<FireTrack>;

/** Everything is repeated this often, at any level, so that nobody takes it for stale (rules wait five minutes). */
const repeatMs = 120_000;
/** Numbers that changed materially are told at most this often. */
const tellMs = 10_000;
/** Changes that matter to a reader: a third of the rise that supports smoke, a twentieth of an alarm level. */
const material = { riseKPerMin: 1, smokeShare: 0.05, coPpm: 5, dose: 0.05, confidence: 0.05 };

const heatOf = ({ temperature }: FireTrack) => (temperature.heat === 2 ? 1 : 0);
const verifyingOf = ({ vote: { verifySinceMs } }: FireTrack) => (verifySinceMs >= 0 ? 1 : 0);
const smokeDbOf = ({ smoke }: FireTrack) => Math.max(0, smoke.mean - smoke.base);
const coPpmOf = ({ co }: FireTrack) => Math.max(0, co.filtered - co.base);

/** The level with the support of a camera where there is one; never below that of the channels alone. */
const levelOf = ({ vote, sight }: FireTrack) =>
  sight === undefined ? vote.level : Math.max(vote.level, sight.vote.level);

/** What there is to say now. */
function sayingOf(track: FireTrack, service: Service, atMs: number): Said {
  return {
    atMs,
    level: levelOf(track),
    heat: heatOf(track),
    verifying: verifyingOf(track),
    service: service.state,
    confidence: service.confidence,
    riseKPerMin: track.temperature.riseKPerMin,
    smokeDb: smokeDbOf(track),
    coPpm: coPpmOf(track),
    dose: track.co.dose,
    driftDb: track.smoke.base,
  };
}

/** True when it has to be said: a state changed, a number changed materially, or it was said long ago. */
function isNews(said: Said, track: FireTrack, service: Service, { alarmDb }: FirePlan): boolean {
  if (said.atMs < 0 || said.level !== levelOf(track) || said.heat !== heatOf(track)) return true;
  if (track.sight !== undefined && track.sight.said.own !== track.vote.level) return true;
  if (said.service !== service.state || said.verifying !== verifyingOf(track)) return true;
  const sinceMs = track.nowMs - said.atMs;
  if (sinceMs < tellMs) return false;
  return (
    sinceMs >= repeatMs ||
    Math.abs(track.temperature.riseKPerMin - said.riseKPerMin) >= material.riseKPerMin ||
    Math.abs(smokeDbOf(track) - said.smokeDb) >= material.smokeShare * alarmDb ||
    Math.abs(track.smoke.base - said.driftDb) >= material.smokeShare * alarmDb ||
    Math.abs(coPpmOf(track) - said.coPpm) >= material.coPpm ||
    Math.abs(track.co.dose - said.dose) >= material.dose ||
    Math.abs(service.confidence - said.confidence) >= material.confidence
  );
}

/** The outputs of the channels that are there; `own` and `heat` stand before `level`, as listeners hear them in this order. */
function outputsOf(now: Said, own: number, { has, sights, alarmDb, verify }: FirePlan): Record<string, number> {
  const outputs: Record<string, number> = {};
  if (has.temperature) outputs.rise = now.riseKPerMin;
  if (has.smoke) outputs.smoke = toPctPerM(now.smokeDb);
  if (has.co) {
    outputs.co = now.coPpm;
    outputs.dose = now.dose;
  }
  if (has.smoke) outputs.drift = (100 * now.driftDb) / alarmDb;
  outputs.service = now.service;
  outputs.confidence = now.confidence;
  if (has.smoke && verify) outputs.verifying = now.verifying;
  if (sights.length > 0) outputs.own = own;
  if (has.temperature) outputs.heat = now.heat;
  outputs.level = now.level;
  return outputs;
}

/** The clock that tells silence: the agent's where it ticks, else the newest sample. */
function clockOf({ presence, nowMs }: FireTrack): number {
  return presence.tickMs >= 0 ? presence.tickMs : nowMs;
}

type Reading = Extract<ModelEvent, { kind: 'reading' }>;

/** Newest sample of a channel; written out, because reading a field by a name that varies is slow. */
function newestMs({ temperature, smoke, co, co2 }: Places, kind: ChannelKind): number {
  if (kind === 'temperature') return temperature.atMs;
  if (kind === 'smoke') return smoke.atMs;
  return kind === 'co' ? co.atMs : co2.atMs;
}

function onReading(before: FireTrack, event: Reading, plan: FirePlan): Answer {
  const { input, value: read, takenAtMs: atMs } = event;
  const kind = plan.kinds[input];
  if (kind === undefined) return onSight(before, plan.sights[input - plan.kinds.length], event, plan);
  if (atMs <= newestMs(before, kind) || !Number.isFinite(read)) return unchanged(before);
  // Adding nothing turns -0, which JSON does not know, into 0.
  const value = read + 0;
  const { temperature, smoke, co, co2 } = before;
  const track: FireTrack = {
    temperature: kind === 'temperature' ? seeTemperature(temperature, { cel: value, atMs }, plan) : temperature,
    smoke: kind === 'smoke' ? seeSmoke(smoke, toDbPerM(value, plan.smokeUnit), atMs, plan) : smoke,
    co: kind === 'co' ? seeCo(co, { ppm: value, atMs }, plan) : co,
    co2: kind === 'co2' ? seeCo2(co2, value, atMs, plan.usualMs.co2) : co2,
    startedAtMs: before.startedAtMs < 0 ? atMs : before.startedAtMs,
    nowMs: Math.max(before.nowMs, atMs),
    presence: before.presence,
    vote: before.vote,
    said: before.said,
  };
  track.vote = vote(before.vote, track, smoke, plan);
  if (before.sight !== undefined) {
    const support = supportOf(before.sight, track.nowMs);
    track.sight = { ...before.sight, vote: vote(before.sight.vote, { ...track, support }, smoke, plan) };
  }
  const service = serviceOf(track, plan, clockOf(track));
  if (!isNews(before.said, track, service, plan)) return { state: track };
  track.said = sayingOf(track, service, track.nowMs);
  if (track.sight !== undefined) track.sight.said = { ...track.sight.said, own: track.vote.level };
  const outputs = outputsOf(track.said, track.vote.level, plan);
  return { state: track, outputs, reasons: why(track, plan, clockOf(track)) };
}

function why(track: FireTrack, plan: FirePlan, clockMs: number): readonly string[] {
  const quiet = levelOf(track) === 0 && track.said.service === 0 && track.smoke.still.movedAtMs < 0;
  return quiet ? [] : reasonsOf(track, plan, { signs: signsOf(track, plan), nowMs: clockMs });
}

/**
 * A word of the camera. It moves no clock and makes no vote: the next sample of a channel does. What it shows by itself is told at
 * once, and repeated as everything is.
 */
function onSight(
  before: FireTrack,
  kind: SightKind | undefined,
  { value, takenAtMs }: Reading,
  plan: FirePlan,
): Answer {
  const sight = before.sight ?? noSight;
  if (kind === undefined || takenAtMs <= sight[kind].atMs || !Number.isFinite(value)) return unchanged(before);
  const after = { ...sight, [kind]: seeLook(sight[kind], value + 0, takenAtMs, plan.holdMs) };
  const optical = isOptical(after, takenAtMs) ? 1 : 0;
  const { said } = sight;
  if (optical === said.optical && takenAtMs - said.opticalAtMs < repeatMs)
    return { state: { ...before, sight: after } };
  after.said = { ...said, optical, opticalAtMs: takenAtMs };
  const reasons = optical === 1 ? sayOptical(after, takenAtMs) : [];
  return { state: { ...before, sight: after }, outputs: { optical }, reasons };
}

/** Time alone tells only that channels are missing. The level is not repeated: nothing was seen that would renew it. */
function onTick(before: FireTrack, atMs: number, plan: FirePlan): Answer {
  const presence = tickPresence(before.presence, before, atMs);
  const startedAtMs = before.startedAtMs < 0 ? atMs : before.startedAtMs;
  const track: FireTrack = presence === before.presence ? before : { ...before, presence, startedAtMs };
  const service = serviceOf(track, plan, atMs);
  const { said } = before;
  const news = service.state !== said.service || Math.abs(service.confidence - said.confidence) >= material.confidence;
  if (!news || (said.atMs < 0 && service.state === 0)) return track === before ? unchanged(before) : { state: track };
  const state = { ...track, said: { ...said, service: service.state, confidence: service.confidence } };
  return {
    state,
    outputs: { service: service.state, confidence: service.confidence },
    reasons: why(state, plan, atMs),
  };
}

const tracks = twoTracks<FireTrack, FireConfig>(
  (config) => (planOf(config).sights.length > 0 ? { ...emptyTrack, sight: noSight } : emptyTrack),
  (state, event, config) => {
    if (event.kind === 'reading') return onReading(state, event, planOf(config));
    return event.kind === 'tick' ? onTick(state, event.atMs, planOf(config)) : unchanged(state);
  },
);

const units: Record<ChannelKind, string | undefined> = {
  temperature: 'Cel',
  smoke: undefined,
  co: '[ppm]',
  co2: '[ppm]',
};

const allOutputs: ModelOutput[] = [
  { channel: 'rise', unit: 'Cel/min' },
  { channel: 'smoke', unit: '%/m' },
  { channel: 'co', unit: '[ppm]' },
  { channel: 'dose', unit: '1' },
  { channel: 'drift', unit: '%' },
  { channel: 'service', unit: '{state}' },
  { channel: 'confidence', unit: '1' },
  { channel: 'verifying', unit: '{state}' },
  { channel: 'optical', unit: '{optical}' },
  { channel: 'own', unit: '{state}' },
  { channel: 'heat', unit: '{state}' },
  { channel: 'level', unit: '{state}' },
];
const needs: Record<string, ChannelKind> = {
  rise: 'temperature',
  smoke: 'smoke',
  co: 'co',
  dose: 'co',
  drift: 'smoke',
  verifying: 'smoke',
  heat: 'temperature',
};

/** A fire detector of one place. */
export const fire: ModelType<FireState, FireConfig> = {
  type: 'fire',
  config: FireFields,
  check: checkFire,
  prepare: prepareFire,
  inputs(config) {
    const kinds = channelsOf(config);
    const sights = sightsOf(config);
    return {
      streams: [...kinds, ...sights].map((kind) => config[kind]!),
      trackDevices: [],
      units: [...kinds.map((kind) => units[kind]), ...sights.map(() => '{optical}')],
    };
  },
  outputs: (config) =>
    allOutputs.filter(({ channel }) => {
      const need = needs[channel];
      if (channel === 'verifying' && config.verify !== true) return false;
      if (channel === 'optical' || channel === 'own') return sightsOf(config).length > 0;
      return need === undefined || config[need] !== undefined;
    }),
  initial: tracks.initial,
  step: tracks.step,
};
