import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault, type Logger } from '@tocsin/contracts';
import { readCalibration } from '../../vision/ground/ground.ts';
import { loadManifest } from '../../vision/manifest/load.ts';
import type { CameraConfig } from './config.ts';
import type { GroundPlan } from './place.ts';

/** What the calibration of a camera says; `hash` names it, `still` is the JPEG of the empty street it was made with. */
export type Calibrated = { ground: GroundPlan; hash: string; still?: Uint8Array } | { why: string };

/** Input of the usual detector, for one whose manifest cannot be read; then nobody is found anyway. */
const usualInput = { width: 640, height: 384 };

/** Reads the calibration of a camera, undefined where none is named; or why nobody can be placed although somebody should be. */
export function readCalibrated({ calibration: path, model }: CameraConfig, logger: Logger): Calibrated | undefined {
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    const { file, calibration } = readCalibration(text, path);
    const hash = createHash('sha256').update(text).digest('hex');
    const still = file.reference === undefined ? undefined : stillAt(join(dirname(path), file.reference), logger);
    return { ground: { calibration, input: inputOf(model) }, hash, ...(still && { still }) };
  } catch (error) {
    logger.warn({ error: String(error) }, 'The calibration of a camera cannot be used.');
    const why = error instanceof Fault ? error.detail : `${path} (${(error as NodeJS.ErrnoException).code ?? error}).`;
    return { why: `Nobody is placed, because its calibration cannot be used: ${why}` };
  }
}

function stillAt(path: string, logger: Logger): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    logger.warn({ error: String(error) }, 'The reference picture of a camera cannot be read: a turn stays unnoticed.');
    return undefined;
  }
}

/** The size of the detector's input by its manifest, so that it is known before the eyes are open. */
function inputOf(model: string): GroundPlan['input'] {
  try {
    const { width, height } = loadManifest(model).manifest.input;
    return { width, height };
  } catch {
    return usualInput;
  }
}
