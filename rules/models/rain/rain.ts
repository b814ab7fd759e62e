import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { sayNumber } from '../../engine/words.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { type RainConfig, RainFields } from './config.ts';
import { addDepth, type Depths, noDepths, sumOf, tidy } from './depths.ts';
import { type Gauge, noGauge, readGauge } from './gauge.ts';
import { chosen, judgeStorm, type Storm, stormAfter, stormRules } from './storms.ts';
import { philippines, seattle, type ThresholdName, wetnessAfter } from './thresholds.ts';

/**
 * Rain at one gauge: sums, antecedent index, and whether a chosen threshold is exceeded (`attention`). Rain raises attention
 * and the sampling rate, it never alone says that a slope fails (domain.md §1.6). What fell while nothing was measured is
 * unknown: sums are then at least what they say, so a threshold may be missed and is never exceeded by mistake.
 */
export type RainState = {
  gauge: Gauge;
  depths: Depths;
  /** One for each threshold of storms, in the order of `stormRules`. */
  storms: (Storm | null)[];
  antecedentMm: number;
  wetnessMm: number;
  /** Stretches of the last 18 days for which nothing is known, oldest first. */
  unknown: (readonly [fromMs: number, toMs: number])[];
  said: { atMs: number; attention: number; totalMm: number };
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The longest memory of a threshold: 15 days before 3 days. */
const knownDays = 18;
const unknownMax = 16;
/** Outputs that only fade are repeated this often; the wetting front of a storm is followed this closely. */
const repeatMs = hourMs;
const wetRepeatMs = 600_000;
const toleranceMm = 1e-6;

const initial = (config: RainConfig): RainState => ({
  gauge: noGauge,
  depths: noDepths(0),
  storms: stormRules(config).map(() => null),
  antecedentMm: 0,
  wetnessMm: config.wetnessAtStartMm ?? 0,
  unknown: [],
  said: { atMs: -1, attention: -1, totalMm: 0 },
});

function withUnknown(unknown: RainState['unknown'], fromMs: number, toMs: number): RainState['unknown'] {
  const kept = unknown.filter(([, endMs]) => endMs > toMs - knownDays * dayMs);
  if (toMs > fromMs) kept.push([fromMs, toMs]);
  else if (kept.length === unknown.length) return unknown;
  // Two old ones become one with the known time between them: it says too much unknown rather than too little.
  return kept.length > unknownMax ? [[kept[0]![0], kept[1]![1]], ...kept.slice(2)] : kept;
}

function unknownText({ unknown, depths }: RainState, days: number): string[] {
  const sinceMs = depths.atMs - days * dayMs;
  const sum = unknown.reduce((ms, [fromMs, toMs]) => ms + Math.max(0, toMs - Math.max(fromMs, sinceMs)), 0);
  if (sum < hourMs) return [];
  return [
    `Nothing is known of ${sayNumber(Math.round(sum / hourMs))} h of the last ${days} d: sums are at least this.`,
  ];
}

function judgeSums(name: ThresholdName, { depths, wetnessMm }: RainState, config: RainConfig): string | undefined {
  if (name === 'seattle-cumulative') {
    const recent = sumOf(depths, 72);
    const before = sumOf(depths, 432) - recent;
    const need = seattle.cumulative.interceptMm - seattle.cumulative.slope * before;
    // With no need left, some rain is still needed (USGS thresh).
    if (recent <= Math.max(0, need) + toleranceMm) return undefined;
    const [sum, limit, old] = [recent, Math.max(0, need), before].map(sayNumber);
    return `Rain of ${sum} mm in 3 d after ${old} mm in the 15 d before exceeds Seattle cumulative: ${limit} mm.`;
  }
  if (name === 'seattle-wetness') {
    const { hours, intensityMmPerH, indexMm } = seattle.wetness;
    const mean = sumOf(depths, hours) / hours;
    if (mean <= intensityMmPerH + toleranceMm || wetnessMm < indexMm) return undefined;
    const [now, limit, index] = [mean, intensityMmPerH, wetnessMm].map(sayNumber);
    return `Rain of ${now} mm/h over ${hours} h exceeds ${limit} mm/h on wet soil (${index} mm above field capacity, Seattle).`;
  }
  if (name !== 'philippines' || config.twoYearMaxMm === undefined) return undefined;
  const limits = [
    [1, philippines.dayShare * config.twoYearMaxMm],
    [3, philippines.threeDayShare * config.twoYearMaxMm],
  ] as const;
  const over = limits.find(([days, limit]) => sumOf(depths, 24 * days) > limit + toleranceMm);
  if (over === undefined) return undefined;
  const sum = sayNumber(sumOf(depths, 24 * over[0]));
  return `Rain of ${sum} mm in ${over[0]} d exceeds ${sayNumber(over[1])} mm, by the 2-year maximum of the site.`;
}

function exceeded(state: RainState, config: RainConfig): string[] {
  const rules = stormRules(config);
  const storms = rules.map((rule, i) => judgeStorm(state.storms[i] ?? null, state.depths, rule)?.text);
  const sums = chosen(config).map((name) => judgeSums(name, state, config));
  return [...storms, ...sums].filter((text) => text !== undefined);
}

function say(state: RainState, config: RainConfig, lengthMs: number): ModelAnswer<RainState> {
  const { depths, said, antecedentMm } = state;
  const sinceMs = depths.atMs - said.atMs;
  const wet = depths.totalMm !== said.totalMm;
  const due = said.atMs < 0 || sinceMs >= repeatMs || (wet && sinceMs >= wetRepeatMs);
  // Without rain nothing can be exceeded that was not.
  if (!due && !wet && said.attention === 0) return { state };
  const over = exceeded(state, config);
  const attention = over.length > 0 ? 1 : 0;
  if (!due && attention === said.attention) return { state };
  const hours = Math.min(720, Math.max(1, lengthMs / hourMs));
  const [sum1d, sum3d, sum15d, sum30d] = [24, 72, 360, 720].map((window) => sumOf(depths, window));
  const intensity = tidy(sumOf(depths, hours) / hours);
  const outputs = { intensity, sum1d, sum3d, sum15d, sum30d, antecedent: tidy(antecedentMm), attention } as Record<
    string,
    number
  >;
  const calm = `No rain threshold is exceeded: ${sayNumber(sum1d!)} mm in 1 d, ${sayNumber(sum3d!)} mm in 3 d.`;
  const reasons = [...(over.length > 0 ? over : [calm]), ...unknownText(state, knownDays)];
  return { state: { ...state, said: { atMs: depths.atMs, attention, totalMm: depths.totalMm } }, outputs, reasons };
}

function step(state: RainState, event: ModelEvent, config: RainConfig): ModelAnswer<RainState> {
  if (event.kind !== 'reading') return unchanged(state);
  const read = readGauge(state.gauge, event, config);
  if (read === undefined) return unchanged(state);
  const { fall } = read;
  const first = state.gauge.atMs < 0;
  const before = first ? noDepths(fall.fromMs) : state.depths;
  const lengthMs = fall.toMs - fall.fromMs;
  const wetH = lengthMs / hourMs;
  const watched = chosen(config).includes('seattle-wetness');
  const rules = stormRules(config);
  const dry = fall.depthMm === 0;
  const next: RainState = {
    gauge: read.gauge,
    depths: addDepth(before, fall.depthMm, fall.fromMs, fall.toMs),
    storms:
      dry && state.storms.every((storm) => storm === null)
        ? state.storms
        : rules.map((rule, i) => stormAfter(state.storms[i] ?? null, fall, before.totalMm, rule)),
    antecedentMm: first
      ? fall.depthMm
      : state.antecedentMm * (config.recession ?? 0.9) ** ((fall.toMs - state.gauge.atMs) / dayMs) + fall.depthMm,
    wetnessMm: watched
      ? wetnessAfter(state.wetnessMm, fall.depthMm, wetH, new Date(fall.toMs).getUTCMonth())
      : state.wetnessMm,
    unknown: first
      ? [[fall.fromMs - knownDays * dayMs, fall.fromMs]]
      : withUnknown(state.unknown, fall.unknownFromMs, fall.fromMs),
    said: state.said,
  };
  return say(next, config, lengthMs);
}

/** Rain sums, and attention while a published threshold is exceeded. */
export const rain: ModelType<TwoTracks<RainState>, RainConfig> = {
  type: 'rain',
  config: RainFields,
  check(config) {
    const { coefficients: { fromH = 0, toH = Number.MAX_VALUE } = {}, twoYearMaxMm } = config;
    const problems: string[] = [];
    if (toH <= fromH) problems.push(`/coefficients/toH: ${toH} h is not after ${fromH} h; give a longer duration.`);
    if (chosen(config).includes('philippines') && twoYearMaxMm === undefined)
      problems.push('/twoYearMaxMm: philippines needs the 2-year maximum of the site; add it or drop that threshold.');
    return problems;
  },
  prepare(config, site) {
    const intervalMs = config.intervalMs ?? site.intervalMsOf(config.input);
    return intervalMs === undefined ? config : { ...config, intervalMs };
  },
  inputs: ({ input, kind }) => ({
    streams: [input],
    trackDevices: [],
    units: [kind === 'intensity' ? 'mm/h' : 'mm'],
  }),
  outputs: () => [
    { channel: 'intensity', unit: 'mm/h' },
    ...['sum1d', 'sum3d', 'sum15d', 'sum30d', 'antecedent'].map((channel) => ({ channel, unit: 'mm' })),
    { channel: 'attention', unit: '{state}' },
  ],
  ...twoTracks(initial, step),
};
