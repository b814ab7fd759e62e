import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SlopeLevelConfig } from './config.ts';
import { slopeLevel } from './slope-level.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = 1_700_000_000_000;

/** One sample: hour, sensor, indication, and whether it may raise red alone; `rain` is attention for rain. */
type Row = readonly [hour: number, who: number | 'rain' | 'tick', level: number, alone?: boolean];

type Options = {
  sensors?: number;
  rain?: boolean;
  late?: boolean;
  shiftMs?: number;
  config?: Partial<SlopeLevelConfig>;
};

function configOf({ sensors = 1, rain = false, config }: Options): SlopeLevelConfig {
  const ids = Array.from({ length: sensors }, (_, i) => `s${i}`);
  return { sensors: ids, ...(rain ? { rain: ['gauge/attention'] } : {}), intervalMs: hourMs, ...config };
}

/** Plays samples and answers what was said after each: level, confidence, reasons. */
function play(rows: readonly Row[], options: Options = {}) {
  const config = configOf(options);
  const { late = false, shiftMs = 0 } = options;
  let state = slopeLevel.initial(config);
  const said = { level: -1, confidence: -1, reasons: [] as readonly string[] };
  const all: { level: number; confidence: number; reasons: readonly string[] }[] = [];
  const hear = (input: number, value: number, takenAtMs: number, why: string[]) => {
    const answer = slopeLevel.step(state, { kind: 'reading', input, value, takenAtMs, late, why }, config);
    state = answer.state;
    Object.assign(said, answer.outputs, answer.reasons ? { reasons: answer.reasons } : {});
  };
  for (const [hour, who, level, alone = false] of rows) {
    const takenAtMs = startMs + shiftMs + hour * hourMs;
    if (who === 'tick') {
      const answer = slopeLevel.step(state, { kind: 'tick', atMs: takenAtMs }, config);
      state = answer.state;
      Object.assign(said, answer.outputs);
    } else if (who === 'rain') hear(2 * config.sensors.length, level, takenAtMs, ['Rain of 60 mm in 6 h.']);
    else {
      const why = [`Velocity class ${level} in hour ${hour}.`];
      hear(2 * who, Number(alone), takenAtMs, why);
      hear(2 * who + 1, level, takenAtMs, why);
    }
    all.push({ ...said });
  }
  return { all, levels: all.map(({ level }) => level), last: all[all.length - 1]!, state };
}

/** Consecutive hourly samples of one sensor. */
const samples = (levels: readonly number[], who = 0, fromHour = 0): Row[] =>
  levels.map((level, i) => [fromHour + i, who, level] as const);
const hours = (count: number, level = 0, who = 0, fromHour = 0) =>
  samples(new Array<number>(count).fill(level), who, fromHour);

type Case = [what: string, rows: Row[], levels: number[], options?: Options];
const raising: Case[] = [
  ['one sample raises nothing', samples([0, 0, 2, 0, 0]), [0, 0, 0, 0, 0]],
  ['two in a row raise', samples([0, 0, 2, 2]), [0, 0, 0, 2]],
  ['two of three raise with one between them', samples([0, 1, 0, 1]), [0, 0, 0, 1]],
  ['two of four do not', samples([0, 1, 0, 0, 1]), [0, 0, 0, 0, 0]],
  ['the first two samples are enough', samples([2, 2]), [0, 2]],
  ['a worse sample counts for every level below it', samples([0, 3, 1]), [0, 0, 1]],
  ['the level is the second worst of three', samples([0, 2, 3, 3]), [0, 0, 2, 3]],
  [
    'two sensors agree within two intervals',
    [...samples([0, 0]), ...samples([0, 0, 0], 1), [2, 0, 2], [4, 1, 2]],
    [0, 0, 0, 0, 0, 0, 2],
    { sensors: 2 },
  ],
  [
    'two sensors further apart do not agree',
    [...samples([0, 0]), ...samples([0, 0, 0], 1), [2, 0, 2], [4.1, 1, 2]],
    [0, 0, 0, 0, 0, 0, 0],
    { sensors: 2 },
  ],
  [
    'two sensors agree on the milder of their levels',
    [...samples([0]), ...samples([0], 1, 0), [1, 0, 3], [1, 1, 1]],
    [0, 0, 0, 1],
    { sensors: 2 },
  ],
  ['a sensor that may raise red alone does so at once', [...samples([0, 0]), [2, 0, 3, true]], [0, 0, 3]],
  ['rain raises yellow at once', [...samples([0]), [0.5, 'rain', 1]], [0, 1], { rain: true }],
  ['rain adds nothing to orange', [...samples([0, 2, 2]), [2.5, 'rain', 1]], [0, 0, 2, 2], { rain: true }],
];
test.each(raising)('raise: %s', (_, rows, levels, options) => {
  expect(play(rows, options).levels).toEqual(levels);
});

