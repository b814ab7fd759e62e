import { sayNumber } from '../../engine/words.ts';
import type { RainConfig } from './config.ts';
import { type Depths, sumOf } from './depths.ts';
import type { Fall } from './gauge.ts';
import { type PowerLaw, powerLaws, seattle, type ThresholdName } from './thresholds.ts';

/**
 * Intensity and duration. An event begins with the first rain after a dry spell. A threshold for durations is exceeded by the
 * event as a whole or by any stretch of it that ends with the newest reading (whole hours), because hours of drizzle before a
 * burst must not hide it; so more rain can never end an exceedance. The USGS threshold of Seattle judges whole storms only,
 * and after the last rain its mean falls with the time that passes, as in USGS thresh.
 */
export type Storm = { fromMs: number; lastRainMs: number; beforeMm: number };

/** One threshold that needs a storm: its law, its dry spell, and whether stretches count. */
export type StormRule = { law: PowerLaw; separationMs: number; stretches: boolean; sumsMm: readonly number[] };

export type Exceeded = { text: string; ratio: number };

const hourMs = 3_600_000;
const stretchHoursMax = 720;
/** Sums are kept to a millionth of a millimetre. */
const toleranceMm = 1e-6;

function ruleOf(law: PowerLaw, separationMs: number, stretches: boolean): StormRule {
  const sumsMm = Array.from({ length: stretchHoursMax + 1 }, (_, hours) =>
    hours >= Math.max(1, law.fromH) && hours <= law.toH ? law.a * hours ** (1 - law.b) : Number.MAX_VALUE,
  );
  return { law, separationMs, stretches, sumsMm };
}

const rulesOf = new WeakMap<RainConfig, StormRule[]>();

/** The storm thresholds of a configuration, worked out once. */
export function stormRules(config: RainConfig): StormRule[] {
  const known = rulesOf.get(config);
  if (known !== undefined) return known;
  const { coefficients, separationMs = 86_400_000 } = config;
  const rules = chosen(config).flatMap((name) => {
    if (name === 'seattle-id') return [ruleOf(seattle.id, seattle.separationMs, false)];
    const law = powerLaws[name];
    return law === undefined ? [] : [ruleOf(law, separationMs, true)];
  });
  if (coefficients !== undefined) {
    const { a, b, fromH = 0, toH = Number.MAX_VALUE } = coefficients;
    rules.push(ruleOf({ label: "the site's threshold", a, b, fromH, toH }, separationMs, true));
  }
  rulesOf.set(config, rules);
  return rules;
}

/** The names chosen; Caine 1980 where the site says nothing. */
export function chosen({ thresholds, coefficients }: RainConfig): readonly ThresholdName[] {
  return thresholds ?? (coefficients === undefined ? ['caine-1980'] : []);
}

/** The storm after a reading, or undefined once it is over. */
export function stormAfter(
  storm: Storm | null,
  fall: Fall,
  beforeMm: number,
  { separationMs }: StormRule,
): Storm | null {
  const { depthMm, fromMs, toMs } = fall;
  // Readings that come a little early or late must not join two storms.
  const dryMs = separationMs - (toMs - fromMs) / 10;
  if (depthMm <= 0)
    return storm !== null && toMs - storm.lastRainMs > separationMs + (toMs - fromMs) / 10 ? null : storm;
  if (storm === null || fromMs - storm.lastRainMs >= dryMs) return { fromMs, lastRainMs: toMs, beforeMm };
  return { ...storm, lastRainMs: toMs };
}

function say(label: string, sumMm: number, hours: number, lawMmPerH: number): string {
  const mean = sayNumber(sumMm / hours);
  return `Rain of ${sayNumber(sumMm)} mm in ${sayNumber(hours)} h (${mean} mm/h) exceeds ${label}: ${sayNumber(lawMmPerH)} mm/h.`;
}

/** The worst stretch of a storm that exceeds a threshold, or undefined. */
export function judgeStorm(storm: Storm | null, depths: Depths, rule: StormRule): Exceeded | undefined {
  if (storm === null) return undefined;
  const { law, stretches, sumsMm } = rule;
  const stormMm = depths.totalMm - storm.beforeMm;
  const stormH = (depths.atMs - storm.fromMs) / hourMs;
  let best: Exceeded | undefined;
  const weigh = (sumMm: number, hours: number, needMm: number, lawMmPerH: number) => {
    if (sumMm <= needMm + toleranceMm || sumMm / needMm <= (best?.ratio ?? 0)) return;
    best = { text: say(law.label, sumMm, hours, lawMmPerH), ratio: sumMm / needMm };
  };
  if (!stretches) {
    // USGS: the law at the duration of the rain, the mean over the time since it began.
    const rainH = (storm.lastRainMs - storm.fromMs) / hourMs;
    const lawMmPerH = law.a * rainH ** -law.b;
    weigh(stormMm, stormH, lawMmPerH * stormH, lawMmPerH);
    return best !== undefined && rainH > law.toH
      ? { ...best, text: `${best.text} It is stated for at most ${law.toH} h.` }
      : best;
  }
  if (stormH > 0 && stormH >= law.fromH && stormH <= law.toH)
    weigh(stormMm, stormH, law.a * stormH ** (1 - law.b), law.a * stormH ** -law.b);
  const hoursMax = Math.min(stretchHoursMax, Math.floor(stormH + 1e-9));
  for (let hours = 1; hours <= hoursMax; hours += 1) {
    const needMm = sumsMm[hours]!;
    if (needMm >= stormMm) {
      if (law.b <= 1 && needMm < Number.MAX_VALUE) break;
      continue;
    }
    const sumMm = sumOf(depths, hours);
    if (sumMm > needMm) weigh(sumMm, hours, needMm, needMm / hours);
  }
  return best;
}
