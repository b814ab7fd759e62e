import { chance, createQuietPlace } from '@tocsin/simulators';
import { fire } from '../../rules/models/fire/fire.ts';

/**
 * Detector-years at one sample a minute in which nothing burns (simulators/fire/quiet.ts), each with a fire after it. Run as a
 * process of its own, `node fire-years.ts <years>`: tens of millions of samples take half again as long inside the test
 * runner, which puts a getter before every import. `years` and what is printed are JSON.
 */
const minuteMs = 60_000;
const startMs = Date.UTC(2020, 0, 1);
const minutesPerYear = 525_600;

export type Kind = 'temperature' | 'smoke' | 'co';
type Config = Parameters<typeof fire.step>[2];

/** What the detector of one year has, how it is set, and its seed. */
export type Year = { seed: string; kinds: readonly Kind[]; given?: Partial<Config> };

/** What came of a year: alarms in words, pre-alarms, minutes from the fire to its alarm (-1 for none), samples heard. */
export type Found = { alarms: string[]; preAlarms: number; fireAfterMin: number; samples: number };

/** One year and the fire after it. */
function live({ seed, kinds, given = {} }: Year): Found {
  const raw = { ...Object.fromEntries(kinds.map((kind) => [kind, `place/${kind}`])), ...given } as Config;
  const config = fire.prepare!(raw, { unitOf: () => '%/m', intervalMsOf: () => minuteMs });
  const place = createQuietPlace(chance(seed));
  const event = { kind: 'reading' as const, input: 0, value: 0, takenAtMs: 0, late: false };
  const found: Found = { alarms: [], preAlarms: 0, fireAfterMin: -1, samples: 0 };
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

const years = process.argv[2];
if (years !== undefined) console.log(JSON.stringify((JSON.parse(years) as Year[]).map(live)));
