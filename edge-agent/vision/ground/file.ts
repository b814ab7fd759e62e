import { Fault, InstantMs, Name } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/value';
import { type Calibrated, calibrate } from './calibrate.ts';
import { pointsMax } from './points.ts';

const pair = (description: string) => Type.Tuple([Type.Number(), Type.Number()], { description });
const closed = { additionalProperties: false };

/** A calibration as it is kept beside a site file: where points of the ground are in the picture of one camera. */
export const CalibrationFile = Type.Object(
  {
    version: Type.Literal(1),
    camera: Type.Unsafe<string>({ ...Name, description: 'Name of the camera in the site file.' }),
    picture: Type.Object(
      {
        width: Type.Integer({ minimum: 16, maximum: 16_384 }),
        height: Type.Integer({ minimum: 16, maximum: 16_384 }),
      },
      { ...closed, description: 'Size of the picture in which the points were clicked.' },
    ),
    points: Type.Array(
      Type.Object(
        {
          px: pair('[x, y] in pixels from the top left corner.'),
          m: pair('[x, y] in metres on the ground, in the axes of the zones and rules.'),
          label: Type.Optional(Type.String({ maxLength: 80 })),
        },
        closed,
      ),
      { minItems: 4, maxItems: pointsMax },
    ),
    reference: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\\.jpe?g$',
        description: 'Picture beside this file in which the points were clicked; a name without folders.',
      }),
    ),
    takenAtMs: Type.Optional(InstantMs),
  },
  closed,
);
export type CalibrationFile = Static<typeof CalibrationFile>;

/** A calibration file is a few kilobytes; more is something else. */
export const calibrationBytesMax = 64 * 1024;
/** So many mistakes are named at once. */
const mistakesMax = 5;

function refuse(path: string, detail: string, remedy: string): never {
  throw new Fault('CALIBRATION_INVALID', `${path}: ${detail}`, { remedy });
}

/**
 * Reads the text of a calibration file that is at `path`; throws `CALIBRATION_INVALID` with what is wrong and where.
 * Reading the file itself is the caller's.
 */
export function readCalibration(text: string, path: string): { file: CalibrationFile; calibration: Calibrated } {
  if (text.length > calibrationBytesMax)
    refuse(
      path,
      `The file has more than ${calibrationBytesMax} characters.`,
      'Name the calibration file of the camera.',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(path, `It is not JSON (${(error as Error).message}).`, 'Write it again from the calibration page.');
  }
  const mistakes = Errors(CalibrationFile, value);
  if (mistakes.length > 0) {
    const words = mistakes.map(({ keyword, instancePath, message }) =>
      keyword === 'boolean' ? `${instancePath} is no field here` : `${instancePath || '/'} ${message}`,
    );
    // An unknown field is told twice, once by the object around it.
    const named = words.filter((_, i) => mistakes[i]!.keyword !== 'additionalProperties').slice(0, mistakesMax);
    refuse(path, `${named.join('; ')}.`, 'Write it again from the calibration page, or mend these places.');
  }
  const file = value as CalibrationFile;
  const calibration = calibrate(file.points, file.picture);
  if (!calibration.ok) refuse(path, calibration.refusal, 'Choose other points on the calibration page.');
  return { file, calibration };
}
