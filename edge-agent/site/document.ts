import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Finding, Place } from './problems.ts';

/** Largest site file; ten thousand devices fit. */
export const siteFileBytesMax = 1_048_576;
/** How often aliases may be used in all; more is a bomb. */
const aliasesMax = 256;

type Spot = { line: number; column: number };

/** A parsed site file: its plain value and the way back from a place in it to a line. */
export type SiteDocument = {
  value: unknown;
  locate(finding: Pick<Finding, 'place' | 'at'>): Spot;
  /** What is wrong with the text itself. */
  faults: { spot: Spot; message: string; remedy: string; fatal: boolean }[];
};

const remedies: { [code: string]: string } = {
  BAD_SCALAR_START: "Put the value in quotes, as in '%/m'.",
  TAB_AS_INDENT: 'Indent with blanks, not tabs.',
  BAD_INDENT: 'Line it up with its siblings.',
  DUPLICATE_KEY: 'Keep one of the two.',
  MULTILINE_IMPLICIT_KEY: 'Look for a missing colon or quote on this line or the one above.',
  MISSING_CHAR: 'Look for a missing bracket, brace, quote or comma.',
  BAD_ALIAS: 'Define the anchor (&name) before it is used.',
  TAG_RESOLVE_FAILED: 'Remove the tag (!…); plain values are enough.',
};

/** Parses YAML 1.2 (or JSON) without custom tags; never throws. */
export function parseSite(text: string): SiteDocument {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch {
    return refused('The file is nested too deeply to be read.', 'Look for a run of brackets.');
  }
  if (document.errors.some(({ message }) => /call stack|stack overflow/i.test(message))) {
    return refused('The file is nested too deeply to be read.', 'Look for a run of brackets.');
  }
  const spotOf = (offset: number): Spot => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    spot: spotOf(pos[0]),
    message: code === 'DUPLICATE_KEY' ? 'This field is given twice.' : sentence(message),
    remedy: remedies[code] ?? 'Look at this line and the one above.',
    fatal: code !== 'DUPLICATE_KEY',
  }));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: aliasesMax });
  } catch {
    return refused('The aliases (*name) of the file cannot be resolved or are too many.', 'Write the values out.');
  }
  return { value, faults, locate: ({ place, at }) => spotOf(offsetOf(document, place, at)) };
}

function refused(message: string, remedy: string): SiteDocument {
  const spot = { line: 1, column: 1 };
  return { value: undefined, locate: () => spot, faults: [{ spot, message, remedy, fatal: true }] };
}

function sentence(message: string): string {
  const [first = message] = message.split('\n');
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Offset of the deepest part of a place that the file has. */
function offsetOf(document: Document.Parsed, place: Place, at: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of place.entries()) {
    if (isAlias(node)) node = (node.resolve(document) as Node | undefined) ?? null;
    let next: unknown;
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
      key = pair?.key;
      next = pair?.value;
    } else if (isSeq(node) && typeof step === 'number') next = node.items[step];
    const wanted = at === 'key' && depth === place.length - 1 ? key : (next ?? key);
    const range = (wanted as Node | null | undefined)?.range;
    if (!range) break;
    // An empty value has its place behind the colon, where nobody looks: the name of the field is better.
    const isEmpty = isScalar(wanted) && wanted.value === null && range[0] === range[1];
    offset = isEmpty ? ((key as Node | undefined)?.range?.[0] ?? range[0]) : range[0];
    node = (next as Node | undefined) ?? null;
  }
  return offset;
}
