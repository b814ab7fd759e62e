/**
 * A constant-velocity Kalman filter of one coordinate. Time steps may differ from one to the next: the process noise is
 * that of continuous white acceleration, so that two steps of 50 ms leave the same doubt as one of 100 ms
 * (Bar-Shalom, Li and Kirubarajan 2001, §6.2.2).
 */
export type Estimate = {
  at: number;
  perS: number;
  /** Covariance of place and speed: place², place·speed, speed². */
  varAt: number;
  varBoth: number;
  varPerS: number;
};

/** A first estimate from one measurement: the speed is unknown within `sigmaPerS`. */
export function begin(at: number, sigma: number, sigmaPerS: number): Estimate {
  return { at, perS: 0, varAt: sigma ** 2, varBoth: 0, varPerS: sigmaPerS ** 2 };
}

/** The estimate `dtS` seconds later; `unrest` is the density of the acceleration's noise (unit² / s³). */
export function predict(estimate: Estimate, dtS: number, unrest: number): Estimate {
  const { at, perS, varAt, varBoth, varPerS } = estimate;
  return {
    at: at + perS * dtS,
    perS,
    varAt: varAt + 2 * dtS * varBoth + dtS ** 2 * varPerS + (unrest * dtS ** 3) / 3,
    varBoth: varBoth + dtS * varPerS + (unrest * dtS ** 2) / 2,
    varPerS: varPerS + unrest * dtS,
  };
}

/** The estimate after a measurement with standard deviation `sigma`. */
export function correct(estimate: Estimate, measured: number, sigma: number): Estimate {
  const { at, perS, varAt, varBoth, varPerS } = estimate;
  const total = varAt + sigma ** 2;
  const gainAt = varAt / total;
  const gainPerS = varBoth / total;
  const off = measured - at;
  return {
    at: at + gainAt * off,
    perS: perS + gainPerS * off,
    varAt: (1 - gainAt) * varAt,
    varBoth: (1 - gainAt) * varBoth,
    varPerS: varPerS - gainPerS * varBoth,
  };
}

/** The estimate moved to a place that was seen after it had been lost; what was known of its speed stays. */
export function move(estimate: Estimate, measured: number, sigma: number): Estimate {
  return { ...estimate, at: measured, varAt: sigma ** 2, varBoth: 0 };
}
