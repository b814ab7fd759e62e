import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { type CalibrationFile, calibrationBytesMax, readCalibration } from '@tocsin/edge-agent/vision';
import type { MeasuredPoint, Remark, Size } from '../../dashboard/web/calibrate/words.ts';

/** What is known of a camera from before; `reference` is the name of a picture that is there. */
export type Before = { points: MeasuredPoint[]; remarks: Remark[]; reference?: string };

/** Pictures whose shapes differ by less than this share are the same view at another resolution. */
const shapeTolerance = 0.01;

/** Reads an earlier calibration to correct it; one that cannot be used is told, and is no reason not to make a new one. */
export function readBefore(path: string, picture: Size): Before {
  if (!existsSync(path)) return { points: [], remarks: [] };
  try {
    if (statSync(path).size > calibrationBytesMax) throw new Error(`it has more than ${calibrationBytesMax} bytes`);
    const { file } = readCalibration(readFileSync(path, 'utf8'), path);
    const remarks: Remark[] = [];
    const points = atSize(file, picture, remarks);
    const reference = file.reference && existsSync(join(dirname(path), file.reference)) ? file.reference : undefined;
    return { points, remarks, ...(reference ? { reference } : {}) };
  } catch (error) {
    const why = error instanceof Fault ? error.detail : (error as Error).message;
    return { points: [], remarks: [{ tone: 'bad', says: `The earlier calibration cannot be used: ${why}` }] };
  }
}

function atSize({ points, picture: then }: CalibrationFile, now: Size, remarks: Remark[]): MeasuredPoint[] {
  const measured = points.map(
    ({ px, m, label }): MeasuredPoint => ({ px: [...px], m: [...m], ...(label ? { label } : {}) }),
  );
  if (then.width === now.width && then.height === now.height) return measured;
  const [sx, sy] = [now.width / then.width, now.height / then.height];
  const sizes = `${then.width} × ${then.height} then, ${now.width} × ${now.height} now`;
  if (Math.abs(sx / sy - 1) > shapeTolerance) {
    const says = `The picture had another shape: ${sizes}. The earlier points are left out; click them anew.`;
    remarks.push({ tone: 'bad', says });
    return [];
  }
  remarks.push({
    tone: 'warn',
    says: `The picture had another size: ${sizes}. The points were moved along; look at each.`,
  });
  return measured.map((point) => ({ ...point, px: [point.px[0] * sx, point.px[1] * sy] }));
}

/** The text of a calibration file, known to be readable by the gateway. Throws CALIBRATION_INVALID. */
export function calibrationText(file: CalibrationFile, path: string): string {
  const pair = /\[\s+(-?[\d.e+-]+),\s+(-?[\d.e+-]+)\s+\]/g;
  const text = `${JSON.stringify(file, null, 2).replaceAll(pair, '[$1, $2]')}\n`;
  readCalibration(text, path);
  return text;
}

/** The files of a camera's calibration; the reference view lies beside the calibration. */
export function filesOf(calibrationFile: string): { calibrationFile: string; referenceFile: string } {
  const stem = basename(calibrationFile)
    .replace(/(\.calibration)?\.json$/, '')
    .replace(/^[^A-Za-z0-9]+/, '');
  return { calibrationFile, referenceFile: join(dirname(calibrationFile), `${stem || 'camera'}.reference.jpg`) };
}
