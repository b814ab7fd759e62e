import type { ReplaySummary } from './replay.ts';

/** What a replay did, for the person who ran it; `notes` are what must be known to believe it. */
export function summaryText(summary: ReplaySummary, refused: string[], seconds: number): string {
  const { rows, readings, frames, firstAtMs, lastAtMs, effects } = summary;
  const span =
    firstAtMs === undefined ? '' : `, ${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs!).toISOString()}`;
  const bad = Object.entries(summary.refused).map(([code, count]) => `${count} × ${code}`);
  const lines = [
    `${rows} rows (${readings} readings${frames > 0 ? `, ${frames} frames` : ''})${span}, in ${seconds.toFixed(2)} s.`,
    `${effects.alert ?? 0} alert transitions, ${effects.command ?? 0} commands.`,
  ];
  if (bad.length > 0)
    lines.push(`Refused: ${bad.join(', ')}${refused.length > 0 ? ` (${refused.join('; ')}, …)` : ''}.`);
  return `${lines.join('\n')}\n`;
}