test('a dense sensor that repeats its newest look in the same words does not persist by that', () => {
  const config = { ...configOf({}), intervalMs: 60_000 };
  let state = slopeLevel.initial(config);
  const levels: number[] = [];
  for (let minute = 0; minute < 300; minute += 1) {
    const look = Math.floor(minute / 60);
    const value = look === 1 || look === 3 || look === 4 ? 2 : 0;
    const event = { kind: 'reading', input: 1, value, takenAtMs: startMs + minute * 60_000, late: false } as const;
    const answer = slopeLevel.step(state, { ...event, why: [`Look ${look}.`] }, config);
    state = answer.state;
    levels.push(state.live.level);
  }
  expect(levels.slice(0, 180)).toEqual(new Array(180).fill(0));
  expect(levels.slice(180)).toEqual(new Array(120).fill(2));
});

test('red of one sensor is said with its alone, before its indication arrives', () => {
  const config = configOf({});
  let state = slopeLevel.initial(config);
  const hear = (input: number, value: number, takenAtMs: number) => {
    const answer = slopeLevel.step(state, { kind: 'reading', input, value, takenAtMs, late: false, why: [] }, config);
    state = answer.state;
    return answer.outputs?.level;
  };
  hear(0, 0, startMs);
  hear(1, 0, startMs);
  expect(hear(0, 1, startMs + hourMs)).toBe(3);
});

test.each([
  [1, 24],
  [2, 48],
  [3, 72],
])('lower: level %d ends when it has been absent for %d h, and not sooner', (level, dwellH) => {
  const rows = [...samples([0, level, level]), ...hours(dwellH + 4, 0, 0, 3)];
  const { levels } = play(rows);
  // Absent from the second blue sample on: until then two of three still show it.
  const lastPresent = 3;
  expect(levels.slice(2, lastPresent + dwellH)).toEqual(new Array(lastPresent + dwellH - 2).fill(level));
  expect(levels[lastPresent + dwellH]).toBe(0);
});

test('lower: the level falls straight to what is still within its own dwell', () => {
  // Red, then orange for three days, then nothing.
  const rows = [...samples([0, 3, 3]), ...hours(80, 2, 0, 3), ...hours(60, 0, 0, 83)];
  const { levels } = play(rows);
  expect(levels[74]).toBe(3);
  expect(levels[75]).toBe(2);
  expect(levels[83 + 47]).toBe(2);
  expect(levels[83 + 49]).toBe(0);
});

test('lower: danger that comes back restarts the dwell', () => {
  const rows = [...samples([0, 1, 1]), ...hours(20, 0, 0, 3), ...samples([1, 1], 0, 23), ...hours(30, 0, 0, 25)];
  const { levels } = play(rows);
  expect(levels[30]).toBe(1);
  expect(levels[25 + 23]).toBe(1);
  expect(levels[25 + 25]).toBe(0);
});

