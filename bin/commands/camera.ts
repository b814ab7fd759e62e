import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault, isName, systemClock } from '@tocsin/contracts';
import { startCalibration } from '../camera/calibrate.ts';
import type { CameraToCalibrate } from '../camera/calibration.ts';
import { lookAt } from '../camera/check.ts';
import { replaceFile } from '../camera/keep-file.ts';
import { stillsOfCamera } from '../camera/live-stills.ts';
import { inputsFor, usualModel } from '../camera/model-inputs.ts';
import { glance } from '../camera/people.ts';
import { filesOf } from '../camera/saved-file.ts';
import { type SiteCamera, siteCamera } from '../camera/site-camera.ts';
import { type Still, stillsOfFile } from '../camera/stills.ts';
import { type CliCommand, type Io, numberOption } from '../command.ts';
import { untilStopped } from '../start-all.ts';

const usage = 'tocsin camera calibrate|snapshot|check SITE.yaml CAMERA';
type Options = Record<string, string | boolean | (string | boolean)[] | undefined>;
type Given = { args: string[]; options: Options; io: Io };

/** The camera that was named; what else is wrong with its site file is told and does not stop it. */
function cameraOf([file, id]: string[], io: Io): SiteCamera {
  if (file === undefined || id === undefined) {
    throw new Fault('ARGUMENT_INVALID', 'A site file and a camera are needed.', { remedy: `Usage: ${usage}` });
  }
  const found = siteCamera(resolve(io.cwd, file), id);
  if (found.besides !== undefined) io.err(`${found.besides}\n`);
  return found;
}

const liveDeps = ({ camera, siteFile }: SiteCamera, { env }: Io) => ({
  camera,
  siteFile,
  env,
  clock: systemClock,
});

/** What depends on the detector of a camera. */
const modelOf = (model: string) => ({
  ...inputsFor(model),
  glance: (still: Still) => glance(still, { model, clock: systemClock }),
});

/** What is to be calibrated: a camera of a site file, or a picture on its own. */
function subjectOf({ args, options, io }: Given): CameraToCalibrate {
  const picture = options.picture === undefined ? undefined : stillsOfFile(resolve(io.cwd, options.picture as string));
  if (options.out !== undefined) {
    const [id] = args;
    if (args.length !== 1 || !isName(id) || !picture) {
      throw new Fault('ARGUMENT_INVALID', 'With --out goes --picture FILE and the id of the camera.', {
        remedy: 'Usage: tocsin camera calibrate --picture FILE.jpg --out DIR CAMERA',
      });
    }
    const folder = resolve(io.cwd, options.out as string);
    mkdirSync(folder, { recursive: true });
    const files = filesOf(join(folder, `${id}.calibration.json`));
    return { id, name: id, stills: picture, ...files, zones: [], ...modelOf(usualModel) };
  }
  const given = cameraOf(args, io);
  const { camera, siteFile } = given;
  const stills = picture ?? stillsOfCamera(liveDeps(given, io));
  const file = camera.calibration ?? join(siteFile, '..', `${camera.id}.calibration.json`);
  return {
    id: camera.id,
    name: camera.name ?? camera.id,
    stills,
    ...filesOf(file),
    zones: camera.zones,
    ...modelOf(camera.model),
  };
}

async function calibrate(given: Given): Promise<number> {
  const { options, io } = given;
  const minutes = numberOption(options, 'minutes') ?? 60;
  const port = numberOption(options, 'port');
  if (!(minutes > 0 && minutes <= 1_440)) throw new Fault('ARGUMENT_INVALID', '--minutes is 1 to 1440.');
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Fault('ARGUMENT_INVALID', '--port is 1 to 65535.');
  }
  // The page and its server are the dashboard's room, which a gateway does not load for anything else.
  const { builtWebDir } = await import('@tocsin/dashboard');
  const served = await startCalibration({
    camera: subjectOf(given),
    webDir: builtWebDir,
    clock: systemClock,
    minutes,
    port,
    onSaved({ files, yaml }) {
      if (options.json) io.out(`${JSON.stringify({ files, yaml })}\n`);
      else io.out(`\nSaved ${files.join(' and ')}.\nLines for the camera’s entry in the site file:\n\n${yaml}\n`);
    },
  });
  if (options.json) io.out(`${JSON.stringify({ url: served.url, port: served.port })}\n`);
  else {
    io.out(
      [
        `Open this address in a browser on this machine; it works once, in one browser:`,
        `  ${served.url}`,
        `From another machine, first: ssh -L ${served.port}:127.0.0.1:${served.port} GATEWAY`,
        `Ends with Ctrl-C, or after ${minutes} minutes without use.\n`,
      ].join('\n'),
    );
  }
  await Promise.race([untilStopped(), served.unused]);
  await served.stop();
  return 0;
}

async function snapshot({ args, options, io }: Given): Promise<number> {
  if (typeof options.out !== 'string') {
    throw new Fault('ARGUMENT_INVALID', 'Where should the picture go?', { remedy: 'Add --out FILE.jpg.' });
  }
  const still = await stillsOfCamera(liveDeps(cameraOf(args, io), io)).take();
  const file = resolve(io.cwd, options.out);
  replaceFile(file, still.jpeg);
  const { width, height, takenAtMs } = still;
  if (options.json) io.out(`${JSON.stringify({ file, width, height, takenAtMs })}\n`);
  else io.out(`${file}: ${width} × ${height}, taken ${new Date(takenAtMs).toISOString()}.\n`);
  return 0;
}

async function check({ args, options, io }: Given): Promise<number> {
  const seconds = numberOption(options, 'seconds') ?? 10;
  if (!(seconds >= 1 && seconds <= 300)) throw new Fault('ARGUMENT_INVALID', '--seconds is 1 to 300.');
  const found = await lookAt(liveDeps(cameraOf(args, io), io), seconds * 1_000);
  io.out(options.json ? `${JSON.stringify(found)}\n` : `${found.says.join('\n')}\n`);
  return found.isWell ? 0 : 1;
}

const acts: Record<string, (given: Given) => Promise<number>> = { calibrate, snapshot, check };

export const camera: CliCommand = {
  name: 'camera',
  usage,
  example: [
    'tocsin camera calibrate site.yaml cam-1',
    'tocsin camera calibrate --picture street.jpg --out calibrations cam-1',
    'tocsin camera snapshot site.yaml cam-1 --out now.jpg',
    'tocsin camera check site.yaml cam-1',
  ].join('\n'),
  options: {
    picture: { type: 'string' },
    out: { type: 'string' },
    minutes: { type: 'string' },
    port: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'boolean' },
  },
  help: {
    picture: { value: 'FILE.jpg', says: 'calibrate: use this picture instead of the live camera.' },
    out: { value: 'PATH', says: 'snapshot: the file to write; calibrate --picture: the folder to save in.' },
    minutes: { value: 'N', says: 'calibrate: end after so many minutes without use (60).' },
    port: { value: 'N', says: 'calibrate: listen on this port of 127.0.0.1 instead of a free one.' },
    seconds: { value: 'N', says: 'check: watch for so long (10).' },
    json: { says: 'Print one line of JSON.' },
  },
  async run({ args: [name, ...args], options, io }) {
    const act = name === undefined ? undefined : acts[name];
    if (!act) {
      throw new Fault(
        'ARGUMENT_INVALID',
        name === undefined ? 'What is to be done?' : `There is no “camera ${name}”.`,
        {
          remedy: `Usage: ${usage}`,
        },
      );
    }
    return act({ args, options, io });
  },
};
