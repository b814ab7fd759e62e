import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '@tocsin/contracts';

type FileProblem = { code: 'FILE_UNREADABLE' | 'SITE_FILE_INVALID'; detail: string; remedy: string };

/** Reads the certificates of a loaded site file. Throws FILE_UNREADABLE, or SITE_FILE_INVALID when the file holds none. */
export function readCertificates(path: string): string {
  const problem = certificateFileProblem(path);
  if (problem !== undefined) throw new Fault(problem.code, problem.detail, { remedy: problem.remedy });
  return readFileSync(path, 'utf8');
}

/** What keeps a file of certificates from being used, or undefined when nothing does. */
export function certificateFileProblem(path: string): FileProblem | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    const remedy = 'Copy the certificate that signed the one of the cloud there.';
    return { code: 'FILE_UNREADABLE', detail: `The certificates ${path} cannot be read (${why}).`, remedy };
  }
  try {
    new X509Certificate(text);
    return undefined;
  } catch {
    const remedy = 'Give certificates as PEM text: -----BEGIN CERTIFICATE-----.';
    return { code: 'SITE_FILE_INVALID', detail: `${path} holds no certificate.`, remedy };
  }
}