test('lower: dwells can be seconds for a demonstration', () => {
  const config = { dwellYellowMs: 5000, dwellOrangeMs: 10_000, dwellRedMs: 15_000, intervalMs: 1000 };
  const seconds = (levels: number[]) => samples(levels).map(([i, who, level]) => [i / 3600, who, level] as const);
  const { levels } = play(seconds([0, 3, 3, ...new Array<number>(20).fill(0)]), { config });
  expect(levels[2]).toBe(3);
  expect(levels[17]).toBe(3);
  expect(levels[18]).toBe(0);
  expect(slopeLevel.check?.({ sensors: ['a'], dwellRedMs: 1 })).toHaveLength(1);
});

test('silence never lowers: what a silent sensor said last stays evidence, whatever the others say', () => {
  const rows = [...samples([0, 3, 3]), ...hours(400, 0, 1, 0)];
  rows.sort((a, b) => a[0] - b[0]);
  const { last, levels } = play(rows, { sensors: 2 });
  expect(levels.at(-1)).toBe(3);
  expect(last.confidence).toBeLessThanOrEqual(0.25);
  expect(last.reasons.join(' ')).toMatch(/Not heard, so unknown and not safe: s0 not for 16.5 d/);
});

test('silence never lowers: time without any sensor counts for no dwell', () => {
  const rows = [...samples([0, 1, 1, 0, 0]), ...hours(40, 0, 0, 300)];
  const { levels } = play(rows);
  // One hour of the 24 had passed, three more count until the sensor is taken for silent.
  expect(levels.slice(5, 5 + 19)).toEqual(new Array(19).fill(1));
  expect(levels.at(-1)).toBe(0);
});

test('silence takes confidence to 0 and leaves the level', () => {
  const { all, last } = play([...samples([0, 2, 2]), [4, 'tick', 0], [5.1, 'tick', 0], [60, 'tick', 0]]);
  expect(all.map(({ confidence }) => confidence).slice(2)).toEqual([1, 1, 0, 0]);
  expect(last.level).toBe(2);
});

test('sensors that show less lower confidence and are named; a persistent red of one stands', () => {
  const rows = [0, 1, 2].flatMap((hour) => [
    [hour, 1, 0] as const,
    [hour, 2, 0] as const,
    [hour, 0, hour === 0 ? 0 : 3] as const,
  ]);
  const { last } = play(rows, { sensors: 3 });
  expect(last.level).toBe(3);
  expect(last.confidence).toBeCloseTo(0.67, 2);
  expect(last.reasons).toEqual([
    'Red: shown by s0 in 2 of 3 samples.',
    's0: Velocity class 3 in hour 2.',
    'Other sensors do not show it: s1 shows blue, s2 shows blue.',
  ]);
  const agreeing = rows.map(([hour, who]) => [hour, who, hour === 0 ? 0 : 3] as const);
  expect(play(agreeing, { sensors: 3 }).last.confidence).toBe(1);
});

test('rain alone never gives more than yellow, however long it lasts, and yellow ends after it', () => {
  const rows: Row[] = [];
  for (let hour = 0; hour < 500; hour += 1) rows.push([hour, 0, 0], [hour + 0.5, 'rain', Number(hour < 400)]);
  const { all, levels } = play(rows, { rain: true });
  expect(Math.max(...levels)).toBe(1);
  expect(levels[1 + 2 * (400 + 22)]).toBe(1);
  expect(levels.at(-1)).toBe(0);
  expect(all[801 - 3]!.reasons).toContain('Rain of 60 mm in 6 h.');
});

test('rain that has fallen silent holds yellow for its day and no longer', () => {
  const rows: Row[] = [[0, 0, 0], [0.5, 'rain', 1], ...hours(60, 0, 0, 1)];
  const { levels } = play(rows, { rain: true });
  expect(levels[2 + 46]).toBe(1);
  expect(levels.at(-1)).toBe(0);
});

test('while a dwell runs, the reasons say how long it has run and what is shown', () => {
  const { last, all } = play([...samples([0, 2, 2]), ...hours(40, 0, 0, 3)]);
  expect(last.reasons[0]).toBe(
    'Orange stays for 2 d after it was last shown; 36 h or more have passed. It shows blue now.',
  );
  expect(all[10]!.reasons[0]).toBe('Orange stays for 2 d after it was last shown. It shows blue now.');
});

