import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCrossing } from '../../bin/replay/crossing.ts';
import { median, percentile } from '../harness/pairs.ts';
import { type Position, peopleOf, type Street, truthAt } from './crossing-truth.ts';
import { csvRows, data, type Finding, modelsOf, type Played, play, type Sample, sourceOf, troublesOf } from './play.ts';

/**
 * Recorded pedestrians laid over a crossing with a real controller's event log. They were not recorded together, so nobody obeys the
 * signal: that is a hard test of refusals, and a fair one of the extension, which is computed once more from the true tracks.
 */
const log = 'crossing/hires_1136_phase_ped_events.csv';
const credit =
  'Counts and times only. Tracks: ETH BIWI walking pedestrians (Pellegrini et al. 2009), research use; signal: ShawnStrasser/atspm, MIT.';

function heldAt(samples: readonly Sample[], atMs: number): number | undefined {
  return samples.findLast(([at]) => at <= atMs)?.[1];
}

function readPositions(startMs: number): Position[] {
  const text = readFileSync(join(data, 'crossing/eth_seq_eth/obsmat.txt'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [frame, id, xM, , yM] = line.trim().split(/\s+/).map(Number) as [number, number, number, number, number];
      return { atMs: startMs + (frame / 15) * 1000, id, xM, yM };
    });
}

/** Seconds more than the formula asks, negative for less; and whether every speed could be known. */
type Deviation = { moreS: number; isKnown: boolean };

/** Extension that was said against the formula, at every picture of a clearance in which either wants some. */
function deviationsOf(played: Played, street: Street, startMs: number): Deviation[] {
  const [id = ''] = modelsOf(played.site, 'crossing');
  const said = played.values.get(`${id}/extension`) ?? [];
  const heard = [...played.values].find(([stream]) => stream.endsWith('/phase'))?.[1] ?? [];
  // A phase is told again and again while it lasts; it began when it was told first.
  const phases = heard.filter(([, phase], i) => phase !== heard[i - 1]?.[1]);
  const people = peopleOf(readPositions(startMs));
  const deviations: Deviation[] = [];
  for (const [atMs, frame] of people.frames) {
    const phase = phases.findLast(([at]) => at <= atMs);
    if (phase?.[1] !== 2) continue;
    const leftS = street.clearanceMs / 1000 - (atMs - phase[0]) / 1000;
    const { extensionS, isKnown } = truthAt(frame, people, { atMs, leftS, street });
    const got = heldAt(said, atMs) ?? 0;
    if (extensionS > 0 || got > 0) deviations.push({ moreS: got - extensionS, isKnown });
  }
  return deviations;
}

const round = (value: number) => Number(value.toFixed(2));

function sayDeviations(all: readonly Deviation[]): string {
  if (all.length === 0) return 'nobody needed longer';
  const sizes = all.map(({ moreS }) => Math.abs(moreS));
  const less = all.filter(({ moreS }) => moreS < -1).length / all.length;
  const more = all.filter(({ moreS }) => moreS > 1).length / all.length;
  const share = (value: number) => `${Math.round(100 * value)} %`;
  return `median ${round(median(sizes))} s, 90 % within ${round(percentile(sizes, 0.9))} s; over 1 s too little in ${share(less)}, too much in ${share(more)} of ${all.length} pictures`;
}

/** Refusals by reason, numbers left out. */
function reasonsOf(all: readonly Played[]): string {
  const refused = all.flatMap(({ remarks }) => remarks.filter(({ remark }) => remark.what === 'refusal'));
  const groups = Map.groupBy(refused, ({ remark }) => remark.why.split('. ', 1)[0]!.replaceAll(/\d+(\.\d+)?/g, 'N'));
  const counts = [...groups].toSorted((a, b) => b[1].length - a[1].length);
  const said = counts.slice(0, 6).map(([why, of]) => `${of.length} × ${why}`);
  return said.length === 0 ? 'none' : said.join(' ');
}

type Signal = { name: string; title: string; log?: boolean; placements: number };

/** First picture of the tracks, and how far apart the placements are: each part of the tracks meets a walk. */
const firstPictureMs = 52_000;
const placedEveryMs = 30_000;

function firstWalkMs(): number {
  const rows = csvRows(readFileSync(join(data, log), 'utf8'));
  return Date.parse(rows.find(({ EventId, Parameter }) => EventId === '21' && Parameter === '6')!.TimeStamp!);
}

async function playPlaced({ name, title, log: hasLog = false }: Signal, place: number, svg: string | undefined) {
  const startMs = hasLog ? firstWalkMs() - firstPictureMs - place * placedEveryMs : Date.UTC(2001, 0, 1);
  const given = sourceOf({ file: 'crossing/eth_seq_eth/obsmat.txt', tracks: { spec: '1,2,3,5:m', fps: 15 }, startMs });
  const { source, site, notes } = await prepareCrossing(given, {
    facts: [],
    isStartGiven: hasLog,
    ...(hasLog ? { log: { file: join(data, log), phase: 6 } } : {}),
  });
  const played = await play({
    source,
    site,
    keep: (stream) => /\/(extension|phase)$/.test(stream),
    name,
    plot: { title, originMs: source.startMs, credit },
    svg,
  });
  const street = site.models.find(({ type }) => type === 'crossing') as unknown as Street;
  return { played, deviations: deviationsOf(played, street, source.startMs), notes };
}

async function judge(signal: Signal, svg: string | undefined): Promise<Finding> {
  const places = Array.from({ length: signal.placements }, (_, place) => place);
  const runs: Awaited<ReturnType<typeof playPlaced>>[] = [];
  for (const place of places) runs.push(await playPlaced(signal, place, place === 0 ? svg : undefined));
  const all = runs.map(({ played }) => played);
  const deviations = runs.flatMap((run) => run.deviations);
  const known = deviations.filter(({ isKnown }) => isKnown);
  const count = (what: string) =>
    all.flatMap(({ remarks }) => remarks).filter(({ remark }) => remark.what === what).length;
  const within = known.filter(({ moreS }) => Math.abs(moreS) <= 1).length / Math.max(1, known.length);
  const row = {
    recording: `${signal.title}${signal.placements > 1 ? `, ${signal.placements} placements 30 s apart` : ''}`,
    said: `${count('request')} requests, ${count('extension')} extensions, ${count('release')} releases, ${count('refusal')} refusals`,
    refused: reasonsOf(all),
    'extension against the formula, everybody followed for 2 s': sayDeviations(known),
    'and on all pictures, newcomers at an assumed 0.91 m/s': sayDeviations(deviations),
    laid: runs[0]!.notes.filter((note) => / made up|^Clearance/.test(note)).join(' '),
    troubles: troublesOf(all[0]!),
  };
  const what = `${signal.title}: pictures with all speeds known and the extension within 1 s of the formula`;
  const claims = known.length === 0 ? [] : [{ what, measured: round(within), target: '≥ 0.9', met: within >= 0.9 }];
  return { rows: [row], claims };
}

/** ETH walkers at the real controller's signal, and at a signal of the usual design where more people are cut short. */
export async function crossings(svg: string | undefined): Promise<Finding[]> {
  return [
    await judge(
      { name: 'crossing-eth-1136', title: 'ETH walkers, log of controller 1136 (phase 6)', log: true, placements: 26 },
      svg,
    ),
    await judge({ name: 'crossing-eth', title: 'ETH walkers, a fixed signal of MUTCD design', placements: 1 }, svg),
  ];
}
