import { conform } from '../../site/conform.ts';
import { createFindings, type Findings } from '../../site/problems.ts';
import { nearest } from '../../site/suggest.ts';
import { classLists, type Manifest, ManifestFile } from './schema.ts';

/** A manifest, or everything that is wrong with it: one sentence each, with the field it is about and what to do. */
export type ParsedManifest = { ok: true; manifest: Manifest } | { ok: false; problems: string[] };

/** Longest list of problems that is told. */
const problemsMax = 20;

/** Checks the text of a manifest and fills in its defaults; touches no file. */
export function parseManifest(text: string): ParsedManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [`The manifest is not JSON: ${(error as Error).message}.`] };
  }
  const findings = createFindings();
  const manifest = conform(ManifestFile, value, [], findings) as Manifest & { classes: unknown };
  if (findings.list.length === 0) {
    if (typeof manifest.classes === 'string') manifest.classes = namedList(manifest.classes, findings);
    checkClasses(manifest, findings);
    checkFile(manifest, findings);
  }
  if (findings.list.length === 0) return { ok: true, manifest };
  const problems = findings.list.slice(0, problemsMax).map(({ place, message, remedy }) => {
    const where = place.length === 0 ? '' : `${place.join('.')}: `;
    return `${where}${message} ${typeof remedy === 'string' ? remedy : remedy()}`.trim();
  });
  return { ok: false, problems };
}

function namedList(name: string, findings: Findings): readonly string[] {
  const list = Object.hasOwn(classLists, name) ? classLists[name] : undefined;
  if (list === undefined) {
    findings.add(
      ['classes'],
      `There is no list of classes “${name}”.`,
      `Known are ${Object.keys(classLists).join(', ')}.`,
    );
  }
  return list ?? [];
}

function checkClasses({ classes, map, post }: Manifest, findings: Findings): void {
  if (new Set(classes).size !== classes.length) {
    findings.add(['classes'], 'Two classes have the same name.', 'Give each class a name of its own.');
  }
  const known = (name: string, place: (string | number)[]) => {
    if (classes.includes(name)) return;
    const meant = nearest(name, [...classes]);
    findings.add(place, `The model has no class “${name}”.`, meant === undefined ? '' : `Did you mean ${meant}?`);
  };
  for (const name of Object.keys(map)) known(name, ['map', name]);
  post.agnostic.forEach((group, i) => {
    for (const name of group) known(name, ['post', 'agnostic', i]);
  });
  if (Object.keys(map).length === 0) {
    findings.add(['map'], 'No class is mapped to anything, so nothing would ever be found.', 'Map at least one class.');
  }
}

function checkFile({ file, input }: Manifest, findings: Findings): void {
  // A name alone: no folder, drive, parent or hidden separator can lead out of the manifest's folder.
  if (!/^[^/\\:\0]+$/.test(file) || file === '.' || file === '..') {
    findings.add(['file'], 'The file must lie beside its manifest.', 'Give its name alone, without a folder.');
  }
  if (!input.std.every((value) => value !== 0)) {
    findings.add(['input', 'std'], 'A picture cannot be divided by 0.', 'Write the standard deviations.');
  }
}
