import { createEngine, type EngineEvent, type RuleConfig } from '@tocsin/rules/engine';

/** 1,000 rules, each applied to ten of 10,000 devices, so that every reading meets one rule of each kind. */
export const devices = 10_000;
export const rules = 1_000;
export const kinds = ['threshold', 'rate', 'both'] as const;
export type Kind = (typeof kinds)[number];

/** What one rule asks: limit and deadband of a value, and of its slope per second over the last half minute. */
export type Setting = { at: number; clear: number; rateAt: number; rateClear: number };
export const windowMs = 30_000;
export const pointsMin = 4;

export const settingOf = (device: number): Setting => {
  const rule = device % rules;
  return { at: 90 + rule / 500, clear: 85 + rule / 500, rateAt: 4 + rule / 1000, rateClear: 2 };
};

export type Reading = { kind: 'reading'; stream: string; value: number; takenAtMs: number; late: boolean };

/**
 * One reading a second of every device: noise around 50, and now and then a climb above the limit and back. `at` fills the
 * same object anew, as hot in the cache as one that was just decoded, so that the memory of a recording is not measured.
 */
export type Recording = { size: number; at(index: number): Reading };

export function recordingOf(seconds: number): Recording {
  let seed = 1;
  const chance = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const climbs = Array.from({ length: devices }, () => Math.floor(chance() * 4000));
  const streams = Array.from({ length: devices }, (_, device) => `device-${device}/x`);
  const values = new Float64Array(seconds * devices);
  for (let second = 0; second < seconds; second += 1) {
    for (let device = 0; device < devices; device += 1) {
      const sinceClimb = second - climbs[device]!;
      const climb = sinceClimb >= 0 && sinceClimb < 20 ? 6 * Math.min(sinceClimb, 20 - sinceClimb) : 0;
      values[second * devices + device] = 50 + 4 * chance() + climb;
    }
  }
  const reading: Reading = { kind: 'reading', stream: '', value: 0, takenAtMs: 0, late: false };
  return {
    size: values.length,
    at(index) {
      reading.stream = streams[index % devices]!;
      reading.value = values[index]!;
      reading.takenAtMs = 1e12 + Math.floor(index / devices) * 1000;
      return reading;
    },
  };
}

const delays = { holdMs: 0, clearHoldMs: 1000 };

function rulesOf(device: number, kind: Kind): RuleConfig[] {
  const { at, clear, rateAt, rateClear } = settingOf(device);
  const input = `device-${device}/x`;
  const threshold = {
    id: `level-${device}`,
    type: 'threshold',
    event: 'Level is high',
    input,
    direction: 'above',
    ladder: [{ severity: 'Severe', at, clear, ...delays }],
  };
  const rate = {
    id: `rise-${device}`,
    type: 'rate',
    event: 'Level rises',
    input,
    direction: 'above',
    windowMs,
    per: 's',
    pointsMin,
    ladder: [{ severity: 'Severe', at: rateAt, clear: rateClear, ...delays }],
  };
  return kind === 'threshold' ? [threshold] : kind === 'rate' ? [rate] : [threshold, rate];
}

/** The product: alerts with life cycle, evidence, staleness, delays and state ready to be saved. */
export function tocsin(kind: Kind): (reading: Reading) => number {
  const all = Array.from({ length: devices }, (_, device) => device);
  const engine = createEngine({
    site: 'bench',
    origin: 'edge',
    models: [],
    rules: all.flatMap((device) => rulesOf(device, kind)),
    units: new Map(all.map((device) => [`device-${device}/x`, 'm'])),
  });
  return (reading) => engine.step(reading satisfies EngineEvent).length;
}
