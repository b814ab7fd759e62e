import { readFileSync } from 'node:fs';
import { Fault, silentLogger, systemClock } from '@tocsin/contracts';
import { readJpeg } from '@tocsin/edge-agent/cameras';
import { createEyes, type Eyes, loadManifest, type Manifest, samplePicture } from '@tocsin/edge-agent/vision';
import { type CliCommand, type Io, numberOption } from '../command.ts';
import { createProgress } from '../progress.ts';
import { bench, benchText } from '../vision/bench.ts';
import { evaluate } from '../vision/eval.ts';
import { reportText } from '../vision/report.ts';

const usage = 'tocsin vision eval --frames DIR --truth FILE, or tocsin vision bench';
const modelUsual = 'nanodet-g-384x640-int8';
/** COCO's AP wants weak boxes too; those below this add next to nothing and cost time. */
const evalScoreMin = 0.02;

type Options = Parameters<CliCommand['run']>[0]['options'];

export const vision: CliCommand = {
  name: 'vision',
  usage,
  example: [
    'tocsin vision eval --frames crossing/img1 --truth crossing/gt/gt.txt',
    'tocsin vision eval --frames yard --truth boxes.json --model my-detector.json --json',
    'tocsin vision bench --model nanodet-g-256x416-int8 --picture yard.jpg',
  ].join('\n'),
  options: {
    model: { type: 'string' },
    frames: { type: 'string' },
    truth: { type: 'string' },
    score: { type: 'string' },
    seconds: { type: 'string' },
    picture: { type: 'string' },
    threads: { type: 'string' },
    provider: { type: 'string' },
    quiet: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  help: {
    model: { value: 'NAME', says: `One of Tocsin’s own detectors, or a manifest (.json); default ${modelUsual}.` },
    frames: { value: 'DIR', says: 'With eval: a folder of JPEGs.' },
    truth: { value: 'FILE', says: 'With eval: what is on them, as COCO annotations (JSON) or MOT gt.txt.' },
    score: { value: 'N', says: 'With eval: score from which recall and precision count; default 0.4.' },
    seconds: { value: 'N', says: 'With bench: how long to run; default 10.' },
    picture: { value: 'FILE', says: 'With bench: a JPEG of your camera; default is a made-up one of 1280 × 720.' },
    threads: { value: 'N', says: 'Threads of one inference; default 1.' },
    provider: { value: 'NAME', says: 'Where the model runs, such as cpu or cuda; default cpu.' },
    quiet: { says: 'No progress.' },
    json: { says: 'Figures as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, ...rest] = args;
    if (rest.length > 0 || (act !== 'eval' && act !== 'bench')) {
      throw new Fault('ARGUMENT_INVALID', 'Say eval or bench.', { remedy: `Usage: ${usage}` });
    }
    const ref = (options.model as string | undefined) ?? modelUsual;
    const { manifest } = loadManifest(ref);
    const work = act === 'eval' ? prepareEval(manifest, options, io) : prepareBench(options, io);
    const eyes = createEyes({
      models: { detector: ref },
      threads: whole(options, 'threads') ?? 1,
      provider: (options.provider as string | undefined) ?? 'cpu',
      ...(act === 'eval' ? { scoreMin: evalScoreMin } : {}),
      // Nobody waits for a person to cross here, and the machine may be busy.
      timeoutMs: 30_000,
      ...{ clock: systemClock, logger: silentLogger },
    });
    try {
      await eyes.start();
      const state = eyes.state();
      if (!state.ok) throw new Fault('MODEL_FAILED', state.why);
      return await work(eyes);
    } finally {
      await eyes.stop();
    }
  },
};

/** What is done with open eyes; whatever is wrong with the words is said before they are opened. */
type Work = (eyes: Eyes) => Promise<number>;

function prepareEval(manifest: Manifest, options: Options, io: Io): Work {
  const { frames, truth } = options;
  if (typeof frames !== 'string' || typeof truth !== 'string') {
    throw new Fault('ARGUMENT_INVALID', 'eval needs frames and a truth.', { remedy: `Usage: ${usage}` });
  }
  const score = numberOption(options, 'score') ?? 0.4;
  if (!(score >= evalScoreMin && score <= 1)) {
    throw new Fault('ARGUMENT_INVALID', `--score must lie between ${evalScoreMin} and 1.`);
  }
  return async (eyes) => {
    const progress = createProgress(io, options.quiet !== true, manifest.name);
    const result = await evaluate({
      ...{ eyes, manifest, folder: frames, truth, score },
      progress: (done, of) => progress.show(`${done} of ${of} frames`),
    });
    progress.done();
    const { report, unreadable, passedOver } = result;
    if (options.json) io.out(`${JSON.stringify({ model: manifest.name, sha256: manifest.sha256, ...result })}\n`);
    else {
      io.out(`${manifest.name}: ${reportText(report)}\n`);
      if (passedOver > 0)
        io.err(`${passedOver} boxes of the truth belong to other frames or to classes nothing is mapped to.\n`);
      const names = `${unreadable.slice(0, 10).join(', ')}${unreadable.length > 10 ? ' …' : ''}`;
      if (unreadable.length > 0) io.err(`Not judged, because they cannot be read: ${names}\n`);
    }
    return report.frames === 0 || unreadable.length > 0 ? 1 : 0;
  };
}

function prepareBench(options: Options, io: Io): Work {
  const seconds = numberOption(options, 'seconds') ?? 10;
  if (!(seconds > 0 && seconds <= 3600)) throw new Fault('ARGUMENT_INVALID', '--seconds must lie between 0 and 3600.');
  const picture = typeof options.picture === 'string' ? pictureFrom(options.picture) : undefined;
  return async (eyes) => {
    const progress = createProgress(io, options.quiet !== true, 'bench');
    const result = await bench(eyes, picture ?? (await samplePicture()), {
      seconds,
      progress: (doneMs) => progress.show(`${Math.round(doneMs / 1000)} of ${seconds} s`),
    });
    progress.done();
    const [model] = eyes.models();
    if (options.json) io.out(`${JSON.stringify({ model: model?.name, sha256: model?.sha256, ...result })}\n`);
    else io.out(`${model?.name}\n${benchText(result)}\n`);
    return 0;
  };
}

function whole(options: Options, name: string): number | undefined {
  const value = numberOption(options, name);
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= 64)) return value;
  throw new Fault('ARGUMENT_INVALID', `--${name} must be a whole number from 1 to 64.`);
}

function pictureFrom(path: string): Uint8Array {
  try {
    const jpeg = readFileSync(path);
    const read = readJpeg(jpeg);
    if (!read.ok)
      throw new Fault('PICTURE_INVALID', `${path}: ${read.why}.`, { remedy: 'Give a JPEG as a camera sends it.' });
    return jpeg;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('FILE_UNREADABLE', `${path}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}.`, {
      cause,
    });
  }
}
