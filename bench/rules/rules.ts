/**
 * Decisions a second on one core: the engine with 1,000 rules over 10,000 devices, beside closures compiled by hand (the floor)
 * and json-rules-engine (the peer), all fed the same readings in the same run, in turns. CPU seconds of this process count.
 */
import { interleaved, median, medianRatio } from '../harness/pairs.ts';
import { benchArguments, type Claim, printReport, progress } from '../harness/report.ts';
import { closures } from './closures.ts';
import { devices, type Kind, kinds, type Reading, type Recording, recordingOf, rules, tocsin } from './fleet.ts';
import { installJsonRules, jsonRules } from './json-rules.ts';

const { quick, json } = benchArguments();
const rounds = quick ? 3 : 7;
const seconds = quick ? 60 : 200;
/** The peer is so much slower that a few of the readings are enough; they cover every device and rule. */
const peerSeconds = quick ? 1 : 3;

type Rate = { perCpuSecond: number; told: number };

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The first half warms up, windows fill and code is compiled; the second half is measured. */
function measure(decide: (reading: Reading) => number, { size, at }: Recording): Rate {
  const half = size >> 1;
  let told = 0;
  for (let i = 0; i < half; i += 1) told += decide(at(i));
  const before = cpuSeconds();
  for (let i = half; i < size; i += 1) told += decide(at(i));
  return { perCpuSecond: (size - half) / (cpuSeconds() - before), told };
}

async function measurePeer(decide: (reading: Reading) => Promise<number>, { size, at }: Recording): Promise<Rate> {
  const first = size - peerSeconds * devices;
  let told = 0;
  for (let i = 0; i < devices; i += 1) told += await decide(at(i));
  const before = cpuSeconds();
  for (let i = first; i < size; i += 1) told += await decide(at(i));
  return { perCpuSecond: (size - first) / (cpuSeconds() - before), told };
}

function contestantsOf(kind: Kind, recording: Recording) {
  const sync = (create: (kind: Kind) => (reading: Reading) => number) => async () => measure(create(kind), recording);
  return { tocsin: sync(tocsin), closures: sync(closures) };
}

const rows: object[] = [];
const claims: Claim[] = [];
const notes = [
  `${rules} rules over ${devices} devices, one reading a second each; ${rounds} interleaved rounds, medians.`,
];
const peer = installJsonRules();
if (peer.why) notes.push(`No peer: ${peer.why}.`);
const recording = recordingOf(seconds);
const row = (kind: Kind, engine: string, rates: readonly Rate[]) =>
  rows.push({
    rules: kind,
    engine,
    'readings per CPU s': Math.round(median(rates.map(({ perCpuSecond }) => perCpuSecond))),
    'told per round': rates[0]?.told,
  });
const speeds = (rates: readonly Rate[]) => rates.map(({ perCpuSecond }) => perCpuSecond);

for (const kind of kinds) {
  progress(`rules: ${kind}`);
  const library = kind === 'threshold' ? peer.library : undefined;
  const ours = contestantsOf(kind, recording);
  const theirs = { 'json-rules-engine': () => measurePeer(jsonRules(library!), recording) };
  const results = await interleaved<string, Rate>(library ? { ...ours, ...theirs } : ours, rounds);
  for (const [engine, rates] of Object.entries(results)) row(kind, engine, rates);
  const { tocsin: engine = [], closures: floor = [], 'json-rules-engine': other } = results;
  const share = medianRatio(speeds(engine), speeds(floor));
  const goal = kind === 'threshold' ? { target: '≥ 0.25', met: share >= 0.25 } : {};
  claims.push({ what: `${kind}: engine / closures`, measured: Number(share.toFixed(3)), ...goal });
  if (other === undefined) continue;
  const times = medianRatio(speeds(engine), speeds(other));
  const what = `${kind}: engine / json-rules-engine`;
  claims.push({ what, measured: Math.round(times), target: '≥ 100', met: times >= 100 });
}
printReport({ bench: 'rules', quick, rows, claims, notes }, json);
