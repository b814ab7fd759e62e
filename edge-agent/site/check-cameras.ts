import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { CameraConfig } from '../cameras/camera/config.ts';
import { sourceOf } from '../cameras/sources/index.ts';
import { readCalibration } from '../vision/ground/ground.ts';
import { loadManifest, manifestPath } from '../vision/manifest/load.ts';
import { polygonRefusal } from '../vision/zones/zones.ts';
import { addOwn, checkUnique } from './check-devices.ts';
import { say } from './conform-leaf.ts';
import type { Outline } from './outline.ts';
import { isRecord, rowsOf } from './outline.ts';
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
    checkTopic(source, { place, outline, findings });
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

/** A topic belongs to one sender: what comes for a camera is never shown to a device. */
function checkTopic(
  { topic }: CameraConfig['source'],
  { place, outline, findings }: { place: Place; outline: Outline; findings: Findings },
): void {
  if (typeof topic !== 'string') return;
  const owner =
    outline.devices.find(({ value }) => value.topic === topic)?.id ??
    outline.cameras.find(({ value, place: other }) => isOf(value, topic) && String(other) < String(place))?.id;
  if (owner === undefined) return;
  const says = `${say(topic)} is also the topic of ${owner}.`;
  findings.add([...place, 'source', 'topic'], says, 'Give the pictures a topic of their own.');
}
const isOf = ({ source }: Record<string, unknown>, topic: string) => isRecord(source) && source.topic === topic;

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
  const { calibration, zones, id, fps } = camera;
  if (calibration === undefined) {
    if (zones.length > 0)
      findings.add([...place, 'zones'], 'Zones are in metres, and this camera has no calibration.', make(id));
    return;
  }
  if (fps < followedFromFps) {
    const says = `${fps} pictures a second lose people from one to the next.`;
    warnings.add([...place, 'fps'], says, `Take ${followedFromFps} or more where people are followed.`);
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
    if (file.camera !== id) {
      const says = `${path} was made for ${say(file.camera)}, not for ${say(id)}.`;
      warnings.add([...place, 'calibration'], says, 'Make sure that it is of this very camera.');
    }
    if (file.reference === undefined || !existsSync(join(dirname(path), file.reference)))
      warnings.add(
        [...place, 'calibration'],
        `${path} has no reference view, so a turned camera is not told.`,
        make(id),
      );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    findings.add([...place, 'calibration'], error.detail, error.remedy ?? make(id));
  }
}

/** Pictures a second from which people can be followed (vision.md §5: people outrun their boxes at 2.5). */
const followedFromFps = 5;
const make = (camera: string) => `Make one with: tocsin camera calibrate SITE.yaml ${camera}`;
