/**
 * What each model costs: samples a CPU second on one core at its usual samplings, beside a hand-written loop that does the least
 * anybody could call a decision (the floor), in the same run and in turns; bytes of state after short and long histories; and
 * whether a sample costs more late in a long history. Samples are made before the clock starts. A sample is one reading, or one
 * person's position in one picture.
 */
import type { ModelEvent, ModelType } from '../../rules/engine/types.ts';
import { models } from '../../rules/models/index.ts';
import { interleaved, median } from '../harness/pairs.ts';
import { benchArguments, type Claim, printReport, progress } from '../harness/report.ts';
import { type Row, rows } from './rows.ts';

const { quick, json } = benchArguments();
const rounds = quick ? 3 : 7;
/** State is weighed and cost is compared at these lengths of history, unless a row has its own. */
const usual: Row['histories'] = quick ? [10_000, 50_000, 200_000] : [10_000, 100_000, 1_000_000];
const historiesOf = ({ histories }: Row) => (quick ? usual : (histories ?? usual));
const chunk = 10_000;
const startMs = Date.UTC(2026, 0, 1);

type Chunk = { events: ModelEvent[]; samples: number };

/** Samples `from` to `from + chunk` of a row as events; a crossing's signal goes round once a minute. */
function eventsOf({ everyMs, values, tracks }: Row, streams: readonly string[], from: number): Chunk {
  const events: ModelEvent[] = [];
  let samples = 0;
  for (let n = from; samples < chunk; n += 1) {
    const takenAtMs = startMs + n * everyMs;
    if (tracks) {
      const s = (n / 10) % 60;
      if (s === 0 || s === 7 || s === 18)
        events.push({ kind: 'reading', input: 0, value: s === 0 ? 1 : s === 7 ? 2 : 0, takenAtMs, late: false });
      const seen = tracks(n);
      events.push({ kind: 'tracks', tracks: seen, takenAtMs, late: false });
      samples += seen.length;
      continue;
    }
    for (let input = 0; input < streams.length; input += 1) {
      const signal = values[streams[input]!.split('/')[1]!];
      if (signal === undefined) throw new Error(`no signal for ${streams[input]}`);
      events.push({ kind: 'reading', input, value: signal(n), takenAtMs, late: false });
      samples += 1;
    }
  }
  return { events, samples };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** A contestant with its whole history so far; `run` feeds it the next chunk and answers CPU seconds per sample. */
type Contestant = { run(chunk: Chunk): number; bytes(): number };

function modelContestant(type: ModelType<unknown, unknown>, config: unknown): Contestant {
  let state = type.initial(config);
  return {
    run({ events, samples }) {
      const before = cpuSeconds();
      for (const event of events) state = type.step(state, event, config).state;
      return (cpuSeconds() - before) / samples;
    },
    bytes: () => JSON.stringify(state).length,
  };
}

/** The floor: an exponential average of every value and a limit, in plain variables. */
function floorContestant(): Contestant {
  let [average, alarms] = [0, 0];
  return {
    run({ events, samples }) {
      const before = cpuSeconds();
      for (const event of events) {
        if (event.kind === 'reading') average += 0.1 * (event.value - average);
        else if (event.kind === 'tracks') for (const { xM } of event.tracks) average += 0.1 * (xM - average);
        if (average > 1e9) alarms += 1;
      }
      return (cpuSeconds() - before) / samples;
    },
    bytes: () => alarms,
  };
}

type Measured = { perSecond: number; floorPerSecond: number; bytes: number[]; early: number; late: number };

/** Brings a model through one long history, and measures it on the way. */
async function measure(row: Row, type: ModelType<unknown, unknown>): Promise<Measured> {
  const unitOf = (stream: string) => row.units?.[stream.split('/')[1]!] ?? '1';
  const given = row.config as unknown;
  const config = type.prepare?.(given, { unitOf, intervalMsOf: () => row.everyMs }) ?? given;
  const { streams } = type.inputs(config);
  const perStep = row.tracks ? row.tracks(0).length : streams.length;
  const subject = modelContestant(type, config);
  const floor = floorContestant();
  // Code is compiled on a life of its own, so that early samples are not charged for it.
  const practice = modelContestant(type, config);
  for (let at = 0; at < 8; at += 1) practice.run(eventsOf(row, streams, Math.ceil((at * chunk) / perStep)));
  const [bytes, costs] = [[] as number[], [] as number[]];
  let n = 0;
  let fed = 0;
  const next = () => {
    const made = eventsOf(row, streams, n);
    n += Math.ceil(made.samples / perStep);
    fed += made.samples;
    return made;
  };
  const histories = historiesOf(row);
  for (const length of histories) {
    // What a state holds depends on the moment; the largest of the last twentieth of a history counts.
    let largest = 0;
    while (fed < length) {
      costs.push(subject.run(next()));
      if (fed >= 0.95 * length) largest = Math.max(largest, subject.bytes());
    }
    bytes.push(largest);
  }
  const results = await interleaved(
    {
      model: async () => median(Array.from({ length: 10 }, () => subject.run(next()))),
      floor: async () => median(Array.from({ length: 10 }, () => floor.run(next()))),
    },
    rounds,
  );
  const tenth = Math.max(4, Math.floor(costs.length / 10));
  const skipped = Math.max(1, Math.floor(costs.length / 100));
  return {
    perSecond: 1 / median(results.model),
    floorPerSecond: 1 / median(results.floor),
    bytes,
    early: median(costs.slice(skipped, skipped + tenth)),
    late: median(costs.slice(-tenth)),
  };
}

const table: object[] = [];
const claims: Claim[] = [];
const missing = new Set<string>();
for (const row of rows) {
  const type = (models as readonly unknown[] as readonly ModelType<unknown, unknown>[]).find(
    (each) => each.type === row.type,
  );
  if (!type) {
    missing.add(row.type);
    continue;
  }
  progress(`models: ${row.name}`);
  const { perSecond, floorPerSecond, bytes, early, late } = await measure(row, type);
  const people = row.tracks?.(0).length ?? 1;
  const histories = historiesOf(row);
  table.push({
    model: row.name,
    'samples per CPU s': Math.round(perSecond),
    ...(row.tracks ? { 'pictures per CPU s': Math.round(perSecond / people) } : {}),
    'against the floor': Number((perSecond / floorPerSecond).toFixed(3)),
    ...Object.fromEntries(histories.map((length, at) => [`bytes at ${length.toExponential(0)}`, bytes[at]])),
    'late / early cost': Number((late / early).toFixed(2)),
  });
  claims.push(
    {
      what: `${row.name}: samples per CPU second`,
      measured: Math.round(perSecond),
      target: '≥ 500,000',
      met: perSecond >= 5e5,
    },
    {
      what: `${row.name}: state after ${histories[2]} samples / after ${histories[1]}`,
      measured: Number((bytes[2]! / bytes[1]!).toFixed(3)),
      target: '≤ 1.15',
      met: bytes[2]! / bytes[1]! <= 1.15,
    },
    {
      what: `${row.name}: cost of a sample late / early`,
      measured: Number((late / early).toFixed(2)),
      target: '≤ 1.25',
      met: late / early <= 1.25,
    },
  );
}
const notes = [
  `${usual.at(-1)} samples of history (a row may need more), then ${rounds} interleaved rounds, medians. The floor is an exponential average and a limit.`,
  'States are weighed as JSON text; what little they grow late is the length of larger numbers.',
  'Early is the tenth of the history after the first hundredth, late its last tenth.',
];
for (const type of missing) notes.push(`No model "${type}" here; its rows were left out.`);
printReport({ bench: 'models', quick, rows: table, claims, notes }, json);
