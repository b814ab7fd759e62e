import { Fault } from '@tocsin/contracts';

/**
 * Reads tables as people keep them: commas, semicolons, tabs or runs of blanks between the columns, fixed widths, with or without a
 * header, quoted or not. Columns are named as in the header or by position, counted from 1.
 */
export type TableShape = { separator: ',' | ';' | '\t' | ' '; widths?: readonly number[] };

/** Guesses the separator from one line of data: the first that splits it, in the order tab, semicolon, comma, blanks. */
export function guessSeparator(line: string): TableShape['separator'] {
  for (const separator of ['\t', ';', ','] as const) if (line.includes(separator)) return separator;
  return ' ';
}

function splitQuoted(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (line[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator) {
      cells.push(cell.trim());
      cell = '';
    } else cell += c;
  }
  cells.push(cell.trim());
  return cells;
}

/** The cells of one line; blanks count as one separator, other separators do not. */
export function splitLine(line: string, shape: TableShape): string[] {
  if (shape.widths) {
    let from = 0;
    return shape.widths.map((width) => {
      from += width;
      return line.slice(from - width, from).trim();
    });
  }
  if (line.includes('"')) return splitQuoted(line, shape.separator);
  if (shape.separator === ' ') return line.trim().split(/\s+/);
  return line.split(shape.separator).map((cell) => cell.trim());
}

/** Finds columns by header name or by position; an unknown name is answered with the names there are. */
export function columnFinder(header: readonly string[] | undefined, width: number): (name: string) => number {
  // R writes a nameless first column of row numbers: then the header is one cell shorter than the rows.
  const shift = header !== undefined && header.length === width - 1 ? 1 : 0;
  return (name) => {
    const named = header?.indexOf(name) ?? -1;
    if (named >= 0) return named + shift;
    const position = /^#?(\d+)$/.exec(name)?.[1];
    if (position !== undefined && Number(position) >= 1 && Number(position) <= width) return Number(position) - 1;
    const known = header
      ? `The header has: ${header.slice(0, 40).join(', ')}.`
      : `The file has no header; use 1 to ${width}.`;
    throw new Fault('ARGUMENT_INVALID', `There is no column "${name}".`, { remedy: known });
  };
}

/** Reads a number as files write it; answers undefined for anything else, an empty cell and NaN among it. */
export function cellNumber(cell: string | undefined): number | undefined {
  if (cell === undefined || cell === '') return undefined;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}
