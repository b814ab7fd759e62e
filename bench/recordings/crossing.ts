import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCrossing } from '../../bin/replay/crossing.ts';
import { median, percentile } from '../harness/pairs.ts';
import { extensionAt, type Position, peopleOf, type Street } from './crossing-truth.ts';
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

/** Extension that was said against the formula, at every picture of a clearance in which either wants some. */
function errorsOf(played: Played, street: Street, startMs: number): number[] {
  const [id = ''] = modelsOf(played.site, 'crossing');
  const said = played.values.get(`${id}/extension`) ?? [];
  const phases = [...played.values].find(([stream]) => stream.endsWith('/phase'))?.[1] ?? [];
  const people = peopleOf(readPositions(startMs));
  const errors: number[] = [];
  for (const [atMs, frame] of people.frames) {
    const phase = phases.findLast(([at]) => at <= atMs);
    if (phase?.[1] !== 2) continue;
    const leftS = street.clearanceMs / 1000 - (atMs - phase[0]) / 1000;
    const want = extensionAt(frame, people, { atMs, leftS, street });
    const got = heldAt(said, atMs) ?? 0;
    if (want > 0 || got > 0) errors.push(got - want);
  }
  return errors;
}

/** Refusals by reason, numbers left out. */
function reasonsOf(all: readonly Played[]): string {
  const refused = all.flatMap(({ remarks }) => remarks.filter(({ remark }) => remark.what === 'refusal'));
  const groups = Map.groupBy(refused, ({ remark }) => remark.why.replaceAll(/\d+(\.\d+)?/g, 'N'));
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
  return { played, errors: errorsOf(played, street, source.startMs), notes };
}

async function judge(signal: Signal, svg: string | undefined): Promise<Finding> {
  const places = Array.from({ length: signal.placements }, (_, place) => place);
  const runs: Awaited<ReturnType<typeof playPlaced>>[] = [];
  for (const place of places) runs.push(await playPlaced(signal, place, place === 0 ? svg : undefined));
  const all = runs.map(({ played }) => played);
  const sizes = runs.flatMap(({ errors }) => errors).map(Math.abs);
  const count = (what: string) =>
    all.flatMap(({ remarks }) => remarks).filter(({ remark }) => remark.what === what).length;
  const round = (value: number) => Number(value.toFixed(2));
  const within = sizes.filter((size) => size <= 1).length / Math.max(1, sizes.length);
  const row = {
    recording: `${signal.title}${signal.placements > 1 ? `, ${signal.placements} placements 30 s apart` : ''}`,
    said: `${count('request')} requests, ${count('extension')} extensions, ${count('release')} releases, ${count('refusal')} refusals`,
    refused: reasonsOf(all),
    'extension error':
      sizes.length === 0
        ? 'no clearance with anybody who needs longer'
        : `median ${round(median(sizes))} s, 90 % within ${round(percentile(sizes, 0.9))} s, worst ${round(Math.max(...sizes))} s, ${sizes.length} pictures`,
    laid: runs[0]!.notes.filter((note) => / made up|^Clearance/.test(note)).join(' '),
    troubles: troublesOf(all[0]!),
  };
  const what = `${signal.title}: share of pictures with the extension within 1 s of the formula`;
  const claims = sizes.length === 0 ? [] : [{ what, measured: round(within), target: '≥ 0.9', met: within >= 0.9 }];
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
