import { air, creep, type Signal, sometimes, storms, walkers } from './signals.ts';

/**
 * One model at one sampling. `values` say what each of its inputs reads, by the channel of the stream; `tracks` what its camera
 * sees. A row for a kind of model that does not exist is left out aloud.
 */
export type Row = {
  name: string;
  type: string;
  config: Record<string, unknown>;
  everyMs: number;
  values: Record<string, Signal>;
  units?: Record<string, string>;
  tracks?: (n: number) => { id: number; xM: number; yM: number }[];
  /** Lengths of history at which it is weighed, where the usual ones do not fill its memory. */
  histories?: readonly [number, number, number];
};

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

/** Creep of about 1 mm a day; with `episode` a fifth of each so many samples accelerates, as no slope does for long. */
const slope = (name: string, everyMs: number, more: { episode?: number; histories?: Row['histories'] } = {}): Row => ({
  name: `slope, ${name}${more.episode === undefined ? '' : ', a fifth of it accelerating'}`,
  type: 'slope',
  config: { input: 'e1/displacement' },
  everyMs,
  values: { displacement: creep({ perMm: Math.max(1, day / everyMs), episode: more.episode }) },
  ...(more.histories ? { histories: more.histories } : {}),
});

const fire = (name: string, everyMs: number): Row => ({
  name: `fire, heat + smoke + CO, ${name}`,
  type: 'fire',
  config: { temperature: 'd/temperature', smoke: 'd/smoke', co: 'd/co' },
  everyMs,
  values: {
    temperature: air({ base: 21, swing: 2, sigma: 0.1, rise: 60, day: day / everyMs }),
    smoke: air({ base: 0.2, swing: 0.05, sigma: 0.02, rise: 12, day: day / everyMs }),
    co: air({ base: 2, swing: 0.5, sigma: 0.5, rise: 100, day: day / everyMs }),
  },
  units: { temperature: 'Cel', smoke: '%/m', co: '[ppm]' },
});

const crossing = (people: number): Row => ({
  name: `crossing, ${people === 1 ? 'one person' : `${people} people`}, 10 fps`,
  type: 'crossing',
  config: { tracks: 'camera', phase: 'signal/phase', from: [0, 0], to: [12, 0], widthM: 4, clearanceMs: 11_000 },
  everyMs: 100,
  values: {},
  tracks: walkers(people, 10),
});

export const rows: readonly Row[] = [
  // A memory of days is full only after millions of seconds.
  slope('1 s', second, { histories: [10_000, 1_000_000, 4_000_000] }),
  slope('1 min', minute),
  slope('1 h', hour),
  slope('1 d', day),
  slope('1 min', minute, { episode: 50_000 }),
  slope('1 h', hour, { episode: 2_000 }),
  slope('1 d', day, { episode: 200 }),
  {
    name: 'vector, 1 min',
    type: 'vector',
    config: { east: 'g/east', north: 'g/north', up: 'g/up' },
    everyMs: minute,
    values: {
      east: (n) => n / 1000 + (n % 7) / 10,
      north: (n) => n / 2000 - (n % 5) / 10,
      up: (n) => -n / 4000 + (n % 3) / 10,
    },
    units: { east: 'mm', north: 'mm', up: 'mm' },
  },
  {
    name: 'rain, 10 min',
    type: 'rain',
    config: { input: 'g/rain' },
    everyMs: 10 * minute,
    values: { rain: storms },
    units: { rain: 'mm' },
  },
  {
    name: 'slope-level, three sensors, 1 h',
    type: 'slope-level',
    config: { sensors: ['m1', 'm2', 'm3'], rain: ['r/attention'] },
    everyMs: hour,
    values: {
      indication: (n) => (n % 500 < 460 ? 0 : n % 500 < 480 ? 1 : 2),
      alone: sometimes(0, 500),
      attention: sometimes(1, 300),
      confidence: () => 0.8,
      velocity: () => 1,
    },
  },
  fire('1 s', second),
  fire('1 min', minute),
  {
    name: 'fire-zone, three detectors, 1 s',
    type: 'fire-zone',
    config: { detectors: ['a', 'b', 'c'] },
    everyMs: second,
    values: {
      level: (n) => (n % 10_000 < 9_900 ? 0 : n % 10_000 < 9_950 ? 1 : 2),
      heat: sometimes(0, 100),
      service: sometimes(0, 100),
      confidence: () => 0.9,
    },
  },
  crossing(1),
  crossing(10),
];
