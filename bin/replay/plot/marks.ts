import type { Mark } from './collect.ts';
import { ink, placeLabels, type Scale } from './layout.ts';
import { severityColours, troubleColour } from './streams.ts';
import { cut, element, textElement, widthOf } from './svg.ts';

/** Something known from elsewhere, such as when the slope really failed. `failure` is the moment a forecast should name. */
export type Note = { atMs: number; text: string; failure?: boolean };

export const markRowPx = 17;
const rowsMax = 7;
const letters = 58;
const textPx = 11;

/** Shapes differ so that colour is not the only word: up, down, ring, square, cross, diamond. */
const shapes: Record<Mark['kind'] | 'note', string> = {
  raise: 'M0-5L5 4H-5z',
  escalate: 'M0-5L5 4H-5z',
  stepDown: 'M0 5L-5-4H5z',
  clear: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  command: 'M-4-4H4V4H-4z',
  refusal: 'M-4-4L4 4M4-4L-4 4',
  remark: 'M0-5L4 0L0 5L-4 0z',
  note: 'M-1.5-5H1.5V5H-1.5z',
};

const order: Record<Mark['kind'], number> = {
  raise: 0,
  escalate: 0,
  command: 20,
  refusal: 30,
  clear: 40,
  stepDown: 45,
  remark: 50,
};

type Row = { atMs: number; kind: Mark['kind'] | 'note'; text: string; colour: string; rank: number };

function rowsOf(marks: readonly Mark[], notes: readonly Note[]): Row[] {
  const own = marks.map(({ atMs, kind, text, severity, trouble }): Row => {
    const coloured = kind === 'raise' || kind === 'escalate' || kind === 'stepDown';
    const colour = trouble ? troubleColour : coloured ? severityColours[severity]! : '#4a5864';
    return { atMs, kind, text, colour, rank: 1 + order[kind] + (trouble ? 15 : 0) - severity };
  });
  const known = notes.map(({ atMs, text }): Row => ({ atMs, kind: 'note', text, colour: ink, rank: -100 }));
  return [...known, ...own];
}

/** Places marks in rows above the panels; `draw` then draws them once it is known how far down their lines reach. */
export function placeMarks(marks: readonly Mark[], notes: readonly Note[], x: Scale) {
  const labels = rowsOf(marks, notes).map((row) => {
    const text = cut(row.text, letters);
    return { ...row, text, x: x(row.atMs), width: widthOf(text, textPx) + 12 };
  });
  const { placed, leftOut } = placeLabels(labels, rowsMax);
  const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
  const draw = ({ top, bottom }: { top: number; bottom: number }): { lines: string[]; flags: string[] } => {
    const lines = placed.map(({ label, row }) => {
      const y1 = top + (rows - row) * markRowPx - 4;
      const loud = label.kind === 'note' || label.kind === 'raise' || label.kind === 'escalate';
      const dash = label.kind === 'note' ? '6 3' : loud ? undefined : '2 3';
      const line = { x1: label.x, x2: label.x, y1, y2: bottom, stroke: label.colour, 'stroke-dasharray': dash };
      return element('line', { ...line, 'stroke-opacity': loud ? '0.75' : '0.45' });
    });
    const flags = placed.map(({ label, row, side }) => {
      const y = top + (rows - 1 - row) * markRowPx + 9;
      const shape = { d: shapes[label.kind], transform: `translate(${label.x.toFixed(1)} ${y.toFixed(1)})` };
      const open = label.kind === 'clear' || label.kind === 'refusal';
      const anchor = side === 'left' ? 'end' : undefined;
      const textX = side === 'right' ? label.x + 8 : label.x - 8;
      return element('g', {}, [
        element('path', { ...shape, fill: open ? '#fff' : label.colour, stroke: open ? label.colour : '#fff' }),
        textElement(
          'text',
          { x: textX, y: y + 4, 'text-anchor': anchor, fill: ink, 'font-size': textPx, class: 'halo' },
          label.text,
        ),
      ]);
    });
    return { lines, flags };
  };
  return { heightPx: rows === 0 ? 0 : rows * markRowPx + 8, leftOut, draw };
}
