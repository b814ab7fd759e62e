/**
 * The cloud's path of a reading: batches of 1, 10, 100 and 1,000 readings → decoded → judged → committed with a full fsync → acknowledged
 * → decided → queryable in DuckDB, with the series writer running, beside DuckDB's bare appender in turns. Then bytes per stored
 * reading after a day was closed, and memory while thousands of sites send every second.
 */
import { parseArgs } from 'node:util';
import { interleaved, median, medianRatio } from '../harness/pairs.ts';
import { type Claim, printReport, progress } from '../harness/report.ts';
import { bareAppender } from './appender.ts';
import { runFleet } from './fleet.ts';
import { loadOf, seriesPerSite } from './load.ts';
import { runBroker } from './through-broker.ts';
import { type PathRates, type Rate, runDay, runPath, sites } from './whole.ts';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    minutes: { type: 'string' },
  },
});
const { quick, json } = given;
const minutes = Number(given.minutes ?? (quick ? 0.5 : 2));
const rounds = quick ? 2 : 5;
const fleetSites = 5_000;
const readingsOf: Record<number, number> = quick
  ? { 1: 100_000, 10: 500_000, 100: 1_500_000, 1000: 2_000_000 }
  : { 1: 300_000, 10: 2_000_000, 100: 6_000_000, 1000: 8_000_000 };

const rows: object[] = [];
const claims: Claim[] = [];
const rounded = (value: number) => Number(value.toPrecision(3));
const medianOf = (rates: readonly Rate[], field: keyof Rate) => median(rates.map((rate) => rate[field]));
const claim = (what: string, measured: number, target: string, met: boolean) =>
  claims.push({ what, measured: rounded(measured), target, met });

function row(what: string, rates: readonly Rate[]): void {
  rows.push({
    what,
    'readings per s': Math.round(medianOf(rates, 'perSecond')),
    'per CPU s': Math.round(medianOf(rates, 'perCpuSecond')),
  });
}

async function sized(batch: number): Promise<void> {
  const load = loadOf({ readings: readingsOf[batch]!, batch, sites });
  const results = await interleaved<string, PathRates>(
    {
      whole: () => runPath(load, batch, true),
      acknowledged: () => runPath(load, batch, false),
      appender: async () => ({ acknowledged: await bareAppender(2_000_000, sites * seriesPerSite) }),
    },
    rounds,
    (name, { acknowledged, queryable }) =>
      progress(`${batch} a batch, ${name}: ${Math.round((queryable ?? acknowledged).perSecond)} readings/s`),
  );
  const whole = results.whole!.map(({ queryable }) => queryable!);
  const path = results.acknowledged!.map(({ acknowledged }) => acknowledged);
  const bare = results.appender!.map(({ acknowledged }) => acknowledged);
  row(`${batch} a batch: queryable, all threads`, whole);
  row(`${batch} a batch: acknowledged path alone`, path);
  row(`bare DuckDB appender, beside ${batch} a batch`, bare);
  const ofBare = (field: keyof Rate) =>
    medianRatio(
      whole.map((one) => one[field]),
      bare.map((one) => one[field]),
    );
  claims.push({ what: `${batch} a batch: whole / bare appender, CPU`, measured: rounded(ofBare('perCpuSecond')) });
  if (batch === 1) {
    const single = medianOf(whole, 'perSecond');
    claim('single readings per s, queryable', single, '≥ 20,000', single >= 20_000);
  }
  if (batch !== 100) return;
  const speed = medianOf(whole, 'perSecond');
  claim('100 a batch: readings per s, queryable', speed, '≥ 250,000', speed >= 250_000);
  const cpu = medianOf(path, 'perCpuSecond');
  claim('100 a batch: readings per CPU s, acknowledged path', cpu, '≥ 400,000', cpu >= 400_000);
  const share = ofBare('perSecond');
  claim('100 a batch: whole / bare appender, wall clock', share, '≥ 0.25', share >= 0.25);
}

for (const batch of [1, 10, 100, 1_000]) await sized(batch);

progress('through a real broker');
const broker = await runBroker(quick ? 300_000 : 2_000_000);
row('100 a batch: through MQTT (QoS 1) and our broker', [broker]);

progress('a day of 1 Hz');
const day = await runDay(100);
rows.push({
  what: `closing a day of ${day.readings} readings, s`,
  'readings per s': Math.round(day.readings / day.closeSeconds),
});
claim('bytes per stored reading after closing a day', day.bytesPerReading, '≤ 4', day.bytesPerReading <= 4);

progress(`${fleetSites} sites for ${minutes} min`);
const fleet = await runFleet(fleetSites, minutes);
const settled = fleet.slice(Math.floor(fleet.length / 2)).map((one) => one['RSS MiB']);
const growth = settled.at(-1)! / settled[0]!;
claim(`${fleetSites} sites, RSS at the end / at half time`, growth, '≤ 1.1', growth <= 1.1);
const behindS = fleet.at(-1)!['behind s'];
claim(`${fleetSites} sites, seconds behind at the end`, behindS, '≤ 1', behindS <= 1);

console.table(fleet);
const notes = [
  `${sites} sites of ${seriesPerSite} series; a threshold rule per ten series decides in process; the log commits with synchronous=FULL.`,
  `Medians of ${rounds} interleaved rounds; a tenth of each load warms up. CPU seconds are of the whole process, all threads.`,
];
printReport({ bench: 'pipeline', quick, rows, claims, notes }, json);
