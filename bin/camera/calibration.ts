/**
 * One calibration of one camera: what the page asks and what becomes of it. Holds two pictures in memory, the one on
 * screen and the reference view; nothing is written before the engineer saves.
 */
import { basename } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { Picture, Reference, Remark, Saved, Session, Solved } from '../../dashboard/web/calibrate/words.ts';
import { replaceFile } from './keep-file.ts';
import type { Routes } from './local-server.ts';
import type { Answer } from './page-files.ts';
import type { Glance } from './people.ts';
import { solveRequestOf } from './questions.ts';
import { calibrationText, readBefore } from './saved-file.ts';
import { siteLines } from './site-lines.ts';
import { solve } from './solve.ts';
import type { Still, Stills } from './stills.ts';

export type CameraToCalibrate = {
  id: string;
  name: string;
  stills: Stills;
  /** Where the calibration is read from and written to. */
  calibrationFile: string;
  /** Where the reference view is written to. */
  referenceFile: string;
  /** As the site file has them. */
  zones: Session['zones'];
  inputs: Session['inputs'];
  input: number;
  /** Looks for people in a picture. */
  glance(still: Still): Promise<Glance>;
};

type Deps = { camera: CameraToCalibrate; onSaved(saved: Saved): void };
type Numbered = Still & { number: number };

/** Says how far a reference view can be trusted. */
export function referenceRemark(looked: Glance): Remark {
  if ('why' in looked) {
    return { tone: 'warn', says: `Look yourself: is the street empty? People could not be counted: ${looked.why}` };
  }
  const { people } = looked;
  if (people === 0) return { tone: 'good', says: 'Nobody is seen in it.' };
  const who = people === 1 ? 'One person is' : `${people} people are`;
  return {
    tone: 'warn',
    says: `${who} in it. Wait until the street is empty, take a new picture, then take it again.`,
  };
}

/** The questions of the page for one camera. Throws what the camera's source throws. */
export async function openCalibration({ camera, onSaved }: Deps): Promise<Routes> {
  const { id, name, stills, calibrationFile, referenceFile } = camera;
  let shown: Numbered = { ...(await stills.take()), number: 1 };
  let reference: Numbered | undefined;
  const before = readBefore(calibrationFile, shown);

  const pictureOf = ({ width, height, number, takenAtMs }: Numbered): Picture => ({ width, height, number, takenAtMs });
  const session: Omit<Session, 'picture' | 'reference'> = {
    camera: { id, name },
    source: stills.source,
    inputs: camera.inputs,
    input: camera.input,
    points: before.points,
    zones: camera.zones,
    hasReference: before.reference !== undefined,
    remarks: before.remarks,
  };
  let lookedAt: Reference | undefined;

  const jpegOf = ({ jpeg }: Numbered): Answer => ({ type: 'image/jpeg', body: jpeg });

  async function takeReference(): Promise<Reference> {
    const still = shown;
    const remark = referenceRemark(await camera.glance(still));
    reference = still;
    lookedAt = { pictureNumber: still.number, remark };
    return lookedAt;
  }

  function save(body: unknown): Saved {
    const request = solveRequestOf(body);
    const solution = solve(request);
    if (!solution.ok) throw new Fault('CALIBRATION_INVALID', solution.says);
    if (request.picture.width !== shown.width || request.picture.height !== shown.height) {
      throw new Fault('CALIBRATION_INVALID', 'It is for a picture of another size.', {
        remedy: 'Load the page again.',
      });
    }
    const name = reference ? basename(referenceFile) : before.reference;
    const text = calibrationText(
      {
        version: 1,
        camera: id,
        picture: request.picture,
        points: request.points,
        ...(name ? { reference: name } : {}),
        takenAtMs: shown.takenAtMs,
      },
      calibrationFile,
    );
    if (reference) replaceFile(referenceFile, reference.jpeg);
    replaceFile(calibrationFile, text);
    const saved = {
      files: [calibrationFile, ...(reference ? [referenceFile] : [])],
      yaml: siteLines(basename(calibrationFile), request.zones),
      remarks: [...remarksOn(solution), ...referenceRemarks(reference !== undefined, name !== undefined)],
    };
    onSaved(saved);
    return saved;
  }

  return {
    'GET /api/session': async () => ({ ...session, picture: pictureOf(shown), reference: lookedAt }) satisfies Session,
    'GET /api/picture': async () => jpegOf(shown),
    'GET /api/reference': async () => {
      if (!reference) throw new Fault('PICTURE_UNKNOWN', 'No reference view has been taken.');
      return jpegOf(reference);
    },
    'POST /api/picture': async () => {
      const still = await stills.take();
      if (still.width !== shown.width || still.height !== shown.height) {
        const sizes = `${still.width} × ${still.height} instead of ${shown.width} × ${shown.height}`;
        throw new Fault('PICTURE_INVALID', `The camera now gives ${sizes}.`, {
          remedy: 'Set it back, or start again.',
        });
      }
      shown = { ...still, number: shown.number + 1 };
      return pictureOf(shown);
    },
    'POST /api/solve': async (body) => solve(solveRequestOf(body)),
    'POST /api/reference': takeReference,
    'POST /api/save': async (body) => save(body),
  };
}

/** What is still to do after saving. */
function remarksOn({ remarks, zones }: Solved): Remark[] {
  const all = [...remarks, ...zones.map(({ tone, says }) => ({ tone, says }))];
  return all.filter(({ tone }) => tone !== 'good');
}

function referenceRemarks(isNew: boolean, isThere: boolean): Remark[] {
  if (isNew) return [];
  const says = isThere
    ? 'The reference view is the earlier one: take a new one if the camera was moved since.'
    : 'No reference view was taken: a moved camera stays unnoticed.';
  return [{ tone: 'warn', says }];
}
