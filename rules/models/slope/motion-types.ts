/**
 * One evaluation of how a sensor moves. Lengths are mm (deg for tilt), rates are per day, sigmas are 1 sigma.
 * Velocities are positive in the direction of danger (`danger` of the configuration; with `either` the sign is the sensor's own).
 */
export type Motion = {
  /** Newest sample. */
  atMs: number;
  /** Continuous: re-zeroed over resets, spikes left out. */
  displacement: number;
  /** Robust velocity over `windowMs`. */
  velocity: number;
  velocitySigma: number;
  /** Velocity of the newest part alone (three points or more); it reacts first. */
  quick: number;
  quickSigma: number;
  /** Per day squared; undefined where the points do not carry it. */
  acceleration?: number;
  /** Noise of one reading. */
  noise: number;
  windowMs: number;
  /** Usual distance of evaluations, never less than the sampling interval. */
  stepMs: number;
  /** True for an evaluation of its own; false for one within the step of the one before. */
  fresh: boolean;
};
