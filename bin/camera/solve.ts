import {
  type Calibrated,
  calibrate,
  networkScale,
  personPxMin,
  smallestPerson,
  toPicture,
} from '@tocsin/edge-agent/vision';
import type {
  Pair,
  Remark,
  Size,
  Solution,
  SolveRequest,
  Zone,
  ZoneVerdict,
} from '../../dashboard/web/calibrate/words.ts';

/** Who must be found in a zone: a grown-up and a child of about five (WHO growth standards, median 1.1 m). */
const adultM = 1.7;
const childM = 1.1;
/** Largest error of the ground that decisions about people bear (domain.md §3.6). */
const rmsMaxM = 0.2;
/** The wider of Tocsin's own detectors; a site that has it cannot be told to take it. */
const widestInput: Size = { width: 640, height: 384 };

const warn = (says: string): Remark => ({ tone: 'warn', says });

/** What points and zones mean, in numbers and in words; the same question always has the same answer. */
export function solve(request: SolveRequest): Solution {
  const found = calibrate(request.points, request.picture);
  if (!found.ok) return { ok: false, says: found.refusal };
  const { ground, rmsM, leaveOneOutRmsM, residuals } = found;
  return {
    ok: true,
    toGround: ground.toGround,
    toPicture: ground.toPicture,
    rmsM,
    ...(leaveOneOutRmsM === undefined ? {} : { leaveOneOutRmsM }),
    points: residuals.map(({ errorM, leaveOneOutM }) => ({
      errorM,
      ...(leaveOneOutM === undefined ? {} : { leaveOneOutM }),
    })),
    remarks: fitRemarks(found),
    zones: request.zones.map((zone) => zoneVerdict(zone, found, request.input)),
  };
}

/** How well the points fit, and what to do where they do not. */
function fitRemarks({ rmsM, leaveOneOutRmsM, worst, remarks }: Calibrated): Remark[] {
  const isOff = Math.max(rmsM, leaveOneOutRmsM ?? 0) > rmsMaxM;
  const advice = warn(
    `Look at point ${worst + 1} first: is it on the right spot, are x and y exchanged, are its metres typed right?`,
  );
  if (remarks.length > 0) return [...remarks.map(warn), ...(isOff ? [advice] : [])];
  return isOff ? [advice] : [{ tone: 'good', says: 'The points agree with one another.' }];
}

function zoneVerdict({ id, name = id, outline }: Zone, { ground, camera }: Calibrated, input: Size): ZoneVerdict {
  if (crossesItself(outline)) {
    return { id, tone: 'bad', says: `${name}: its outline crosses itself; its corners must go around it in order.` };
  }
  const people = (heightM: number) => {
    const scale = networkScale(ground.picture, input);
    return camera && smallestPerson({ ground, camera, scale }, outline, heightM);
  };
  const [adult, child] = [people(adultM), people(childM)];
  if (!adult || !child) return { id, ...warn(`${name}: how tall people appear in it cannot be told.`) };
  const [adultPx, childPx] = [adult.heightPx, child.heightPx];
  const sizes = `a child is ${Math.floor(childPx)} px tall in the network’s input, an adult ${Math.floor(adultPx)} px`;
  const verdict = { id, adultPx, childPx };
  if (!child.isEnough) {
    const isWide = input.width >= widestInput.width && input.height >= widestInput.height;
    const remedy = isWide ? 'move the camera nearer or zoom' : 'move the camera nearer, zoom, or use the 384x640 model';
    const who = adult.isEnough ? 'children are too small' : 'too small';
    return { ...verdict, tone: adult.isEnough ? 'warn' : 'bad', says: `${name}: ${sizes}: ${who}; ${remedy}.` };
  }
  if (!outline.every((m) => isInPicture(toPicture(ground, m), ground.picture))) {
    return { ...verdict, ...warn(`${name}: ${sizes}: tall enough, but part of the zone is outside the picture.`) };
  }
  return { ...verdict, tone: 'good', says: `${name}: ${sizes}: tall enough (${personPxMin} px).` };
}

/** Clicks on the very edge count as inside. */
function isInPicture(px: readonly [number, number] | undefined, { width, height }: Size): boolean {
  return px !== undefined && px[0] >= -1 && px[1] >= -1 && px[0] <= width + 1 && px[1] <= height + 1;
}

/** True when two sides of an outline that are not neighbours cross. */
function crossesItself(outline: readonly Pair[]): boolean {
  const sides = outline.map((from, index) => [from, outline[(index + 1) % outline.length]!] as const);
  const turn = (a: Pair, b: Pair, c: Pair) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  return sides.some(([a, b], i) =>
    sides.some(([c, d], j) => j > i && turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0),
  );
}
