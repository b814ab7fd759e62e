/**
 * Reads a site file. Either the whole file is good, and the site comes back with every default filled in and every
 * path resolved, or everything that is wrong comes back at once, each with line and remedy. Nothing is started before.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Secret } from '@tocsin/contracts';
import { certificateFileProblem } from './certificates.ts';
import { checkActs } from './check-acts.ts';
import { checkLimits } from './check-arming.ts';
import { checkConnections } from './check-broker.ts';
import { checkCameras } from './check-cameras.ts';
import { checkDevices } from './check-devices.ts';
import { checkFeeds } from './check-feeds.ts';
import { checkRulesAndModels } from './check-rules.ts';
import { conform } from './conform.ts';
import { parseSite, type SiteDocument, siteFileBytesMax } from './document.ts';
import { expandCameras } from './expand-cameras.ts';
import { expandMatrix } from './expand-matrix.ts';
import { expandPacks } from './expand-packs.ts';
import { isRecord, type MadeBy, outlineOf, rowsOf } from './outline.ts';
import { createFindings, type Findings, type Place, type Problem, pointerOf, problemsMax } from './problems.ts';
import { siteFileSchema } from './schema.ts';
import { secretFileProblem } from './secret.ts';
import type { Site } from './types.ts';

export { readCertificates } from './certificates.ts';
export { formatProblems, type Problem } from './problems.ts';
export { siteFileSchema } from './schema.ts';
export { readSecret } from './secret.ts';
export type * from './types.ts';

export type LoadedSite = { ok: true; site: Site; warnings: Problem[] } | { ok: false; problems: Problem[] };

/** Reads and checks the site file at `path`. */
export function loadSite(path: string): LoadedSite {
  const bytes = readBounded(path);
  if (typeof bytes === 'string') return refuse(path, bytes, 'Look at its name, size and rights.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(path, 'The file is not UTF-8 text.', 'Save it as UTF-8.');
  }
  return checkSite(text, path, createHash('sha256').update(bytes).digest('hex'));
}

function readBounded(path: string): Uint8Array | string {
  try {
    const { size } = statSync(path);
    if (size > siteFileBytesMax) return `The file has ${size} bytes, at most ${siteFileBytesMax} are read.`;
    return readFileSync(path);
  } catch (error) {
    return `The file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`;
  }
}

function refuse(file: string, message: string, remedy: string): LoadedSite {
  return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message, remedy }] };
}

/** Checks the text of a site file that is (or will be) at `path`; touches the disk only to look at secret files. */
export function checkSite(text: string, path: string, configHash: string): LoadedSite {
  const document = parseSite(text);
  const problems: Problem[] = document.faults.map(({ spot, message, remedy }) => ({
    file: path,
    ...spot,
    path: '',
    message,
    remedy,
  }));
  if (document.faults.some(({ fatal }) => fatal)) return { ok: false, problems: problems.slice(0, problemsMax) };
  const findings = createFindings();
  const warnings = createFindings();
  if (document.value === null) return refuse(path, 'The file is empty.', 'Begin with site, name and devices.');
  const file = conform(siteFileSchema(), document.value, [], findings);
  if (isRecord(file)) {
    const madeBy: MadeBy = { devices: new Map(), models: new Map(), rules: new Map(), responses: new Map() };
    expandCameras(file, findings, madeBy);
    expandPacks(file, findings, madeBy);
    expandMatrix(file, findings, madeBy);
    const outline = outlineOf(file, findings, madeBy);
    checkDevices(outline, findings);
    checkCameras(outline, dirname(resolve(path)), findings, warnings);
    checkRulesAndModels(outline, findings);
    checkActs(outline, findings, warnings);
    checkFeeds(outline, findings);
    checkLimits(file, outline, findings, warnings);
    checkConnections(file, outline, findings, warnings);
    resolvePaths(file, dirname(resolve(path)), findings, warnings);
  }
  const all = toProblems(findings, document, path, problems);
  if (all.length > 0) return { ok: false, problems: all };
  return { ok: true, site: { ...(file as Site), configHash }, warnings: toProblems(warnings, document, path) };
}

/** Findings with their lines, in the order of the file; only as many as are worth printing. */
function toProblems({ list }: Findings, document: SiteDocument, file: string, before: Problem[] = []): Problem[] {
  const located = list.map((finding) => ({ finding, spot: document.locate(finding) }));
  located.sort((a, b) => a.spot.line - b.spot.line || a.spot.column - b.spot.column);
  const shown = located.slice(0, problemsMax).map(({ finding: { place, message, remedy }, spot }) => ({
    file,
    ...spot,
    path: pointerOf(place),
    message,
    remedy: typeof remedy === 'string' ? remedy : remedy(),
  }));
  const problems = [...before, ...shown].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, problemsMax);
  const more = before.length + list.length - problems.length;
  const last = problems.at(-1);
  if (more > 0 && last !== undefined) {
    problems.push({ ...last, message: `And ${more} more problems.`, remedy: 'Mend those above first.' });
  }
  return problems;
}

/**
 * Makes paths absolute, and looks at secret files: one that others may read is refused, one that is not there yet is
 * a warning.
 */
function resolvePaths(file: Record<string, unknown>, directory: string, findings: Findings, warnings: Findings): void {
  if (typeof file.dataDir === 'string') file.dataDir = resolve(directory, file.dataDir);
  const secrets: { secret: Secret; place: Place }[] = [];
  const broker = isRecord(file.broker) ? file.broker : {};
  const cloud = isRecord(file.cloud) ? file.cloud : {};
  const note = (secret: unknown, place: Place) => {
    if (isRecord(secret)) secrets.push({ secret: secret as Secret, place });
  };
  note(broker.password, ['broker', 'password']);
  note(cloud.password, ['cloud', 'password']);
  for (const { value, place } of rowsOf(file.cameras, ['cameras']))
    for (const [field, given] of Object.entries(isRecord(value.source) ? value.source : {}))
      note(given, [...place, 'source', field]);
  const users = Array.isArray(broker.users) ? broker.users : [];
  users.forEach((user, i) => {
    if (isRecord(user)) note(user.password, ['broker', 'users', i, 'password']);
  });
  const certificates = (owner: Record<string, unknown>, place: Place) => {
    if (typeof owner.caFile !== 'string') return;
    owner.caFile = resolve(directory, owner.caFile);
    const problem = certificateFileProblem(owner.caFile as string);
    if (problem === undefined) return;
    const list = problem.code === 'FILE_UNREADABLE' ? warnings : findings;
    list.add([...place, 'caFile'], problem.detail, problem.remedy);
  };
  certificates(cloud, ['cloud']);
  // A driver keeps its secrets and certificates where its own fields are, at most one level deep.
  for (const { value, place } of rowsOf(file.actuators, ['actuators'])) {
    certificates(value, place);
    for (const [field, given] of Object.entries(value)) {
      note(given, [...place, field]);
      if (!isRecord(given)) continue;
      certificates(given, [...place, field]);
      for (const [inner, deeper] of Object.entries(given)) note(deeper, [...place, field, inner]);
    }
  }
  for (const { secret, place } of secrets) {
    if (!('file' in secret) || typeof secret.file !== 'string') continue;
    secret.file = resolve(directory, secret.file);
    const problem = secretFileProblem(secret.file);
    if (problem === undefined) continue;
    const list = problem.code === 'FILE_UNREADABLE' ? warnings : findings;
    list.add([...place, 'file'], problem.detail, problem.remedy);
  }
}
