import { gridColumns, gridRows } from '../../vision/types.ts';
import type { Moment, Patch } from './drawn-grids.ts';

type Luck = { next(): number; gauss(): number };
type Thing = Patch & { tone: number; isStriped?: boolean };
/** Something that comes, stays or passes, and goes. */
type Visit = {
  fromS: number;
  toS: number;
  thing?: (tS: number) => Thing;
  headlights?: (tS: number) => [number, number];
};

const pick = <T>(luck: Luck, from: readonly T[]): T => from[Math.floor(luck.next() * from.length)]!;

function passing(luck: Luck, seconds: number, night: boolean): Visit {
  const fromS = luck.next() * seconds;
  const kind = pick(luck, ['person', 'person', 'car', 'car', 'bus', 'fill'] as const);
  const tone = 0.05 + 0.7 * luck.next();
  const y = 12 + luck.next() * 16;
  if (kind === 'fill') {
    // A bus stands before the camera for 20 s.
    const patch = { x: luck.next() * 10 - 5, y: luck.next() * 4, w: gridColumns, h: gridRows - 4 };
    return { fromS, toS: fromS + 20, thing: () => ({ ...patch, tone, isStriped: true }) };
  }
  const [w, h, speed] =
    kind === 'person' ? [1.5, 4, 0.6 + luck.next()] : kind === 'car' ? [9, 4, 6 + 6 * luck.next()] : [26, 14, 5];
  const thing = (tS: number) => ({ x: (tS - fromS) * speed - w, y, w, h, tone, isStriped: kind === 'bus' });
  const headlights = (tS: number): [number, number] => [(tS - fromS) * speed, y + h - 2];
  const toS = fromS + (gridColumns + w) / speed;
  return kind !== 'person' && night ? { fromS, toS, thing, headlights } : { fromS, toS, thing };
}

/**
 * What the light does over some minutes: a steady hour under passing clouds, or dusk or dawn, ten times darker or
 * brighter in these minutes, which is faster than real ones.
 */
function daylight(luck: Luck, seconds: number): { sunAt: (tS: number) => number; cloudAt: (tS: number) => number } {
  const kind = pick(luck, ['day', 'day', 'night', 'dusk', 'dawn'] as const);
  const strength = 0.1 + 0.9 * luck.next();
  const start = 10 ** (-0.5 - 2 * luck.next());
  const slide = (share: number) => start * 10 ** -share;
  const steps = Array.from({ length: 6 }, () => ({
    atS: luck.next() * seconds,
    cloud: luck.next(),
    overS: 3 + 7 * luck.next(),
  }));
  steps.sort((a, b) => a.atS - b.atS);
  const cloudAt = (tS: number) => {
    let cloud = 0.3;
    for (const step of steps) cloud += Math.min(1, Math.max(0, (tS - step.atS) / step.overS)) * (step.cloud - cloud);
    return cloud;
  };
  const sunAt = (tS: number) =>
    kind === 'day' ? strength : kind === 'night' ? 0 : slide(kind === 'dusk' ? tS / seconds : 1 - tS / seconds);
  return { sunAt, cloudAt };
}

/**
 * Some minutes of one hour of some day before a camera, nothing of which is wrong: light that changes, lamps and
 * infrared that switch, rain, people, cars with headlights, buses that pass and that stop right before the lens.
 */
export function drawHour(luck: Luck, seconds: number): (tS: number) => Moment {
  const { sunAt, cloudAt } = daylight(luck, seconds);
  const shadow = 2 + 4 * luck.next();
  const hasInfrared = luck.next() < 0.5;
  const hasLamps = !hasInfrared || luck.next() < 0.7;
  const lampsBelow = 0.01 + 0.03 * luck.next();
  const rainFromS = luck.next() < 0.25 ? luck.next() * seconds : Number.POSITIVE_INFINITY;
  const visits = Array.from({ length: 3 + Math.floor(luck.next() * 12) }, () =>
    passing(luck, seconds, sunAt(0) < 0.05),
  );
  return (tS) => {
    const sun = sunAt(tS);
    const here = visits.filter(({ fromS, toS }) => tS >= fromS && tS <= toS);
    return {
      sun,
      cloud: cloudAt(tS),
      shadow: shadow + tS / 600,
      lamps: hasLamps && sun < lampsBelow,
      infrared: hasInfrared && sun < lampsBelow / 2,
      rain: tS >= rainFromS && tS < rainFromS + 120,
      things: here.flatMap(({ thing }) => (thing ? [thing(tS)] : [])),
      headlights: here.flatMap(({ headlights }) => (headlights ? [headlights(tS)] : [])),
    };
  };
}
