import Type, { type Static } from 'typebox';

/** What the judgement of one sensor may be told by the site; part of the configuration of `slope`. */
export const forecastFields = {
  steadyRate: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description:
        'Steady velocity v0 of the uniform stage, mm/d or deg/d, where the site knows it. Without it, it is found from steady data.',
    }),
  ),
  reactionMs: Type.Optional(
    Type.Integer({
      minimum: 60_000,
      maximum: 1_209_600_000,
      default: 172_800_000,
      description: 'Time needed to clear the site: a failure window that reaches into it is red. Usually 48 h.',
    }),
  ),
  horizonMs: Type.Optional(
    Type.Integer({
      minimum: 3_600_000,
      maximum: 31_536_000_000,
      default: 2_592_000_000,
      description: 'A failure predicted further away than this is not said. Usually 30 d.',
    }),
  ),
  redFloor: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description:
        'Below this velocity nothing is red, mm/d or deg/d. Usually 4.4 mm/d (1.6 m/yr, the upper end of "very slow") or 2.4 deg/d.',
    }),
  ),
  criticalRate: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description:
        'Velocity that is red with the tangent angle whatever the life expectancy. Usually 50 mm/d or 24 deg/d.',
    }),
  ),
};

const forecastObject = Type.Object(forecastFields);
export type ForecastConfig = Static<typeof forecastObject> & { unit?: 'mm' | 'deg' };

export type Limits = {
  reactionMs: number;
  horizonMs: number;
  redFloor: number;
  criticalRate: number;
  /** Supporting levels of velocity without regard to v0: yellow and orange. */
  absolute: readonly [number, number];
};

const dayMs = 86_400_000;

/**
 * Defaults by unit. mm: 4.4 mm/d is 1.6 m/yr, where Cruden and Varnes 1996 part "very slow" (structures stay whole) from "slow";
 * 5, 10 and 50 mm/d are the absolute levels of domain.md §1.5. deg: 0.01 deg/h is the precaution and 0.1 deg/h the warning of
 * Uchimura et al. 2015 (domain.md §1.5); critical is ten times the warning, as the warning is ten times the precaution.
 */
const defaults = {
  mm: { redFloor: 4.4, criticalRate: 50, absolute: [5, 10] },
  deg: { redFloor: 2.4, criticalRate: 24, absolute: [0.24, 2.4] },
} as const;

/** Every number the judgement holds a motion against; lengths in ms, rates per day. */
export function limitsOf(config: ForecastConfig): Limits {
  const usual = defaults[config.unit ?? 'mm'];
  return {
    reactionMs: config.reactionMs ?? 2 * dayMs,
    horizonMs: config.horizonMs ?? 30 * dayMs,
    redFloor: config.redFloor ?? usual.redFloor,
    criticalRate: config.criticalRate ?? usual.criticalRate,
    absolute: usual.absolute,
  };
}
