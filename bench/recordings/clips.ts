import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Eyes, Kind, Seen } from '@tocsin/edge-agent/vision';
import type { Claim } from '../harness/report.ts';
import { atRate, framesOf, lookAtAll, openEyes, repeated } from './clip-frames.ts';
import { clipKinds, countByHand, countedFrom, crowdsOf, holdTracks, type KindCount } from './clip-judge.ts';
import { drawClip } from './clip-plot.ts';
import { type Run, runChain, switchesOf } from './clip-run.ts';
import { carTruth, type HandTruth, mixedTruth, peopleTruth } from './clip-truth.ts';
import { data, type Finding } from './play.ts';

/**
 * Three public clips through the eyes of a gateway and the chain behind them: tracking, supervision, flame watcher. Nothing is tuned
 * to them. They have no calibration, so nobody is placed in metres.
 */
type Clip = { name: string; file: string; title: string; truth: HandTruth; ownRate: number; moment: number };

const clips: Clip[] = [
  {
    ...{ name: 'clip-cars', file: 'car-detection.mp4', title: 'Cars from above', truth: carTruth },
    ...{ ownRate: 12.5, moment: 224 },
  },
  {
    ...{ name: 'clip-people', file: 'people-detection.gif', title: 'Two people leave a room', truth: peopleTruth },
    ...{ ownRate: 12, moment: 0 },
  },
  {
    ...{ name: 'clip-mixed', file: 'person-bicycle-car-detection.gif', title: 'A car park: car, people, bicycle' },
    ...{ truth: mixedTruth, ownRate: 12, moment: 32 },
  },
];

/** The shipped detectors; the first is the default. */
const models = ['nanodet-g-384x640-int8', 'nanodet-g-256x416-int8'];
/** Troubles of a camera need up to a minute; the clips last 2 to 30 s, so they are played again and again. */
const repeatedMs = 60_000;
/** A gateway looks at so many pictures a second unless told otherwise. */
const usualRate = 10;
const credit =
  'Clip: Intel IoT DevKit sample-videos, CC BY 4.0; only boxes and points are drawn. Boxes by eye: Tocsin.';

const plurals: Partial<Record<Kind, string>> = { person: 'people', vehicle: 'vehicles', bicycle: 'bicycles' };
const many = (count: number, kind: Kind) => `${count} ${count === 1 ? kind : plurals[kind]}`;
const share = (part: number, of: number) => (of === 0 ? 'none to find' : (part / of).toFixed(2));

/** Visible, found and false as counted by eye, with recall and precision. */
function sayCounts(counts: readonly KindCount[]): string {
  return counts
    .map(({ kind, visible, found, wrong }) => {
      const precision = found + wrong === 0 ? 'nothing told' : `precision ${share(found, found + wrong)}`;
      return `${plurals[kind]} ${visible} visible, ${found} found, ${wrong} false (recall ${share(found, visible)}, ${precision})`;
    })
    .join('; ');
}

function sayCrowds(seen: readonly Seen[]): string {
  const crowds = crowdsOf(seen);
  const counts = crowds.map(({ kind, median, most }) => `${plurals[kind]} ${median} / ${most}`);
  const nobody = crowds.find(({ kind }) => kind === 'person')!.none;
  return `${counts.join(', ')} a picture (median / most, score from ${countedFrom}); nobody in ${nobody} of ${seen.length} pictures`;
}

function sayTracks(seen: readonly Seen[], run: Run, truth: HandTruth): string {
  const { covered, visible, switches, onNothing } = holdTracks(seen, run, truth);
  const { begun, paths } = run;
  const meanS = paths.reduce((sum, { firstAtMs, seenAtMs }) => sum + seenAtMs - firstAtMs, 0) / paths.length / 1000;
  const kinds = clipKinds.flatMap((kind) => {
    const count = paths.filter((path) => path.kind === kind).length;
    return count === 0 ? [] : [many(count, kind)];
  });
  const confirmed = paths.length === 0 ? '0' : `${paths.length} (${kinds.join(', ')}; mean ${meanS.toFixed(1)} s)`;
  const still = paths.filter(({ hasMoved }) => !hasMoved).length;
  const footless = paths.filter(({ feet }) => feet.length === 0).length;
  return `begun ${begun}, confirmed ${confirmed}; over ${covered} of ${visible} boxes by eye; switches ${switches} by eye, ${switchesOf(paths)} ends beside begins; ${still} never moved, ${onNothing.length} on nothing, ${footless} cut off at the feet`;
}