test('late samples may raise and leave the present alone', () => {
  const { state } = play(hours(5, 0, 0, 100));
  const config = configOf({});
  let now = state;
  const levels: (number | undefined)[] = [];
  for (const hour of [0, 1, 2]) {
    const event = { kind: 'reading', input: 1, value: 2, takenAtMs: startMs + hour * hourMs, late: true } as const;
    const answer = slopeLevel.step(now, event, config);
    levels.push(answer.outputs?.level);
    now = answer.state;
  }
  expect(Math.max(...levels.map((level) => level ?? 0))).toBe(2);
  expect(now.live).toBe(state.live);
});

const story = fc.array(
  fc.record({
    gapH: fc.constantFrom(0.5, 1, 1, 1, 5, 30),
    who: fc.constantFrom<number | 'rain'>(0, 1, 2, 'rain'),
    level: fc.constantFrom(0, 0, 0, 1, 2, 3),
    alone: fc.constantFrom(false, false, false, false, true),
    more: fc.constantFrom(0, 0, 0, 1, 3),
  }),
  { minLength: 1, maxLength: 60 },
);
type Step = { gapH: number; who: number | 'rain'; level: number; alone: boolean; more: number };
function rowsOf(steps: readonly Step[], worse: boolean): Row[] {
  let hour = 0;
  return steps.map(({ gapH, who, level, alone, more }) => {
    hour += gapH;
    if (who === 'rain') return [hour, who, Math.min(1, level + (worse ? more : 0))];
    return [hour, who, Math.min(3, level + (worse ? more : 0)), level === 3 && alone];
  });
}

/** The level of the state after each sample, whether or not it was said. */
function courseOf(rows: readonly Row[], options: Options) {
  return rows.map((_, i) => play(rows.slice(0, i + 1), options).state.live.level);
}

test('more danger never lowers the level', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const options = { sensors: 3, rain: true };
      const less = courseOf(rowsOf(steps, false), options);
      const more = courseOf(rowsOf(steps, true), options);
      expect(less.filter((level, i) => level > more[i]!)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('shifting all times shifts nothing else, and repeated samples change nothing', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 1, max: dayMs }), (steps, shiftMs) => {
      const rows = rowsOf(steps, true);
      const options = { sensors: 3, rain: true };
      const once = play(rows, options);
      expect(play(rows, { ...options, shiftMs }).all).toEqual(once.all);
      const twice = rows.flatMap((row) => [row, row]);
      expect(play(twice, options).all.filter((_, i) => i % 2 === 1)).toEqual(once.all);
    }),
    { numRuns: 100 },
  );
});

test('the level said is the level that stands, at every sample', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const rows = rowsOf(steps, true);
      const { levels } = play(rows, { sensors: 3, rain: true });
      const course = courseOf(rows, { sensors: 3, rain: true });
      rows.forEach(([, who], i) => {
        if (who !== 'rain') expect(levels[i]).toBe(course[i]);
      });
    }),
    { numRuns: 60 },
  );
});

test('ten thousand days leave a state of the same size', () => {
  const config = configOf({ sensors: 4, rain: true });
  let state = slopeLevel.initial(config);
  const sizes: number[] = [];
  for (let i = 0; i < 240_000; i += 1) {
    const why = [`Velocity ${i % 7} mm/d.`];
    const takenAtMs = startMs + i * hourMs;
    const value = i % 5000 < 3 ? 2 : 0;
    state = slopeLevel.step(
      state,
      { kind: 'reading', input: 1 + 2 * (i % 4), value, takenAtMs, late: false, why },
      config,
    ).state;
    if (i % 24_000 === 23_999) sizes.push(JSON.stringify(state).length);
  }
  expect(Math.max(...sizes)).toBeLessThan(3000);
});
