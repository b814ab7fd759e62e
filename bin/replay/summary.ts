import type { ReplaySummary } from './replay.ts';

const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** What a replay did, for the person who ran it; the first lines that could not be read are `refused`. */
export function summaryText(summary: ReplaySummary, refused: string[], seconds: number): string {
  const { rows, readings, frames, emptyFrames, signals, firstAtMs, lastAtMs, effects, remarks } = summary;
  const span =
    firstAtMs === undefined ? '' : `, ${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs!).toISOString()}`;
  const read = [`${readings} readings`];
  if (frames > 0) read.push(count(frames, 'frame'));
  if (emptyFrames > 0) read.push(`${count(emptyFrames, 'frame')} put in where the file has nobody`);
  if (signals > 0) read.push(`${count(signals, 'state')} of the signal`);
  const bad = Object.entries(summary.refused).map(([code, times]) => `${times} × ${code}`);
  const said = ['request', 'extension', 'release', 'refusal'].flatMap((what) =>
    remarks[what] === undefined ? [] : [count(remarks[what], what)],
  );
  const lines = [
    `${rows} rows (${read.join(', ')})${span}, in ${seconds.toFixed(2)} s.`,
    `${[...said, `${effects.alert ?? 0} alert transitions`, `${effects.command ?? 0} commands`].join(', ')}.`,
  ];
  if (bad.length > 0)
    lines.push(`Refused: ${bad.join(', ')}${refused.length > 0 ? ` (${refused.join('; ')}, …)` : ''}.`);
  return `${lines.join('\n')}\n`;
}
