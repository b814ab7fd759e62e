import type { PipelineEvent } from '../../pipeline/types.ts';
import { stepFlame } from '../../vision/flame/flame.ts';
import { stepPlaced } from '../../vision/ground/ground.ts';
import { type FollowedFoot, stepTracks, usualTracking } from '../../vision/tracking/tracking.ts';
import type { Placed, Seen } from '../../vision/types.ts';
import { stepZones, type ZoneView } from '../../vision/zones/zones.ts';
import { stepSupervision } from '../supervision/supervision.ts';
import { placeOf } from './place.ts';
import { type Sight, type SightConfig, type SightEvent, trust, watchesFire } from './sight-state.ts';
import { tellReadings, tellTroubles } from './tell.ts';

export * from './sight-state.ts';

export type Sighted = { state: Sight; events: PipelineEvent[] };

/**
 * All that happens between what the eyes see of a picture and what the pipeline is told: is the camera to be believed, who is followed, where
 * do they stand, who is in which zone, does anything burn. A reducer; of it only what the camera knows of its usual view and of its troubles
 * is kept over a restart, the rest is learnt anew in seconds and nobody is known for longer.
 */
export function stepSight(state: Sight, event: SightEvent, config: SightConfig): Sighted {
  switch (event.kind) {
    case 'seen':
      return see(state, event, config);
    case 'eyes': {
      const { why, atMs } = event;
      if (why === undefined) return { state: { ...state, eyes: undefined }, events: [] };
      return { state: { ...state, eyes: { why, sinceMs: state.eyes?.sinceMs ?? atMs } }, events: [] };
    }
    case 'source':
      return { state: { ...state, sourceWhy: event.why }, events: [] };
    case 'tick': {
      const { atMs, framesPerSecond } = event;
      const { state: supervision, ...supervised } = stepSupervision(state.supervision, { atMs }, config.supervision);
      const next = { ...state, supervision, supervised, framesPerSecond: framesPerSecond ?? state.framesPerSecond };
      return speak(next, atMs, config);
    }
    default:
      return event satisfies never;
  }
}

function see(before: Sight, { seen, nowMs }: { seen: Seen; nowMs: number }, config: SightConfig): Sighted {
  const { capturedAtMs: atMs, picture, grid, detections, likelihoods } = seen;
  const { camera, reference } = config;
  const { state: supervision, ...supervised } = stepSupervision(
    before.supervision,
    { grid, atMs: nowMs, ...(reference === undefined ? {} : { reference }) },
    config.supervision,
  );
  const state: Sight = { ...fitPlace(before, picture, config), supervision, supervised };
  const factor = trust(state);
  let followed: readonly FollowedFoot[] = [];
  let placed: readonly Placed[] = [];
  let zones: readonly ZoneView[] = [];
  // A picture that could not be taken in says nothing about who is there.
  let isTaken = true;
  const events: PipelineEvent[] = [];
  if (detections !== undefined) {
    const tracking = stepTracks(state.tracks, { detections, picture, atMs }, usualTracking);
    state.tracks = tracking.state;
    followed = tracking.followed;
    isTaken = tracking.refused === undefined;
    if (state.place !== undefined && isTaken) {
      const placing = stepPlaced(state.placed, { followed, atMs }, state.place.placing);
      state.placed = placing.state;
      placed = placing.placed;
      const stepped = stepZones(state.zones, { placed, atMs, coverageFactor: factor }, state.place.zones);
      state.zones = stepped.state;
      zones = stepped.zones;
      if (factor > 0) events.push(tracksOf(camera.id, placed, { atMs, nowMs }));
    }
  }
  const { state: flame, ...fire } = watchesFire(camera)
    ? stepFlame(state.flame, { grid, atMs, ...(likelihoods && { likelihoods }), isBlind: factor === 0 }, {})
    : { state: state.flame, why: [], cells: { flame: [], smoke: [] } };
  state.flame = flame;
  if (isTaken) state.glance = { atMs, picture, followed, placed, zones, fire };
  const spoken = speak(state, nowMs, config);
  return { state: spoken.state, events: [...events, ...spoken.events] };
}

/** People as the pipeline takes them: those in the picture now; who is hidden for a moment is the crossing's to remember. */
function tracksOf(
  device: string,
  placed: readonly Placed[],
  { atMs, nowMs }: { atMs: number; nowMs: number },
): PipelineEvent {
  const tracks = placed.flatMap(({ kind, isSeen, ...track }) =>
    isSeen && (kind === 'person' || kind === 'bicycle') ? [track] : [],
  );
  return { kind: 'tracks', device, tracks, atMs, receivedAtMs: nowMs };
}

/** The ground for pictures of this size, worked out when the size changes. */
function fitPlace(state: Sight, picture: Seen['picture'], { camera, ground, unplaced }: SightConfig): Sight {
  const known = state.place?.picture ?? state.glance?.picture;
  if (ground === undefined) return { ...state, unplaced };
  if (known?.width === picture.width && known.height === picture.height) return { ...state };
  const place = placeOf(camera, ground, picture);
  const { width, height } = ground.calibration.ground.picture;
  return {
    ...state,
    place,
    misfit:
      place === undefined
        ? `Its pictures are ${picture.width} × ${picture.height}, but it was calibrated with ${width} × ${height}.`
        : undefined,
  };
}

function speak(state: Sight, nowMs: number, { camera }: SightConfig): Sighted {
  const { told, events: troubles } = tellTroubles(state, camera.id, nowMs);
  const readings = tellReadings({ ...state, told }, camera, nowMs);
  return { state: { ...state, told, ...readings.state }, events: [...troubles, ...readings.events] };
}
