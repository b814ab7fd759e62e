import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCrossing } from '../../bin/replay/crossing.ts';
import { median, percentile } from '../harness/pairs.ts';
import { extensionAt, type Position, peopleOf, type Street } from './crossing-truth.ts';
import { data, type Finding, modelsOf, type Played, play, type Sample, sourceOf, troublesOf } from './play.ts';

/**
 * Recorded pedestrians laid over a crossing with a real controller's event log. They were not recorded together, so nobody obeys the
 * signal: that is a hard test of refusals, and a fair one of the extension, which is computed once more from the true tracks.
 */
const log = 'crossing/hires_1136_phase_ped_events.csv';

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

function reasonsOf(played: Played): string {
  const refused = played.remarks
    .filter(({ remark }) => remark.what === 'refusal')
    .map(({ remark }) => remark.why.replaceAll(/\d+(\.\d+)?/g, 'N'));
  const counts = [...Map.groupBy(refused, (why) => why)].toSorted((a, b) => b[1].length - a[1].length);
  return (
    counts
      .map(([why, all]) => `${all.length} × ${why}`)
      .slice(0, 5)
      .join(' ') || 'none'
  );
}

/** ETH walkers with the log of controller 1136. */
export async function crossings(svg: string | undefined): Promise<Finding[]> {
  const given = sourceOf({ file: 'crossing/eth_seq_eth/obsmat.txt', tracks: { spec: '1,2,3,5:m', fps: 15 } });
  const { source, site, notes } = await prepareCrossing(given, {
    facts: [],
    log: { file: join(data, log), phase: 6 },
    isStartGiven: false,
  });
  const [model] = site.models.filter(({ type }) => type === 'crossing');
  const played = await play({
    source,
    site,
    keep: (stream) => /\/(extension|phase|onCrossing|waiting)$/.test(stream),
    name: 'crossing-eth',
    plot: {
      title: 'ETH walkers and the signal of controller 1136, phase 6',
      originMs: source.startMs,
      credit:
        'Counts and times only. Tracks: ETH BIWI walking pedestrians (Pellegrini et al. 2009), research use; signal: ShawnStrasser/atspm, MIT.',
    },
    svg,
  });
  const street = model as unknown as Street;
  const errors = errorsOf(played, street, source.startMs);
  const sizes = errors.map(Math.abs);
  const count = (what: string) => played.remarks.filter(({ remark }) => remark.what === what).length;
  const within = sizes.filter((size) => size <= 1).length / Math.max(1, sizes.length);
  const round = (value: number) => Number(value.toFixed(2));
  return [
    {
      rows: [
        {
          recording: 'ETH walkers, 360 tracks, with a real controller’s log (phase 6)',
          said: `${count('request')} requests, ${count('extension')} extensions, ${count('release')} releases, ${count('refusal')} refusals`,
          refused: reasonsOf(played),
          'extension error':
            errors.length === 0
              ? 'no clearance with anybody who needs longer'
              : `median ${round(median(sizes))} s, 90 % within ${round(percentile(sizes, 0.9))} s, worst ${round(Math.max(...sizes))} s, ${errors.length} pictures`,
          laid: notes.find((note) => note.startsWith('The crossing')) ?? 'as given',
          troubles: troublesOf(played),
        },
      ],
      claims:
        errors.length === 0
          ? []
          : [
              {
                what: 'ETH walkers: share of pictures with the extension within 1 s of the formula',
                measured: round(within),
                target: '≥ 0.9',
                met: within >= 0.9,
              },
            ],
    },
  ];
}
