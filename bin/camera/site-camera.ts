import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { type CameraConfig, checkSite, formatProblems, loadSite } from '@tocsin/edge-agent/site';
import { parse, stringify } from 'yaml';
import type { Pair, Zone } from '../../dashboard/web/calibrate/words.ts';
import { usualModel } from './model-inputs.ts';

/** A camera of a site file; `besides` says how much else of the file is wrong. */
export type SiteCamera = { camera: CameraConfig; siteFile: string; besides: string | undefined };

type Entry = { id?: unknown; model?: unknown; calibration?: unknown; zones?: unknown } & Record<string, unknown>;

/**
 * Finds a camera in a site file. The rest of the file may still be wrong: a camera cannot have a calibration before it
 * was calibrated, and its zones and the rules on them wait for that. Throws SITE_FILE_INVALID or ARGUMENT_INVALID.
 */
export function siteCamera(siteFile: string, id: string): SiteCamera {
  const loaded = loadSite(siteFile);
  if (loaded.ok) {
    const { cameras } = loaded.site;
    const camera = cameras.find((candidate) => candidate.id === id) ?? unknown(id, cameras);
    return { camera, siteFile, besides: undefined };
  }
  const wrong = `\n${formatProblems(loaded.problems)}`;
  const entries = entriesOf(siteFile);
  if (!entries) throw new Fault('SITE_FILE_INVALID', wrong);
  const entry = entries.find((candidate) => candidate.id === id) ?? unknown(id, entries);
  const camera = alone(entry, siteFile);
  if (!camera) throw new Fault('SITE_FILE_INVALID', wrong);
  const count = loaded.problems.length;
  const besides = `${siteFile} has ${count} ${count === 1 ? 'problem' : 'problems'} besides; see: tocsin check ${siteFile}`;
  return { camera, siteFile, besides };
}

function unknown(id: string, cameras: readonly { id?: unknown }[]): never {
  const names = cameras.map((camera) => String(camera.id)).join(', ');
  const remedy = names === '' ? 'Its cameras: has no entry yet.' : `There is: ${names}.`;
  throw new Fault('ARGUMENT_INVALID', `The site has no camera ${id}.`, { remedy });
}

function entriesOf(siteFile: string): Entry[] | undefined {
  try {
    const file: unknown = parse(readFileSync(siteFile, 'utf8'), { maxAliasCount: 0 });
    const cameras = isRecord(file) ? file.cameras : undefined;
    return Array.isArray(cameras) ? cameras.filter(isRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** The camera as the only thing of a site, checked like every site; what waits for its calibration is left out and added again. */
function alone(entry: Entry, siteFile: string): CameraConfig | undefined {
  const { calibration, zones, model, classifier: _later, evidence: _too, ...rest } = entry;
  const site = {
    site: 'alone',
    name: 'alone',
    mode: 'shadow',
    devices: [],
    cameras: [{ ...rest, model: 'none', flames: true }],
  };
  const checked = checkSite(stringify(site), siteFile, '');
  const camera = checked.ok ? checked.site.cameras[0] : undefined;
  const at = (path: string) => resolve(dirname(siteFile), path);
  return (
    camera && {
      ...camera,
      model: typeof model !== 'string' ? usualModel : model.endsWith('.json') ? at(model) : model,
      ...(typeof calibration === 'string' ? { calibration: at(calibration) } : {}),
      zones: Array.isArray(zones)
        ? zones
            .filter(isZone)
            .map(({ id, name, outline }) => ({ id, ...(typeof name === 'string' ? { name } : {}), outline }))
        : [],
    }
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPair = (value: unknown): value is Pair =>
  Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));
const isZone = (value: unknown): value is Zone =>
  isRecord(value) &&
  typeof value.id === 'string' &&
  /^[A-Za-z0-9._-]{1,32}$/.test(value.id) &&
  Array.isArray(value.outline) &&
  value.outline.length >= 3 &&
  value.outline.every(isPair);
