import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replay } from '../../bin/replay/replay.ts';
import type { ReplaySource } from '../../bin/replay/rows.ts';
import { loadSite } from '../../edge-agent/site/load.ts';
import { benchArguments, printReport, progress } from '../harness/report.ts';

/**
 * Replays public recordings through the edge's decision pipeline with published limits and prints what it would have said and when.
 * The recordings are not part of the project; without them it says so and measures nothing.
 */
const { quick, json } = benchArguments();
const data = resolve(import.meta.dirname, '../../../shared/data');
const sites = join(import.meta.dirname, 'sites');

type Case = { name: string; site: string; source: Partial<ReplaySource> & { file: string } };
const nist = (test: string): Case => ({
  name: `NIST ${test}: flaming ${test === 'SDC05' ? 'mattress' : 'chair'}`,
  site: 'fire',
  source: {
    file: `fire/NIST_Smoke_Alarms_${test}.csv`,
    time: 'TIME:s',
    maps: ['TCA_1=near/temperature:Cel', 'TCB_1=far/temperature:Cel', 'SMA_1=near/smoke:1/m', 'SMB_1=far/smoke:1/m'],
  },
});
const slope = (name: string, file: string): Case => ({
  name,
  site: 'slope',
  source: { file: `slope/${file}.csv`, time: 'date', maps: ['displacement_mm=e1/displacement:mm'] },
});
const cases: Case[] = [
  slope('Preonzo E1, before the collapse', 'preonzo_2012_E1_prefailure'),
  slope('Preonzo E1, stable January', 'preonzo_2012_E1_jan_stable'),
  nist('SDC05'),
  nist('SDC10'),
  {
    name: 'UCI room, two fire-free days',
    site: 'room',
    source: { file: 'fire/uci_occupancy_datatest.txt', time: 'date', maps: ['Temperature=room/temperature:Cel'] },
  },
  {
    name: 'IoT smoke set, joined sessions, temperature only',
    site: 'room',
    source: {
      file: 'fire/smoke_detection_iot_rows_0_28171.csv',
      everyMs: 1000,
      maps: ['Temperature[C]=room/temperature:Cel'],
    },
  },
  {
    name: 'ETH walkers, 360 tracks',
    site: 'street',
    source: { file: 'crossing/eth_seq_eth/obsmat.txt', tracks: { spec: '1,2,3,5:m', fps: 15 } },
  },
];

if (!existsSync(data)) {
  console.log('The recordings are not here; nothing was measured.');
  process.exit(0);
}

const rows: object[] = [];
for (const { name, site: siteName, source } of cases) {
  const loaded = loadSite(join(sites, `${siteName}.yaml`));
  if (!loaded.ok) throw new Error(`${siteName}: ${JSON.stringify(loaded.problems)}`);
  const whole: ReplaySource = {
    startMs: Date.UTC(2001, 0, 1),
    timeZone: 'UTC',
    maps: [],
    header: 'auto',
    ...source,
    file: join(data, source.file),
  };
  const raised: string[] = [];
  const troubles = new Set<string>();
  const began = performance.now();
  const summary = await replay(whole, loaded.site, {
    effect(effect, atMs) {
      if (effect.kind !== 'alert') return;
      const { transition } = effect;
      if (transition.class === 'trouble') troubles.add(transition.key);
      else if (transition.kind === 'raise' || transition.kind === 'escalate') {
        const when =
          whole.time === 'date'
            ? new Date(atMs).toISOString().slice(0, 10)
            : `${Math.round((atMs - whole.startMs) / 1000)} s`;
        raised.push(`${when} ${transition.rule} ${transition.severity}`);
      }
    },
    refused() {},
  });
  const seconds = (performance.now() - began) / 1000;
  progress(`${name}: ${raised.length} raised or escalated`);
  rows.push({
    recording: name,
    rows: summary.rows,
    'raised or escalated':
      raised.length > 8 ? `${raised.slice(0, 3).join('; ')}; … (${raised.length})` : raised.join('; ') || 'nothing',
    troubles: [...troubles].join(' ') || 'none',
    'rows/s': Math.round(summary.rows / seconds),
  });
}
printReport({ bench: 'recordings', quick, rows, claims: [], notes: [] }, json);
