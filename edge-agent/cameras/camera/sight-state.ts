import type { FlameSaid, FlameState } from '../../vision/flame/flame.ts';
import { initialFlame } from '../../vision/flame/flame.ts';
import { nobodyPlaced, type PlacedState } from '../../vision/ground/ground.ts';
import { type FollowedFoot, noTracks, type TrackingState } from '../../vision/tracking/tracking.ts';
import type { Placed, Seen } from '../../vision/types.ts';
import { emptyZones, type ZonesState, type ZoneView } from '../../vision/zones/zones.ts';
import {
  type Supervision,
  type SupervisionConfig,
  type SupervisionState,
  unwatched,
  type View,
} from '../supervision/supervision.ts';
import type { CameraConfig } from './config.ts';
import type { GroundPlan, Place } from './place.ts';

/** What a camera is to be judged by. */
export type SightConfig = {
  camera: CameraConfig;
  /** Absent without calibration: then nobody is placed. */
  ground?: GroundPlan;
  /** Why there is no ground although a calibration is named. */
  unplaced?: string;
  supervision: SupervisionConfig;
  /** The view that the camera was calibrated with, made small. */
  reference?: View;
};

export type SightEvent =
  /** The eyes answered; `nowMs` is when. */
  | { kind: 'seen'; seen: Seen; nowMs: number }
  /** Comes twice a second; `framesPerSecond` of the source, where it can be known. */
  | { kind: 'tick'; atMs: number; framesPerSecond?: number }
  /** Why the eyes do not answer, or undefined when they do again. */
  | { kind: 'eyes'; why: string | undefined; atMs: number }
  /** Why the source gives no pictures, or undefined when it does again. */
  | { kind: 'source'; why: string | undefined; atMs: number };

/** What the newest picture said, as long as it is the newest. */
export type Glance = {
  atMs: number;
  picture: Seen['picture'];
  followed: readonly FollowedFoot[];
  placed: readonly Placed[];
  zones: readonly ZoneView[];
  fire: FlameSaid;
};

export type Sight = {
  supervision: SupervisionState;
  tracks: TrackingState;
  placed: PlacedState;
  zones: ZonesState;
  flame: FlameState;
  place?: Place;
  /** Set when the pictures have another shape than was calibrated. */
  misfit?: string;
  /** Set when nobody can be placed although somebody should be; what needs no ground is still told. */
  unplaced?: string;
  supervised: Pick<Supervision, 'troubles' | 'coverageFactor'>;
  glance?: Glance;
  framesPerSecond: number;
  eyes?: { why: string; sinceMs: number };
  sourceWhy?: string;
  beganAtMs: number;
  /** Reasons told of each trouble; an empty list once its end was told. */
  told: Readonly<Record<string, string>>;
  spokeAtMs: number;
  /** Whether anybody was in each zone when it was last told. */
  busy: Readonly<Record<string, boolean>>;
};

/** Nothing was seen yet. */
export const noSight = (atMs: number): Sight => ({
  supervision: unwatched,
  tracks: noTracks,
  placed: nobodyPlaced,
  zones: emptyZones,
  flame: initialFlame,
  supervised: { troubles: [], coverageFactor: 0 },
  framesPerSecond: 0,
  beganAtMs: atMs,
  told: {},
  spokeAtMs: Number.NEGATIVE_INFINITY,
  busy: {},
});

/** How far the camera is to be believed now, 0 to 1. */
export function trust({ eyes, misfit, supervised }: Sight): number {
  return eyes !== undefined || misfit !== undefined ? 0 : supervised.coverageFactor;
}

/** True for a camera that watches for flames and smoke. */
export const watchesFire = ({ flames, classifier }: CameraConfig) => flames || classifier !== undefined;
