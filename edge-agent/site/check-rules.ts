import { checkRules, type ModelConfig, type RuleConfig } from '@tocsin/rules/engine';
import { splitRemedy } from './check-devices.ts';
import { isRecord, mayBeMade, type Outline, type Row } from './outline.ts';
import { type Findings, type Place, placeOf } from './problems.ts';
import { nearest } from './suggest.ts';

/**
 * Lets the rule engine judge the rules and models that fit their schemas. What it says of a whole rule is brought to
 * the very field, and what only follows from a mistake already told is left out.
 */
export function checkRulesAndModels(outline: Outline, findings: Findings): void {
  const rules = outline.rules.filter(({ fits }) => fits);
  const models = outline.models.filter(({ fits }) => fits);
  const broken = new Set(
    [...outline.rules, ...outline.models, ...outline.devices, ...outline.cameras]
      .filter(({ fits }) => !fits)
      .flatMap(({ id }) => id ?? []),
  );
  const problems = checkRules({
    rules: rules.map(({ value }) => value as RuleConfig),
    models: models.map(({ value }) => value as ModelConfig),
    units: outline.units,
    intervalsMs: outline.intervalsMs,
    trackDevices: outline.trackDevices,
  });
  const rows: { [list: string]: Row[] } = { rules, models };
  for (const { path, message } of problems) {
    const [list = '', index = 0, ...rest] = placeOf(path, { rules: [], models: [] });
    const row = rows[list]?.[Number(index)];
    if (row === undefined) continue;
    const inRow = placeOf(rest.map((step) => `/${step}`).join(''), row.value);
    const { place, text } = pinpoint(row, inRow, message);
    const [name = ''] = text?.split('/') ?? [];
    if (mayBeMade(name, outline)) continue;
    if (text !== undefined && !outline.rules.some(({ id }) => id === text && !broken.has(text)) && broken.has(name))
      continue;
    const [says, remedy] = splitRemedy(numbered(message, rows));
    findings.add(place, says, () => didYouMean(text, outline) ?? remedy);
  }
}

/** The field of a row whose text the message quotes; the row itself when there is none. Of a made row it is one of its maker. */
function pinpoint(row: Row, path: Place, message: string): { place: Place; text?: string } {
  const inRow = row.maker === undefined ? path : [];
  let subject: unknown = row.maker?.entry ?? row.value;
  for (const step of inRow)
    subject = isRecord(subject) || Array.isArray(subject) ? (subject as never)[step] : undefined;
  const words = new Set(message.split(/[\s,:;“”]+/).map((word) => word.replace(/\.$/, '')));
  const texts: { place: Place; text: string }[] = [];
  const visit = (value: unknown, place: Place): void => {
    if (typeof value === 'string') {
      if (words.has(value)) texts.push({ place, text: value });
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) visit(item, [...place, i]);
    } else if (isRecord(value))
      for (const [name, item] of Object.entries(value)) if (name !== 'event') visit(item, [...place, name]);
  };
  visit(subject, [...row.place, ...inRow]);
  const stream = texts.find(({ text }) => text.includes('/'));
  return (
    stream ??
    texts.find(({ place }) => !['id', 'type'].includes(String(place.at(-1)))) ??
    texts[0] ?? { place: [...row.place, ...inRow] }
  );
}

/** The engine counts only the rows it was given, from 0; people count all of the file's, by name. */
function numbered(message: string, rows: { [list: string]: Row[] }): string {
  return message.replace(/\/(rules|models)\/(\d+)/g, (all, list: string, i: string) => {
    const row = rows[list]?.[Number(i)];
    if (row?.maker !== undefined) return `made by ${row.maker.words}`;
    const step = row?.place.at(-1);
    return step === undefined ? all : `entry ${Number(step) + 1} of ${list}`;
  });
}

function didYouMean(text: string | undefined, { streams, rules }: Outline): string | undefined {
  if (text === undefined || streams.has(text) || rules.some(({ id }) => id === text)) return undefined;
  const known = text.includes('/') ? [...streams] : rules.flatMap(({ id }) => id ?? []);
  const meant = nearest(text, known);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}
