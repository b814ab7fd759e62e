import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { usualSupervision } from '@tocsin/edge-agent/cameras';
import { loadSite } from '@tocsin/edge-agent/site';
import type { Eyes } from '@tocsin/edge-agent/vision';
import type { SightConfig } from '../../edge-agent/cameras/camera/sight.ts';
import { viewOf } from '../../edge-agent/cameras/supervision/supervision.ts';
import { readCalibration } from '../../edge-agent/vision/ground/ground.ts';

export const sitesFolder = resolve(import.meta.dirname, '../../simulators/town/sites');

/** How the camera of Station Street is judged: with its calibration, its zones and its reference view, as its shell would have it. */
export async function sightConfigOf(model: string, eyes: Eyes): Promise<SightConfig> {
  const loaded = loadSite(join(sitesFolder, 'station-street.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const [camera] = loaded.site.cameras;
  if (camera?.calibration === undefined) throw new Error('The site has no calibrated camera.');
  const { file, calibration } = readCalibration(readFileSync(camera.calibration, 'utf8'), dirname(camera.calibration));
  const jpeg = new Uint8Array(readFileSync(join(dirname(camera.calibration), file.reference!)));
  const blank = { jpeg, number: 0, capturedAtMs: 0 };
  const { grid } = await eyes.look(blank, { camera: 'reference', detector: false, classifier: false });
  const { width, height } = eyes.models()[0]!;
  return {
    camera: { ...camera, model },
    ground: { calibration, input: { width, height } },
    supervision: usualSupervision,
    reference: viewOf(grid),
  };
}
