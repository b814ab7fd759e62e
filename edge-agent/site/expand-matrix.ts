import { compareSeverity, type Matrix, type MatrixCause, type MatrixEffect, type Severity } from '@tocsin/contracts';
import { isRecord, type MadeBy } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';

/** Names are that long at most (contracts/names.ts). */
const nameLengthMax = 64;
/** A second cause within a minute of the first (F5 of domain.md §4). */
const withinDefaultMs = 60_000;

/** The name of the response that one cause of a column becomes. */
export const responseIdOf = (effect: string, cause: string) => `${effect}-${cause}`;

/**
 * Turns the columns of a matrix into rules and responses behind those of the file: `any` becomes one response for each cause,
 * `need` of `of` becomes one coincidence, named as the effect, and a response to it. What is wrong is told at the column.
 */
export function expandMatrix(file: Record<string, unknown>, findings: Findings, madeBy: MadeBy): void {
  const place: Place = ['matrix'];
  if (!isRecord(file.matrix) || findings.below(place)) return;
  const matrix = file.matrix as Matrix;
  matrix.effects.forEach((effect, i) => {
    const at = [...place, 'effects', i];
    if (!checkLogic(effect, at, findings) || !checkCauses(effect, matrix, at, findings)) return;
    const words = `the column ${effect.id} of the matrix`;
    const put = (list: 'rules' | 'responses', row: Record<string, unknown>) => {
      const rows = Array.isArray(file[list]) ? (file[list] as unknown[]) : [];
      madeBy[list].set(rows.length, { place: at, entry: effect, words });
      rows.push(row);
      file[list] = rows;
    };
    const { any, of = [], actuator, action, hold = 'whileActive', delayMs } = effect;
    const act = { actuator, action, hold, ...(delayMs === undefined ? {} : { delayMs }) };
    for (const cause of any ?? [])
      put('responses', { id: responseIdOf(effect.id, cause), when: { ...matrix.causes[cause]! }, ...act });
    if (any !== undefined) return;
    const rule = coincidenceOf(
      effect,
      of.map((cause) => matrix.causes[cause]!),
    );
    put('rules', rule);
    put('responses', { id: effect.id, when: { rule: effect.id, atLeast: rule.severity }, ...act });
  });
}

function coincidenceOf(effect: MatrixEffect, causes: MatrixCause[]) {
  const { id, need = 2, withinMs = withinDefaultMs, hold = 'whileActive' } = effect;
  const severity = causes.map(({ atLeast }) => atLeast).reduce(worse);
  return {
    id,
    type: 'coincidence',
    event: effect.event ?? `${need} of ${causes.length} causes of ${id}`,
    class: 'alarm',
    urgency: 'Immediate',
    certainty: 'Observed',
    latch: hold === 'untilReset',
    of: causes,
    need,
    withinMs,
    atLeast: 'Minor',
    severity,
  };
}

const worse = (a: Severity, b: Severity) => (compareSeverity(a, b) > 0 ? a : b);

function checkLogic({ id, any, of, need, withinMs, event }: MatrixEffect, at: Place, findings: Findings): boolean {
  const logic = 'Write any: [causes], or need: 2 and of: [causes].';
  if (any === undefined && of === undefined) findings.add(at, `${id} has no cause.`, logic);
  else if (any !== undefined && (of !== undefined || need !== undefined))
    findings.add(at, `${id} has any beside need and of; a column has one logic.`, logic);
  else if (of !== undefined && need === undefined) findings.add(at, `need is missing beside of.`, logic);
  else if (of !== undefined && need! > of.length)
    findings.add([...at, 'need'], `${need} of ${of.length} causes can never agree.`, 'Lower it or add causes.');
  else if (any !== undefined && (withinMs !== undefined || event !== undefined))
    findings.add(at, `withinMs and event belong to need; each cause of any acts alone.`, 'Remove them.');
  return !findings.below(at);
}

function checkCauses({ id, any, of }: MatrixEffect, { causes }: Matrix, at: Place, findings: Findings): boolean {
  const field = any === undefined ? 'of' : 'any';
  const known = Object.keys(causes);
  const named = any ?? of ?? [];
  named.forEach((cause, i) => {
    if (!Object.hasOwn(causes, cause))
      findings.add([...at, field, i], `There is no cause “${cause}”.`, () => suggest(cause, known));
    else if (named.indexOf(cause) < i) findings.add([...at, field, i], `${cause} is named twice.`, 'Remove one.');
    else if (any !== undefined && responseIdOf(id, cause).length > nameLengthMax) {
      const says = `${responseIdOf(id, cause)} would be the name of a response and is longer than ${nameLengthMax}.`;
      findings.add([...at, field, i], says, 'Shorten the name of the effect or the cause.');
    }
  });
  return !findings.below(at);
}
