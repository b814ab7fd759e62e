import { chance, createQuietPlace } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { fire } from '../../rules/models/fire/fire.ts';

/**
 * Detector-years at one sample a minute in which nothing burns: noise, dirt, days and seasons, sun, traffic, swapped sensors and
 * silences (simulators/fire/quiet.ts), without cooking. No alarm may come, and at most one pre-alarm in two years. Each year ends with a fire, so
 * that a detector gone deaf could not pass.
 */
const minuteMs = 60_000;
const startMs = Date.UTC(2020, 0, 1);
const times = process.env.TOCSIN_LONG === '1' ? 10 : 1;
const minutesPerYear = 525_600;

type Kind = 'temperature' | 'smoke' | 'co';
type Config = Parameters<typeof fire.step>[2];

/** Fifty detector-years by what the detector has and how it is set. */
const fleet: { years: number; kinds: Kind[]; given?: Partial<Config> }[] = [
  { years: 14, kinds: ['temperature'] },
  { years: 5, kinds: ['temperature'], given: { heatClass: 'A1R' } },
  { years: 2, kinds: ['temperature'], given: { heatClass: 'A2S' } },
  { years: 14, kinds: ['smoke'] },
  { years: 6, kinds: ['co'] },
  { years: 2, kinds: ['co'], given: { standard: 'EN 50291' } },
  { years: 1, kinds: ['co'], given: { standard: 'EN 54-26' } },
  { years: 3, kinds: ['temperature', 'smoke'] },
  { years: 1, kinds: ['temperature', 'co'] },
  { years: 2, kinds: ['temperature', 'smoke', 'co'] },
];

/** One year and the fire after it; answers levels as (minute, level) where they changed. */
function year(seed: string, kinds: readonly Kind[], given: Partial<Config> = {}) {
  const raw = { ...Object.fromEntries(kinds.map((kind) => [kind, `place/${kind}`])), ...given } as Config;
  const config = fire.prepare!(raw, { unitOf: () => '%/m', intervalMsOf: () => minuteMs });
  const place = createQuietPlace(chance(seed));
  const event = { kind: 'reading' as const, input: 0, value: 0, takenAtMs: 0, late: false };
  const found = { alarms: [] as string[], preAlarms: 0, fireAfterMin: -1, samples: 0 };
  let state = fire.initial(config);
  let level = 0;
  const hear = (minute: number, values: Record<Kind, number>) => {
    event.takenAtMs = startMs + minute * minuteMs;
    for (let input = 0; input < kinds.length; input += 1) {
      event.input = input;
      event.value = values[kinds[input]!];
      const answer = fire.step(state, event, config);
      state = answer.state;
      found.samples += 1;
      if (answer.outputs === undefined) continue;
      const next = answer.outputs.level!;
      if (next > level && minute < minutesPerYear) {
        if (next === 2) found.alarms.push(`${seed} day ${(minute / 1440).toFixed(2)}: ${answer.reasons?.join(' ')}`);
        else found.preAlarms += 1;
      }
      level = next;
      if (level === 2 && minute >= minutesPerYear && found.fireAfterMin < 0)
        found.fireAfterMin = minute - minutesPerYear;
    }
  };
  for (let minute = 0; minute < minutesPerYear; minute += 1) if (place.step()) hear(minute, place.values);
  const { temperature, smoke, co } = place.values;
  for (let minute = 0; minute < 15; minute += 1) {
    const grown = Math.min(1, minute / 5) ** 2;
    const burning = { temperature: temperature + 200 * grown, smoke: smoke + 60 * grown, co: co + 2_000 * grown };
    hear(minutesPerYear + minute, burning);
  }
  return found;
}

test(
  `${50 * times} quiet detector-years at one sample a minute give no alarm, and a fire after each of them gives one`,
  () => {
    const found = fleet.flatMap(({ years, kinds, given }, row) =>
      Array.from({ length: years * times }, (_, i) => ({ ...year(`fire-years/${row}/${i}`, kinds, given), kinds })),
    );
    const sum = (of: (one: (typeof found)[number]) => number) => found.reduce((total, one) => total + of(one), 0);
    expect(found.length).toBe(50 * times);
    expect(sum(({ samples }) => samples)).toBeGreaterThan(50 * minutesPerYear * times);
    expect(found.flatMap(({ alarms }) => alarms)).toEqual([]);
    expect(sum(({ preAlarms }) => preAlarms)).toBeLessThanOrEqual(25 * times);
    for (const { fireAfterMin, kinds } of found) {
      expect(fireAfterMin).toBeGreaterThanOrEqual(0);
      expect(fireAfterMin, kinds.join()).toBeLessThanOrEqual(6);
    }
  },
  300_000 * times,
);
