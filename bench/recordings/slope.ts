import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siteOfRecording } from '../../bin/replay/recording-site.ts';
import {
  data,
  type Finding,
  firstAtLeast,
  modelsOf,
  type Played,
  play,
  type Sample,
  sourceOf,
  troublesOf,
} from './play.ts';

/**
 * A collapse and a stable month of the same extensometer, with the slope pack and no fact but the sensor. Truth: 210,000 m³ of
 * rock fell early on 15 May 2012; the last value of the file carries that date.
 */
const collapseMs = Date.UTC(2012, 4, 15);
const dayMs = 86_400_000;
const credit = 'Displacement: values read from a figure of Ma et al. 2025, IEEE Access 13:22407, CC BY 4.0.';
const levels = ['yellow', 'orange', 'red'] as const;

const date = (atMs: number) => new Date(atMs).toISOString().slice(5, 10);
const days = (ms: number) => `${(ms / dayMs).toFixed(1)} d`;

export type SlopeCase = {
  name: string;
  file: string;
  title: string;
  failureMs?: number;
  credit?: string;
  facts?: readonly string[];
  time?: string;
  map?: string;
};

async function playSlope(
  { name, file, title, failureMs, credit: from = credit, facts = [], ...more }: SlopeCase,
  svg?: string,
) {
  const maps = [more.map ?? 'displacement_mm=e1/displacement:mm'];
  const source = sourceOf({ file, time: more.time ?? 'date', maps });
  const site = await siteOfRecording(source, { pack: 'slope', facts });
  const notes = failureMs === undefined ? [] : [{ atMs: failureMs, text: 'collapse', failure: true }];
  const ids = new Set([...modelsOf(site, 'slope'), ...modelsOf(site, 'slope-level')]);
  const keep = (stream: string) => ids.has(stream.split('/')[0]!);
  return play({
    source,
    site,
    keep,
    name,
    plot: { title, notes, credit: from, ...(more.time === undefined ? {} : { originMs: source.startMs }) },
    svg,
  });
}

const channel = ({ site, values }: Played, type: string, name: string): Sample[] =>
  values.get(`${modelsOf(site, type)[0]}/${name}`) ?? [];

/** Rises of the official level that were taken back before `untilMs`. */
function takenBack(level: readonly Sample[], untilMs: number): number {
  let [count, high] = [0, 0];
  for (const [i, [atMs, value]] of level.entries()) {
    const before = level[i - 1]?.[1] ?? 0;
    if (value > before) high += 1;
    if (value < before && atMs < untilMs && high > 0) count += 1;
  }
  return count;
}

/** The failure windows that were issued, and whether what happened lay in them. */
function windows(played: Played, failureMs: number) {
  const to = new Map(channel(played, 'slope', 'failureTo'));
  return channel(played, 'slope', 'failureFrom').flatMap(([atMs, from]) => {
    const until = to.get(atMs);
    if (until === undefined) return [];
    const span = { atMs, fromMs: atMs + from * dayMs, toMs: atMs + until * dayMs };
    return [{ ...span, holds: span.fromMs <= failureMs && failureMs <= span.toMs }];
  });
}

/** Lead times, windows and false upgrades of a slope that failed. */
export function judgeFailure(
  played: Played,
  { title, failureMs = 0 }: SlopeCase,
  sayTime: (atMs: number) => string = date,
): Finding {
  const level = channel(played, 'slope-level', 'level');
  const said = levels.map((name, at) => {
    const atMs = firstAtLeast(level, at + 1);
    return atMs === undefined ? `never ${name}` : `${name} ${sayTime(atMs)} (${days(failureMs - atMs)} before)`;
  });
  const issued = windows(played, failureMs);
  const holding = issued.filter(({ holds }) => holds).length;
  const lastWrong = issued.findLast(({ holds }) => !holds);
  const last = issued.findLast(({ atMs }) => atMs < failureMs);
  const windowText =
    issued.length === 0
      ? 'no failure window issued'
      : `${issued.length} windows, ${holding} hold the collapse; ${lastWrong ? `wrong until ${sayTime(lastWrong.atMs)}` : 'none wrong'}; last ${last ? `on ${sayTime(last.atMs)}: ${sayTime(last.fromMs)} to ${sayTime(last.toMs)}` : 'none before it'}`;
  const redMs = firstAtLeast(level, 3);
  const leadDays = redMs === undefined ? Number.NaN : (failureMs - redMs) / dayMs;
  return {
    rows: [
      {
        recording: title,
        said: `${said.join(', ')}; ${windowText}`,
        'taken back': takenBack(level, failureMs),
        troubles: troublesOf(played),
        truth: `failed ${sayTime(failureMs)}`,
      },
    ],
    claims: [
      {
        what: `${title}: red before the failure, days`,
        measured: Number(leadDays.toFixed(2)),
        target: '1 to 7',
        met: leadDays >= 1 && leadDays <= 7,
      },
    ],
  };
}

/** Every level above blue is false on a slope that did not fail. */
export function judgeStable(played: Played, { title }: SlopeCase): Finding {
  const level = channel(played, 'slope-level', 'level');
  const said = levels.flatMap((name, at) => {
    const atMs = firstAtLeast(level, at + 1);
    return atMs === undefined ? [] : [`${name} ${date(atMs)}`];
  });
  const highest = Math.max(0, ...level.map(([, value]) => value));
  return {
    rows: [
      {
        recording: title,
        said: said.join(', ') || 'stays blue',
        'taken back': 0,
        troubles: troublesOf(played),
        truth: 'no failure',
      },
    ],
    claims: [
      {
        what: `${title}: highest level (0 blue to 3 red)`,
        measured: highest,
        target: '≤ 1, never red',
        met: highest <= 1,
      },
    ],
  };
}

/** The recordings of Preonzo: the collapse, the stable month, and both as one history of the sensor. */
export async function slopes(svg: string | undefined): Promise<Finding[]> {
  const before: SlopeCase = {
    name: 'slope-preonzo-collapse',
    file: 'slope/preonzo_2012_E1_prefailure.csv',
    title: 'Preonzo E1, 36 days before the collapse',
    failureMs: collapseMs,
  };
  const stable: SlopeCase = {
    name: 'slope-preonzo-january',
    file: 'slope/preonzo_2012_E1_jan_stable.csv',
    title: 'Preonzo E1, stable January',
  };
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-recordings-'));
  const joined: SlopeCase = {
    name: 'slope-preonzo-whole',
    file: join(folder, 'preonzo.csv'),
    title: 'Preonzo E1, January and the last 36 days as one history',
    failureMs: collapseMs,
  };
  const [first, second] = [stable.file, before.file].map((file) => readFileSync(join(data, file), 'utf8'));
  writeFileSync(joined.file, `${first!.trimEnd()}\n${second!.split('\n').slice(1).join('\n')}`);
  const findings = [
    judgeFailure(await playSlope(before, svg), before),
    judgeStable(await playSlope(stable, svg), stable),
    judgeFailure(await playSlope(joined, svg), joined),
  ];
  rmSync(folder, { recursive: true });
  return findings;
}

export { playSlope };