const score = (value: number | undefined) => (value === undefined ? 'not judged' : value.toFixed(2));
const sayWatch = ({ troubles, flameMax, smokeMax }: Run) =>
  `troubles ${troubles.length === 0 ? 'none' : troubles.join(' | ')}; flame at most ${score(flameMax)}, smoke ${score(smokeMax)}`;

function hottestOf(runs: readonly Run[], what: string): { what: string; value: number } {
  const scores = runs.flatMap(({ flameMax = 0, smokeMax = 0 }) => [flameMax, smokeMax]);
  return { what, value: Number(Math.max(...scores).toFixed(2)) };
}

type Looked = { clip: Clip; model: string; seen: Seen[] };

function findingOf({ clip, model, seen }: Looked): Finding & { own: Run } {
  const { truth, title, ownRate } = clip;
  const own = runChain(seen, { model, fps: ownRate });
  const rates = [10, 5].map((fps) => {
    const fewer = atRate(seen, fps);
    return { fps, fewer, run: runChain(fewer, { model, fps }) };
  });
  const minute = runChain(repeated(atRate(seen, usualRate), repeatedMs), { model, fps: usualRate });
  const spanS = (seen.at(-1)!.capturedAtMs - seen[0]!.capturedAtMs) / 1000;
  const once = [own, ...rates.map(({ run }) => run)];
  const troubles = [...once, minute].reduce((sum, run) => sum + run.troubles.length, 0);
  const claim = (what: string, measured: number, target: string, met: boolean): Claim => ({
    ...{ what: `${title}, ${model}: ${what}`, measured, target, met },
  });
  const row = {
    recording: `${title} (${clip.file}), ${model}: ${seen.length} pictures in ${spanS.toFixed(1)} s`,
    detected: sayCrowds(seen),
    'by eye': sayCounts(countByHand(seen, truth)),
    [`tracks at ${ownRate} a second`]: sayTracks(seen, own, truth),
    ...Object.fromEntries(
      rates.map(({ fps, fewer, run }) => [`tracks at ${fps} a second`, sayTracks(fewer, run, truth)]),
    ),
    camera: sayWatch(own),
    'repeated for a minute': sayWatch(minute),
  };
  const claims = [
    claim('troubles of the camera', troubles, '0', troubles === 0),
    ...[hottestOf(once, 'played once'), hottestOf([minute], 'repeated for a minute')].map(({ what, value }) =>
      claim(`highest flame or smoke score, ${what}`, value, '< 0.5', value < 0.5),
    ),
  ];
  return { rows: [row], claims, own };
}

function draw(folder: string, { clip, model, seen }: Looked, own: Run): void {
  const { name, title, truth, moment, ownRate } = clip;
  const plot = drawClip({
    ...{ title: `${title}: ${seen.length} pictures, ${model}`, seen, run: own, moment, credit },
    byHand: (truth.boxes[moment] ?? []).filter(({ isIgnored }) => isIgnored !== true),
    lines: [
      ...countByHand(seen, truth).map((count) => `By eye, one picture in ${truth.every}: ${sayCounts([count])}.`),
      ...`Tracks at ${ownRate} a second: ${sayTracks(seen, own, truth)}.`.split(/(?<=;) (?=switches)/),
      `${sayWatch(own)[0]!.toUpperCase()}${sayWatch(own).slice(1)}.`,
    ],
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), plot);
}

async function lookWith(eyes: Eyes, model: string, clip: Clip): Promise<Looked> {
  return { clip, model, seen: await lookAtAll(eyes, await framesOf(join(data, 'crossing', clip.file))) };
}

/** What the shipped detectors and the chain behind them make of the public clips. */
export async function clipsSeen(svg: string | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const model of models) {
    const eyes = await openEyes(model);
    try {
      for (const clip of clips) {
        const looked = await lookWith(eyes, model, clip);
        const { own, ...finding } = findingOf(looked);
        findings.push(finding);
        if (svg !== undefined && model === models[0]) draw(svg, looked, own);
      }
    } finally {
      await eyes.stop();
    }
  }
  return findings;
}
