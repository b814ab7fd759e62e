import { sayDuration } from '../../engine/words.ts';
import { dwellsOf, type SlopeLevelConfig } from './config.ts';
import { agreed, heardUntilMs, newest, persisting, type Witness } from './witness.ts';

/**
 * What speaks for which level at one instant, and how sure that is. Confidence is the share of sensors that are heard, times
 * a half for being heard plus a half for the share of them that agree: silence and contradiction lower it, and never the level.
 */
export type Evidence = {
  /** Level that is present, by whatever ground. */
  level: number;
  /** Sensors whose own samples persist at each level 1 to 3, or that may raise red alone. */
  persists: readonly number[];
  alone: readonly number[];
  pair: readonly number[];
  pairLevel: number;
  rain: boolean;
  heard: readonly boolean[];
  confidence: number;
};

export const levelNames = ['Blue', 'Yellow', 'Orange', 'Red'] as const;
const red = 3;
const yellow = 1;
const hour = 3_600_000;
/** Rain that has not been heard of for so long, or for three of its intervals, says nothing: the 24 h of its own events. */
const rainSilentMs = 24 * hour;

/** Rain attention as it was heard last. */
export type Attention = { atMs: number; on: boolean; why: readonly string[] };

/** The gauges whose attention is on and was heard lately. */
function raining(gauges: readonly Attention[], nowMs: number, { rainIntervalMs = 0 }: SlopeLevelConfig): Attention[] {
  const silentMs = Math.max(rainSilentMs, 3 * rainIntervalMs);
  return gauges.filter(({ on, atMs }) => on && nowMs - atMs <= silentMs);
}

/** Weighs all witnesses at an instant. */
export function weigh(
  witnesses: readonly Witness[],
  gauges: readonly Attention[],
  nowMs: number,
  config: SlopeLevelConfig,
): Evidence {
  const persists = witnesses.map(persisting);
  const alone = witnesses.flatMap((witness, i) => (witness.alone ? [i] : []));
  const pair = agreed(witnesses, config.intervalMs);
  const rain = gauges.length > 0 && raining(gauges, nowMs, config).length > 0;
  const moving = Math.max(pair.level, alone.length > 0 ? red : 0, ...persists);
  const level = Math.max(moving, rain ? yellow : 0);
  const heard = witnesses.map((witness) => heardUntilMs(witness, config.intervalMs) >= nowMs && witness.atMs >= 0);
  const fresh = heard.filter(Boolean).length;
  const agree = witnesses.filter((witness, i) => heard[i] && agrees(witness, persists[i]!, level)).length;
  const confidence = fresh === 0 ? 0 : (fresh / witnesses.length) * (0.5 + (0.5 * agree) / fresh);
  return { level, persists, alone, pair: pair.who, pairLevel: pair.level, rain, heard, confidence };
}

function agrees(witness: Witness, persists: number, level: number): boolean {
  const shows = Math.max(persists, newest(witness), witness.alone ? red : 0);
  return level === 0 ? shows === 0 : shows >= level;
}

/** The evidence as sentences, the ground of the level first. */
export function sayEvidence(
  evidence: Evidence,
  about: {
    witnesses: readonly Witness[];
    gauges: readonly Attention[];
    level: number;
    absentMs: number;
    nowMs: number;
    config: SlopeLevelConfig;
  },
): string[] {
  const { witnesses, gauges, level, nowMs, config } = about;
  const names = config.sensors;
  const lines: string[] = [ground(evidence, about)];
  const speakers = new Set<number>(evidence.alone);
  evidence.persists.forEach((shown, i) => {
    if (evidence.level > 0 && shown >= evidence.level) speakers.add(i);
  });
  if (evidence.level > 0 && evidence.pairLevel >= evidence.level) for (const i of evidence.pair) speakers.add(i);
  const perSpeaker = Math.max(1, Math.floor(4 / Math.max(1, speakers.size)));
  for (const i of [...speakers].slice(0, 4))
    for (const why of witnesses[i]!.why.slice(0, perSpeaker)) lines.push(`${names[i]}: ${why}`);
  if (evidence.rain && level > 0)
    lines.push(
      ...raining(gauges, nowMs, config)
        .flatMap(({ why }) => why.slice(0, 1))
        .slice(0, 2),
    );
  const against = witnesses.flatMap((witness, i) => {
    const shows = Math.max(evidence.persists[i]!, newest(witness));
    return evidence.heard[i] && !speakers.has(i) && shows < evidence.level ? [`${names[i]} shows ${word(shows)}`] : [];
  });
  if (against.length > 0 && speakers.size > 0) lines.push(`Other sensors do not show it: ${list(against)}.`);
  const silent = witnesses.flatMap((witness, i) => {
    if (evidence.heard[i]) return [];
    return [witness.atMs < 0 ? `${names[i]} never` : `${names[i]} not for ${sayDuration(nowMs - witness.atMs)}`];
  });
  if (silent.length > 0) lines.push(`Not heard, so unknown and not safe: ${list(silent)}.`);
  return lines.slice(0, 10);
}

function list(parts: readonly string[]): string {
  return parts.length > 6 ? `${parts.slice(0, 6).join(', ')} and ${parts.length - 6} more` : parts.join(', ');
}

function word(level: number): string {
  return levelNames[level]!.toLowerCase();
}

function ground(evidence: Evidence, about: Parameters<typeof sayEvidence>[1]): string {
  const { level, absentMs, config, witnesses } = about;
  const name = levelNames[level]!;
  const names = config.sensors;
  if (level > evidence.level) {
    const dwellMs = dwellsOf(config)[level - 1]!;
    // Told in quarters, so that a dwell is not news at every sample.
    const quarters = Math.floor((4 * absentMs) / dwellMs);
    const passed = quarters > 0 ? `; ${sayDuration((quarters * dwellMs) / 4)} or more have passed` : '';
    return `${name} stays for ${sayDuration(dwellMs)} after it was last shown${passed}. It shows ${word(evidence.level)} now.`;
  }
  if (level === 0) {
    const calm = evidence.heard.filter((heard, i) => heard && newest(witnesses[i]!) === 0).length;
    return `Blue: ${calm} of ${names.length} ${names.length === 1 ? 'sensor shows' : 'sensors show'} no danger.`;
  }
  if (level === red && evidence.alone.length > 0)
    return `Red at once, without confirmation: shown by ${list(evidence.alone.map((i) => names[i]!))}.`;
  const persist = evidence.persists.flatMap((shown, i) => (shown >= level ? [names[i]!] : []));
  if (persist.length > 0) return `${name}: shown by ${list(persist)} in 2 of 3 samples.`;
  if (evidence.pairLevel >= level)
    return `${name}: ${list(evidence.pair.map((i) => names[i]!))} show it at the same time.`;
  return `${name}: rain alone; no sensor shows movement.`;
}
