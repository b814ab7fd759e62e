import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sources } from '../cameras/sources/index.ts';
import { formats } from '../sensors/index.ts';
import type { Schema } from './conform-leaf.ts';
import { between, siteReference, tableOf } from './reference.ts';
import { siteFileSchema } from './schema.ts';

/** A document that is made, in whole or in part, from schemas. */
export type Generated = { path: string; present: string; wanted: string };

function at(relative: string): { path: string; present: string } {
  const path = fileURLToPath(new URL(relative, import.meta.url));
  let present = '';
  try {
    present = readFileSync(path, 'utf8');
  } catch {
    // A document that is not there yet is as stale as an old one.
  }
  return { path, present };
}

/** Every generated document of the site file: as it is and as it should be. */
export function generated(): Generated[] {
  const schema = at('../../docs/site.schema.json');
  const reference = at('../../docs/site-file.md');
  const readmes = formats.map(({ format, device }) => {
    const readme = at(`../sensors/${format}/README.md`);
    const { items } = (device as Schema).properties?.channels ?? {};
    const text = `${tableOf(device as Schema)}\n\nA channel:\n\n${tableOf((items ?? {}) as Schema)}`;
    return { ...readme, wanted: between(readme.present, 'fields', text) ?? '' };
  });
  return [
    { ...schema, wanted: `${JSON.stringify(siteFileSchema(), null, 2)}\n` },
    { ...reference, wanted: between(reference.present, 'reference', siteReference()) ?? '' },
    ...readmes,
    ...sources.map(({ kind, schema: fields }) => {
      const readme = at(`../cameras/sources/${kind}/README.md`);
      return { ...readme, wanted: between(readme.present, 'fields', tableOf(fields as Schema)) ?? '' };
    }),
  ];
}
