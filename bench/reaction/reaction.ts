import { interleaved, median, medianRatio, percentile } from '../harness/pairs.ts';
import { benchArguments, type Claim, printReport, progress } from '../harness/report.ts';
import { floor, nodeRed, type Trial, type TrialResult, tocsin } from './contestants.ts';

/**
 * From a sensor's publish to the relay's order: through `tocsin edge` with every guard on and the intent in the journal; through the
 * floor (stock aedes with TCP_NODELAY, a raw decider, one durable commit); through Node-RED with the same threshold at QoS 1; and
 * through Tocsin again while its uplink flushes a backlog into a busy cloud, and with the cloud link cut.
 */
const { quick, json } = benchArguments();
const rounds = quick ? 3 : 5;
const trial: Trial = { perSecond: 100, count: quick ? 450 : 1_500, warmUp: 150 };

const red = await nodeRed.install();
const contestants: Record<string, () => Promise<TrialResult>> = {
  tocsin: () => tocsin(trial, 'idle'),
  floor: () => floor(trial),
  'tocsin, cloud cut': () => tocsin(trial, 'cut'),
  'tocsin, backlog and busy cloud': () => tocsin(trial, 'busy'),
  ...(red.why === undefined ? { 'Node-RED': () => nodeRed.run(trial) } : {}),
};
const results = await interleaved(contestants, rounds, (name, { took, missed }, round) =>
  progress(
    `round ${round + 1}/${rounds}, ${name}: p50 ${percentile(took, 0.5).toFixed(2)} ms, p99 ${percentile(took, 0.99).toFixed(2)} ms, ${missed} missed`,
  ),
);

const figure = (name: string, share: number) => (results[name] ?? []).map(({ took }) => percentile(took, share));
const rows = Object.entries(results).map(([name, runs]) => ({
  contestant: name,
  'p50 ms': median(figure(name, 0.5)).toFixed(3),
  'p95 ms': median(figure(name, 0.95)).toFixed(3),
  'p99 ms': median(figure(name, 0.99)).toFixed(3),
  orders: runs.reduce((sum, { took }) => sum + took.length, 0),
  missed: runs.reduce((sum, { missed }) => sum + missed, 0),
}));
const claim = (what: string, ratio: number, limit: number, most = true): Claim => ({
  what,
  measured: Number(ratio.toFixed(2)),
  target: `${most ? '≤' : '≥'} ${limit}`,
  met: most ? ratio <= limit : ratio >= limit,
});
const ratio = (a: string, b: string, share: number) => medianRatio(figure(a, share), figure(b, share));
printReport(
  {
    bench: 'reaction',
    quick,
    rows,
    claims: [
      claim('p50 against the floor', ratio('tocsin', 'floor', 0.5), 1.3),
      claim('p99 against the floor', ratio('tocsin', 'floor', 0.99), 1.3),
      claim('p99 with backlog and busy cloud against idle', ratio('tocsin, backlog and busy cloud', 'tocsin', 0.99), 3),
      claim('p99 with the cloud cut against idle', ratio('tocsin, cloud cut', 'tocsin', 0.99), 1.1),
      ...(results['Node-RED'] ? [claim('Node-RED p50 against ours', ratio('Node-RED', 'tocsin', 0.5), 10, false)] : []),
    ],
    notes: red.why === undefined ? [`Node-RED ${red.version}.`] : [`Node-RED was left out: ${red.why}.`],
  },
  json,
);
