import type { CommittedBatch } from '@tocsin/contracts';
import { createEngine, type Engine, type EngineEvent, type RuleConfig } from '@tocsin/rules/engine';
import { channel, seriesPerSite, siteName } from './load.ts';

const rule = (series: number): RuleConfig => ({
  id: `rule-${series}`,
  type: 'threshold',
  event: 'Opening is wide',
  input: `sensor-${String(series).padStart(3, '0')}/${channel}`,
  direction: 'above',
  ladder: [{ severity: 'Severe', at: 5_000, clear: 4_900, holdMs: 0, clearHoldMs: 1_000 }],
});

/** The cloud's decision on a committed batch: an engine per site with one threshold rule for every ten series. */
export function decider(sites: number): { decide(batch: CommittedBatch): void; told(): number } {
  const engines = new Map<string, Engine>();
  const rules = Array.from({ length: seriesPerSite / 10 }, (_, i) => rule(i * 10));
  for (let site = 0; site < sites; site += 1) {
    const units = new Map(
      Array.from({ length: seriesPerSite }, (_, series) => [
        `sensor-${String(series).padStart(3, '0')}/${channel}`,
        'mm',
      ]),
    );
    engines.set(siteName(site), createEngine({ site: siteName(site), origin: 'cloud', models: [], rules, units }));
  }
  const event = { kind: 'reading' as const, stream: '', value: 0, takenAtMs: 0, late: false, receivedAtMs: 0 };
  let told = 0;
  return {
    decide({ site, series, columns, receivedAtMs, lane }) {
      const engine = engines.get(site)!;
      const streams = series.map(({ device, channel: name }) => `${device}/${name}`);
      event.receivedAtMs = receivedAtMs;
      event.late = lane === 'backlog';
      for (let i = 0; i < columns.series.length; i += 1) {
        if (columns.quality[i] !== 0) continue;
        event.stream = streams[columns.series[i]!]!;
        event.value = columns.value[i]!;
        event.takenAtMs = columns.takenAtMs[i]!;
        told += engine.step(event satisfies EngineEvent).length;
      }
    },
    told: () => told,
  };
}
