import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '@tocsin/contracts';

/** Rights of group and others, which a secret must not give (reliability.md §6.1: files 0600). */
const otherRights = 0o077;

/** Writes a file that only its owner can read, in one step, so that a crash leaves the old or the new one. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** Reads a secret file. Throws SECRET_EXPOSED when others have rights on it: what others could read may be known to them. */
export function readPrivate(path: string): string {
  const { mode } = statSync(path);
  if ((mode & otherRights) === 0) return readFileSync(path, 'utf8');
  const remedy = `Run: chmod 600 ${path} — and exchange what is in it if somebody else may have read it (tocsin key new).`;
  throw new Fault('SECRET_EXPOSED', `${path} has the rights ${(mode & 0o777).toString(8)}.`, { remedy });
}
