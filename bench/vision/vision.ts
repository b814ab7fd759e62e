/**
 * Cameras: JPEG to tracks beside bare decoding and inference, frame to the relay's order through a whole gateway on one core, what
 * gateway and eyes weigh, how many cameras a core serves, and what the small parts cost. Ratios are against the floor in the same
 * interleaved run; `--long` watches memory for twelve minutes, `--part=NAME` runs one part.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { percentile } from '../harness/pairs.ts';
import { machineCpuSeconds } from '../harness/process-usage.ts';
import { type Claim, printReport, progress } from '../harness/report.ts';
import { camerasPerCore, keptFps, wantedFps } from './cameras.ts';
import { stayOnLoadCore } from './core.ts';
import { costs } from './costs.ts';
import { fromFrameToOrder, type OrderResult } from './order.ts';
import { cycleMs } from './street.ts';
import { throughput } from './throughput.ts';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true },
  },
});
const { quick, json, long } = given;

/** Twelve minutes hold two of warm-up and ten to be judged; five hold thirty orders. */
const minutes = long ? 12 : quick ? 2 : 5;
const settledMin = long ? 2 : quick ? 1 : 2;
const [rounds, pictures] = quick ? [4, 20] : [20, 20];

const rows: object[] = [];
const claims: Claim[] = [];
const notes: string[] = [];
const rounded = (value: number, digits = 2) => Number(value.toFixed(digits));
const spread = (values: readonly number[]) => ({
  'p50 ms': rounded(percentile(values, 0.5)),
  'p95 ms': rounded(percentile(values, 0.95)),
});
const claim = (what: string, measured: number, target: string, met: boolean) =>
  claims.push({ what, measured, target, met });

async function through(): Promise<void> {
  for (const one of await throughput(rounds, pictures)) {
    const { model, perSecond, floorPerSecond, ratio, cpuRatio, cpuMs, floorCpuMs, stages, floorStages } = one;
    const ours = { 'pictures/s': rounded(perSecond, 1), 'CPU ms': rounded(cpuMs), 'of the floor': rounded(ratio) };
    rows.push({ what: `${model}: JPEG to tracks`, ...ours });
    const floor = { 'pictures/s': rounded(floorPerSecond, 1), 'CPU ms': rounded(floorCpuMs) };
    rows.push({ what: `${model}: floor`, ...floor });
    for (const [of, each] of [['', stages] as const, ['floor ', floorStages] as const])
      for (const [stage, { p50, p95 }] of Object.entries(each))
        rows.push({ what: `${model}: ${of}${stage}`, 'p50 ms': rounded(p50), 'p95 ms': rounded(p95) });
    const measured = rounded(ratio, 3);
    // The fp16-stored file is a reference, and no camera uses it.
    if (model === 'fp16-stored') continue;
    claim(`${model}: JPEG to tracks against the floor`, measured, '≥ 0.8', measured >= 0.8);
    claim(`${model}: the same by CPU time`, rounded(cpuRatio, 3), '≥ 0.8', cpuRatio >= 0.8);
  }
}

function weigh({ memory: { samples, slope, minutes: watched } }: OrderResult): void {
  for (const kind of ['rss', 'once', 'pss'] as const) {
    const values = samples.map((sample) => sample[kind]);
    const per = rounded(slope[kind]);
    rows.push({ what: `memory ${kind}`, MiB: rounded(percentile(values, 0.5), 0), 'MiB/min': per });
  }
  const most = rounded(Math.max(...samples.map(({ once }) => once)), 0);
  const what = `agent and eyes after ${settledMin} of ${watched} min`;
  claim(`${what}: most memory, shared pages once, MiB`, most, '≤ 350', most <= 350);
  // Two minutes are warm-up: a short run says nothing about growth.
  if (!quick) claim(`${what}: growth, MiB/min`, rounded(slope.once), '< 1', slope.once < 1);
}

async function order(): Promise<void> {
  const result = await fromFrameToOrder(minutes, settledMin);
  const { orderMs, others, published, pictures: passed } = result;
  rows.push({ what: `frame to order, ${orderMs.length} orders`, ...spread(orderMs) });
  rows.push({ what: `frame to tracks, ${passed.wholeMs.length} frames`, ...spread(passed.wholeMs) });
  rows.push({ what: 'frame: on its way to the agent', ...spread(passed.carriedMs) });
  rows.push({ what: 'frame: waiting for its turn', ...spread(passed.waitedMs) });
  rows.push({ what: 'frame: looked at', ...spread(passed.lookedMs) });
  rows.push({ what: 'frame: judged and decided', ...spread(passed.decidedMs) });
  const p95 = rounded(percentile(orderMs, 0.95), 1);
  claim('frame to order, p95 ms', p95, '≤ 300', p95 <= 300);
  notes.push(
    `${orderMs.length} orders were decided on a picture and ${others} on a reading or the time, in ${published / wantedFps} s; one is due every ${cycleMs / 1000} s.`,
  );
  weigh(result);
}

async function cameras(): Promise<void> {
  for (const model of ['default', 'light'] as const) {
    const tried = await camerasPerCore(model, quick ? 4 : 10);
    for (const { cameras: count, slowestFps, cpuMs } of tried)
      rows.push({ what: `${model}: ${count} cameras`, 'pictures/s': rounded(slowestFps), 'CPU ms': rounded(cpuMs) });
    const most = tried.filter(({ slowestFps }) => slowestFps >= keptFps).length;
    claims.push({ what: `${model}: cameras of ${wantedFps} pictures/s on one core`, measured: most });
  }
}

async function small(): Promise<void> {
  for (const [part, cpuMs] of Object.entries(await costs(quick ? 3 : 9)))
    rows.push({ what: `a picture: ${part}`, 'CPU ms': rounded(cpuMs, 3) });
}

const parts = { through, cameras, order, costs: small };
stayOnLoadCore();
const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
const [cpuBefore, beganMs, loadBefore] = [machineCpuSeconds(), performance.now(), load()];
for (const [name, part] of Object.entries(parts)) {
  if (given.part !== undefined && !given.part.includes(name)) continue;
  progress(`== ${name}`);
  await part();
}
const cores = ((machineCpuSeconds() - cpuBefore) * 1000) / (performance.now() - beganMs);
notes.push(
  `Pictures are drawn, 1280 × 720, 125 kB. System on one core, load on another; ${cores.toFixed(2)} cores were busy in all.`,
  `Load average before and after: ${loadBefore}; ${load()}.`,
);
printReport({ bench: 'vision', quick, rows, claims, notes }, json);
