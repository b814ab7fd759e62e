import { readdirSync, readFileSync } from 'node:fs';
import { Name } from '@tocsin/contracts';
import Type, { type TSchema } from 'typebox';
import { parse } from 'yaml';
import type { Pack } from './expand.ts';

export { expandPack, type Pack, type PackEntry } from './expand.ts';

const folder = new URL('.', import.meta.url);
let read: readonly Pack[] | undefined;

/** Every pack that this version ships, by name; read once from the YAML files beside this one. */
export function packs(): readonly Pack[] {
  read ??= readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as Pack);
  return read;
}

/** The schema of a pack as a site file names it: its name, an id, and the facts it asks for. */
export function packSchema({ pack, about, facts }: Pack): TSchema {
  const { properties = {}, required = [] } = facts as { properties?: Record<string, TSchema>; required?: string[] };
  return Type.Unsafe({
    type: 'object',
    additionalProperties: false,
    description: about,
    required: ['pack', 'id', ...required],
    properties: {
      pack: { const: pack, type: 'string', description: about },
      id: { ...Name, description: 'Names of what the pack makes begin with it.' },
      ...properties,
    },
  });
}
