import { Fault } from '@tocsin/contracts';
import { loadManifest } from '@tocsin/edge-agent/vision';
import type { ModelInput, Size } from '../../dashboard/web/calibrate/words.ts';

/** What a new camera gets where its site file says nothing. */
export const usualModel = 'nanodet-g-384x640-int8';

/** Tocsin's own detectors (vision.md §7). */
const own: ModelInput[] = [
  { name: '640 × 384 (default)', width: 640, height: 384 },
  { name: '416 × 256 (light)', width: 416, height: 256 },
];

/** The size of a model's input: by its manifest, or by a name such as nanodet-g-256x416-int8. */
function sizeOf(model: string): Size | undefined {
  try {
    const { width, height } = loadManifest(model).manifest.input;
    return { width, height };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const named = /(\d{2,4})x(\d{2,4})/.exec(model);
    return named ? { height: Number(named[1]), width: Number(named[2]) } : undefined;
  }
}

/** The inputs the 25 px rule can be held against, and the place in the list of the one the site uses. */
export function inputsFor(model: string): { inputs: ModelInput[]; input: number } {
  const size = sizeOf(model);
  if (!size) return { inputs: own, input: 0 };
  const known = own.findIndex(({ width, height }) => width === size.width && height === size.height);
  if (known >= 0) return { inputs: own, input: known };
  return { inputs: [...own, { name: `${size.width} × ${size.height} (this site)`, ...size }], input: own.length };
}
