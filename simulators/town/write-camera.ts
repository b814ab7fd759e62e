/**
 * Writes what a field engineer would have made of the drawn camera of Station Street: the still of the empty street, and the calibration
 * with points at corners of the crossing. Run it again when the camera or the drawing changes: node simulators/town/write-camera.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawFrame, encodeFrame, paintStreet, project } from '../cameras/index.ts';
import { crossingClip } from './crossing-site.ts';

const sites = join(import.meta.dirname, 'sites');
const { camera } = crossingClip;
const corners = [
  [0, -2, 'near kerb, left end of the crossing'],
  [0, 6, 'near kerb, right end'],
  [10, -2, 'far kerb, left end'],
  [10, 6, 'far kerb, right end'],
  [5, 2, 'middle of the road'],
  [-1, 2, 'middle of the near tactile strip'],
] as const;

/** As exact as somebody clicks: to a tenth of a pixel. */
const clicked = (x: number, y: number): [number, number] => {
  const at = project(camera, [x, y, 0]);
  if (at === undefined) throw new Error(`(${x}, ${y}) is not in the picture.`);
  return [Math.round(at[0] * 10) / 10, Math.round(at[1] * 10) / 10];
};

const points = corners.map(([x, y, label]) => ({ px: clicked(x, y), m: [x, y], label }));
const { width, height } = camera;
const reference = 'station-street-cam-1.reference.jpg';
const file = { version: 1, camera: 'cam-1', picture: { width, height }, points, reference };
writeFileSync(join(sites, 'station-street-cam-1.calibration.json'), `${JSON.stringify(file, null, 2)}\n`);
writeFileSync(join(sites, reference), await encodeFrame(drawFrame(paintStreet(crossingClip), { actors: [] }, 0)));
