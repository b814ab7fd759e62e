import { conditionSchemas, modelSchemas } from '@tocsin/rules/engine';
import { expandPack, type PackEntry, packs } from '@tocsin/rules/packs';
import Type, { type TSchema } from 'typebox';
import { conform } from './conform.ts';
import { type MadeBy, rowsOf } from './outline.ts';
import { createFindings, type Findings } from './problems.ts';

/**
 * Puts the models and rules that the packs of a file make behind those it has itself, with their defaults. What is wrong in
 * them is told at the pack. Notes in `madeBy` which pack made which row.
 */
export function expandPacks(file: Record<string, unknown>, findings: Findings, madeBy: MadeBy): void {
  for (const { value, place, fits } of rowsOf(file.packs, ['packs'], findings)) {
    const pack = packs().find((candidate) => candidate.pack === value.pack);
    if (pack === undefined || !fits) continue;
    const made = expandPack(pack, value as PackEntry);
    for (const list of ['models', 'rules'] as const) {
      const rows = Array.isArray(file[list]) ? (file[list] as unknown[]) : [];
      const schema = Type.Union(list === 'models' ? [...modelSchemas] : [...conditionSchemas]);
      for (const row of made[list]) {
        const own = createFindings();
        const whole = conform(schema as TSchema, row, [...place], own);
        for (const { message, remedy } of own.list)
          findings.add(place, `Of the pack’s ${list.slice(0, -1)} ${row.id}: ${message}`, remedy);
        madeBy[list].set(rows.length, { place, entry: value, words: `the pack ${value.id}` });
        rows.push(whole);
      }
      file[list] = rows;
    }
  }
}
