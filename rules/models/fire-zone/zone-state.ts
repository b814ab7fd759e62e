import { detectorHoldMs, type FireZoneConfig, layoutOf } from './config.ts';

/** One detector as the zone knows it; `level` is that of its own channels. */
export type Detector = {
  level: number;
  /** Its level with the support of a camera: it may alarm sooner and is no witness. */
  supported?: number;
  heat: number;
  verifying: number;
  service: number;
  isolated: number;
  /** Since when it is at alarm, or -1; and until when it was known to be, or -1. */
  sinceMs: number;
  alarmAtMs: number;
  /** What the detector itself said of its level and of its service. */
  why: readonly string[];
  serviceWhy: readonly string[];
};

/** One track of a zone. */
export type ZoneTrack = {
  detectors: readonly Detector[];
  /** Call points, 1 while pressed. */
  pressed: readonly number[];
  /** The panel's reset key. */
  reset: number;
  /** Newest sample of every input, and of them all. */
  atMs: readonly number[];
  nowMs: number;
  /** The fire was confirmed, and not every cause of it is gone. */
  confirmed: boolean;
  said: Said;
};

/** What was said last, and when. */
export type Said = { level: number; levelAtMs: number; service: number; isolated: number; serviceAtMs: number };

const calm: Detector = {
  level: 0,
  heat: 0,
  verifying: 0,
  service: 0,
  isolated: 0,
  sinceMs: -1,
  alarmAtMs: -1,
  why: [],
  serviceWhy: [],
};

/** A zone that heard nothing. */
export function emptyZone(config: FireZoneConfig): ZoneTrack {
  return {
    detectors: config.detectors.map(() => calm),
    pressed: (config.callPoints ?? []).map(() => 0),
    reset: 0,
    atMs: layoutOf(config).map(() => -1),
    nowMs: -1,
    confirmed: false,
    said: { level: -1, levelAtMs: -1, service: -1, isolated: -1, serviceAtMs: -1 },
  };
}

/** States of contacts and models are whole numbers, so half of one lies safely between two of them. */
const half = 0.5;
export const isOn = (value: number) => value >= half;

/** Heat class alarm: it counts alone. */
export const isHot = ({ heat, isolated }: Detector) => isOn(heat) && !isOn(isolated);
/** At alarm, by its vote or by heat. */
export const isAtAlarm = ({ level, heat, isolated }: Detector) => (level >= 2 - half || isOn(heat)) && !isOn(isolated);
/** At alarm with the support of a camera, if not without it. */
export const isSupported = ({ supported = 0, isolated }: Detector) => supported >= 2 - half && !isOn(isolated);
/** Something is there: pre-alarm or verification. */
export const isAttentive = ({ level, supported = 0, verifying, isolated }: Detector) =>
  (isOn(level) || isOn(supported) || isOn(verifying)) && !isOn(isolated);

/**
 * A detector is a witness while it is at alarm or verifies one, and where `withinMs` is longer than detectors hold their alarm
 * themselves for the rest of that time.
 */
export function isWitness(detector: Detector, nowMs: number, { withinMs = detectorHoldMs }: FireZoneConfig): boolean {
  const { verifying, isolated, alarmAtMs } = detector;
  if (isOn(isolated)) return false;
  if (isAtAlarm(detector) || isOn(verifying)) return true;
  return alarmAtMs >= 0 && nowMs - alarmAtMs < withinMs - detectorHoldMs;
}
