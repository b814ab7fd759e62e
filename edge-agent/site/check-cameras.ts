import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { CameraConfig } from '../cameras/camera/config.ts';
import { sourceOf } from '../cameras/sources/index.ts';
import { readCalibration } from '../vision/ground/ground.ts';
import { loadManifest, manifestPath } from '../vision/manifest/load.ts';
import { polygonRefusal } from '../vision/zones/zones.ts';
import { addOwn, checkUnique } from './check-devices.ts';
import { say } from './conform-leaf.ts';
import type { Outline } from './outline.ts';
import { rowsOf } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';

/**
 * Everything about cameras that the schema cannot say, with the files they name: these are made absolute, and one that is not there yet
 * is a warning where a command of Tocsin makes it.
 */
export function checkCameras(outline: Outline, directory: string, findings: Findings, warnings: Findings): void {
  checkUnique(outline.cameras, 'cameras', findings);
  for (const { value, place, fits } of outline.cameras) {
    if (!fits) continue;
    const camera = value as CameraConfig;
    const { source, zones, evidence } = camera;
    const own = sourceOf(source.kind)?.check?.(source, { directory }) ?? [];
    addOwn(own, [...place, 'source'], source, findings);
    checkModels(camera, { place, directory, findings });
    checkCalibration(camera, { place, directory, findings, warnings });
    const rows = rowsOf(zones, [...place, 'zones']);
    checkUnique(rows, 'zones', findings);
    for (const [i, { outline: corners }] of zones.entries()) {
      const refusal = polygonRefusal(corners);
      if (refusal !== undefined) findings.add([...place, 'zones', i, 'outline'], refusal, 'Name its corners in order.');
    }
    for (const [i, rule] of (evidence.rules ?? []).entries()) {
      const known = outline.rules.flatMap(({ id }) => id ?? []);
      if (known.includes(rule)) continue;
      const remedy = suggest(rule, known, 'Possible here are');
      findings.add([...place, 'evidence', 'rules', i], `There is no rule ${say(rule)}.`, remedy);
    }
  }
}

type Looking = { place: Place; directory: string; findings: Findings };

function checkModels(camera: CameraConfig, { place, directory, findings }: Looking): void {
  const { model, classifier, flames, calibration } = camera;
  if (model === 'none' && !flames && classifier === undefined) {
    const remedy = 'Leave model out for the usual detector, or set flames: true.';
    findings.add([...place, 'model'], 'Nobody looks at the pictures of this camera.', remedy);
  }
  if (model === 'none' && calibration !== undefined)
    findings.add([...place, 'calibration'], 'Without a detector nobody is placed on the ground.', 'Remove it.');
  for (const [field, ref] of [['model', model] as const, ['classifier', classifier] as const]) {
    if (ref === undefined || ref === 'none') continue;
    // A name of Tocsin's own is told from a path by what it would resolve to.
    const absolute = manifestPath(ref) === ref ? resolve(directory, ref) : ref;
    camera[field] = absolute;
    try {
      const { manifest } = loadManifest(absolute);
      const classifies = manifest.output.kind === 'classifier';
      if (classifies === (field === 'classifier')) continue;
      const says = `${say(ref)} ${classifies ? 'tells shares of the whole picture' : 'finds boxes'}.`;
      findings.add([...place, field], says, `Name it as ${classifies ? 'classifier' : 'model'}.`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      findings.add([...place, field], error.detail, error.remedy ?? 'Look at it with tocsin model check.');
    }
  }
}

function checkCalibration(camera: CameraConfig, { warnings, ...looking }: Looking & { warnings: Findings }): void {
  const { place, directory, findings } = looking;
  const { calibration, zones, id } = camera;
  if (calibration === undefined) {
    if (zones.length > 0)
      findings.add([...place, 'zones'], 'Zones are in metres, and this camera has no calibration.', make(id));
    return;
  }
  const path = resolve(directory, calibration);
  camera.calibration = path;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    warnings.add([...place, 'calibration'], `${path} cannot be read (${why}), so nobody is placed.`, make(id));
    return;
  }
  try {
    const { file } = readCalibration(text, path);
    if (file.camera === id) return;
    const says = `${path} was made for ${say(file.camera)}, not for ${say(id)}.`;
    warnings.add([...place, 'calibration'], says, 'Make sure that it is of this very camera.');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    findings.add([...place, 'calibration'], error.detail, error.remedy ?? make(id));
  }
}

const make = (camera: string) => `Make one with: tocsin camera calibrate SITE.yaml ${camera}`;
