import { readFileSync, statSync } from 'node:fs';
import { Fault, type Secret } from '@tocsin/contracts';

/** Longest secret; certificates and keys fit. */
const secretBytesMax = 65_536;
/** Rights of group and others, which a secret must not give (reliability.md §6.1: files 0600). */
const otherRights = 0o077;

/**
 * Reads a secret of a loaded site file (its paths are absolute already). The line end of a file is not part of it.
 * Throws FILE_UNREADABLE, or SITE_FILE_INVALID when the variable is empty or the file is open to others.
 */
export function readSecret(secret: Secret, env: Readonly<Record<string, string | undefined>>): string {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value !== undefined && value !== '') return value;
    throw new Fault('SITE_FILE_INVALID', `The environment variable ${secret.env} is not set.`, {
      remedy: `Set ${secret.env} for this program, or give { file: … } instead.`,
    });
  }
  const problem = secretFileProblem(secret.file);
  if (problem !== undefined) throw new Fault(problem.code, problem.detail, { remedy: problem.remedy });
  const value = readFileSync(secret.file, 'utf8').replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new Fault('SITE_FILE_INVALID', `The secret file ${secret.file} is empty.`, {
    remedy: 'Write the secret into it.',
  });
}

/** What keeps a secret file from being used, or undefined when nothing does. */
export function secretFileProblem(
  path: string,
): { code: 'FILE_UNREADABLE' | 'SITE_FILE_INVALID'; detail: string; remedy: string } | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    return { code: 'FILE_UNREADABLE', detail: `There is no secret file ${path}.`, remedy: 'Create it with mode 0600.' };
  }
  if (!stat.isFile() || stat.size > secretBytesMax) {
    const remedy = 'Name a file that holds the secret and nothing else.';
    return { code: 'FILE_UNREADABLE', detail: `${path} is not a small file.`, remedy };
  }
  // Windows has no such bits; there they read as open whatever the access list says.
  if (process.platform !== 'win32' && (stat.mode & otherRights) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    const detail = `Others may read the secret file ${path} (mode ${mode}).`;
    return { code: 'SITE_FILE_INVALID', detail, remedy: `Run chmod 600 ${path}.` };
  }
  return undefined;
}
