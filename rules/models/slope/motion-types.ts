/**
 * One evaluation of how a sensor moves. Lengths are mm (deg for tilt), rates are per day, sigmas are 1 sigma.
 * Positive is the direction of danger: what `danger` of the configuration says or, with `either`, the way the sensor has
 * been moving, which turns round only when it clearly moves the other way.
 */
export type Motion = {
  /** Newest sample. */
  atMs: number;
  /** Continuous: re-zeroed over resets, spikes left out. */
  displacement: number;
  /** Robust velocity over `windowMs`; it belongs to the middle of that window. */
  velocity: number;
  velocitySigma: number;
  /** Velocity of the newest part alone (three points or more); it reacts first. Equals `velocity` where nothing newer is sure. */
  quick: number;
  quickSigma: number;
  /** Per day squared; undefined where the points do not carry it. */
  acceleration?: number;
  /** Noise of one reading, or of one minute's mean where readings are denser. */
  noise: number;
  windowMs: number;
  /** Usual distance of evaluations, never less than the sampling interval. */
  stepMs: number;
  /** True for an evaluation of its own; false for one within the step of the one before. */
  fresh: boolean;
};
