import { type Camera, type Ground, heightInPx, type Point, personPxMin, toPicture } from '../ground/ground.ts';
import { isInside } from './polygon.ts';

/** What a camera needs to be asked what it sees of a zone. */
export type View = {
  ground: Ground;
  /** Absent where it cannot be told how tall people appear: then only the picture's edges count. */
  camera?: Camera;
  /** Pixels of the network's input per pixel of the picture (`networkScale`). */
  scale: number;
};

/** An adult; how small children appear is told by `smallestPerson` on the calibration page. */
const personM = 1.7;
/** Points along the longer side of a zone. */
const across = 48;

/**
 * Share of a zone's area (0 to 1) that the camera can watch: its ground is in the picture, and somebody of 1.7 m there
 * is at least 25 px tall in the network's input. Sampled on a grid of points.
 */
export function coverageOf(polygon: readonly Point[], { ground, camera, scale }: View): number {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  const [left, low] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - low];
  const stepM = Math.max(width, height) / across;
  let [all, seen] = [0, 0];
  for (let y = low + stepM / 2; y < low + height; y += stepM) {
    for (let x = left + stepM / 2; x < left + width; x += stepM) {
      if (!isInside(polygon, [x, y])) continue;
      all += 1;
      const px = toPicture(ground, [x, y]);
      if (px === undefined || px[0] < 0 || px[1] < 0 || px[0] > ground.picture.width || px[1] > ground.picture.height)
        continue;
      const tall = camera && heightInPx(ground.toPicture, camera, { m: [x, y], heightM: personM });
      if (camera === undefined || (tall !== undefined && tall * scale >= personPxMin)) seen += 1;
    }
  }
  return all === 0 ? 0 : seen / all;
}
