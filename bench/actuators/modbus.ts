import { median, percentile } from '../harness/pairs.ts';
import { machineCpuSeconds } from '../harness/process-usage.ts';
import { benchArguments, type Claim, printReport, progress } from '../harness/report.ts';
import { holdContactors, holdRelays } from './holds.ts';
import { react } from './reaction.ts';

/**
 * From the reading that completes a coincidence to the trip coil written at a Modbus panel in another process, beside bare modbus-serial
 * writes and bare commits in the same run; and what it costs to hold 500 leases.
 */
const { quick, json } = benchArguments();
const before = { machine: machineCpuSeconds(), own: process.cpuUsage(), atMs: performance.now() };
const { reactionMs, roundTripMs, commitMs, missed, moves } = await react(quick ? 20 : 240);
const own = process.cpuUsage(before.own);
const busy =
  (machineCpuSeconds() - before.machine - (own.user + own.system) / 1e6) / ((performance.now() - before.atMs) / 1000);
progress('500 holds over MQTT');
const relays = await holdRelays(quick ? 10 : 60);
progress('500 holds on a Modbus panel');
const contactors = await holdContactors(quick ? 5 : 20);

const row = (what: string, values: readonly number[]) => ({
  what,
  'p50 ms': percentile(values, 0.5).toFixed(3),
  'p95 ms': percentile(values, 0.95).toFixed(3),
  'p99 ms': percentile(values, 0.99).toFixed(3),
  'most ms': Math.max(...values).toFixed(3),
  count: values.length,
});
const floorMs = roundTripMs.map((ms, i) => ms + commitMs[i]!);
const claim = (what: string, measured: number, limit: number): Claim => ({
  what,
  measured: Number(measured.toFixed(3)),
  target: `≤ ${limit}`,
  met: measured <= limit,
});
const p99 = (values: readonly number[]) => percentile(values, 0.99);
printReport(
  {
    bench: 'actuators',
    quick,
    rows: [
      row('reading → coil written', reactionMs),
      row('bare Modbus round trip', roundTripMs),
      row('bare durable commit', commitMs),
      row('bare round trip and one commit', floorMs),
    ],
    claims: [
      claim('reading → coil, p99 ms', p99(reactionMs), 20),
      claim('p99 against the bare round trip', p99(reactionMs) / p99(roundTripMs), 3),
      {
        what: 'p50 against the bare round trip',
        measured: Number((median(reactionMs) / median(roundTripMs)).toFixed(2)),
      },
      { what: 'p99 against round trip and one commit', measured: Number((p99(reactionMs) / p99(floorMs)).toFixed(2)) },
      claim('500 leases over MQTT, share of a core', relays.coreShare, 0.05),
      { what: '500 leases on one Modbus panel, share of a core', measured: Number(contactors.coreShare.toFixed(3)) },
    ],
    notes: [
      `While events ran, everything but the agent (the panel took little of it) kept ${busy.toFixed(2)} cores busy.`,
      `${missed} events missed; ${moves} moves of the breaker. Times of both processes are CLOCK_MONOTONIC of one machine.`,
      `MQTT: ${relays.held} held, ${relays.renewalsPerSecond.toFixed(0)} renewals a second, ${relays.unverified} unverified.`,
      `Modbus: ${contactors.held} held, ${contactors.renewalsPerSecond.toFixed(0)} renewals a second, ${contactors.unverified} unverified.`,
    ],
  },
  json,
);
