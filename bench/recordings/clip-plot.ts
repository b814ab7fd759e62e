import { faint, ink, rule } from '../../bin/replay/plot/layout.ts';
import { element, polylines, textElement, widthOf } from '../../bin/replay/plot/svg.ts';
import type { Kind, Seen } from '../../edge-agent/vision/types.ts';
import { countedFrom } from './clip-judge.ts';
import type { Path, Run } from './clip-run.ts';
import type { HandBox } from './clip-truth.ts';

/** What is drawn of a clip; no pixel of it. */
export type ClipPlot = {
  title: string;
  seen: readonly Seen[];
  run: Run;
  /** Number of the picture whose boxes are drawn, and what was boxed by eye there. */
  moment: number;
  byHand: readonly HandBox[];
  /** Lines of figures under the picture. */
  lines: readonly string[];
  credit: string;
};

const [left, top, drawnWidth] = [20, 64, 760];
const lineHeight = 17;
const look: Record<Kind, { colour: string; width: number; plural: string }> = {
  person: { colour: '#1b6ca8', width: 2.5, plural: 'people' },
  bicycle: { colour: '#2c8a4b', width: 2.5, plural: 'bicycles' },
  vehicle: { colour: '#b3541e', width: 5, plural: 'vehicles' },
  flame: { colour: '#c0392b', width: 2.5, plural: 'flames' },
  smoke: { colour: '#777777', width: 2.5, plural: 'smoke' },
};
const fonts = { 'font-family': 'system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif', 'font-size': 12 };

type At = (x: number, y: number) => readonly [number, number];

/** The way of a track with its beginning as a ring and its end as a dot, and how long it was followed. */
function drawPath({ id, kind, feet, firstAtMs, seenAtMs }: Path, at: At): string[] {
  const [first, last] = [feet[0], feet.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { colour, width } = look[kind];
  const points = feet.map(({ xPx, yPx }) => at(xPx, yPx));
  const [[x0, y0], [x1, y1]] = [at(first.xPx, first.yPx), at(last.xPx, last.yPx)];
  const line = { d: polylines([points]), fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-opacity': 0.75 };
  const text = `${id}: ${((seenAtMs - firstAtMs) / 1000).toFixed(1)} s`;
  return [
    element('path', { ...line, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' }),
    element('circle', { cx: x0, cy: y0, r: width + 2, fill: '#fff', stroke: colour, 'stroke-width': 1.5 }),
    element('circle', { cx: x1, cy: y1, r: width + 1, fill: colour }),
    textElement('text', { x: x1 + 9, y: y1 + 4, fill: colour, 'font-size': 11, class: 'halo' }, text),
  ];
}

function drawBoxes({ seen, moment, byHand }: ClipPlot, at: At, px: number): string[] {
  const { detections = [] } = seen.find(({ number }) => number === moment)!;
  const rect = ({ x, y, width, height }: HandBox['box']) => {
    const [left, top] = at(x, y);
    return { x: left, y: top, width: width * px, height: height * px, fill: 'none' };
  };
  const hand = byHand.map(({ box }) => element('rect', { ...rect(box), stroke: '#888', 'stroke-dasharray': '4 4' }));
  const told = detections
    .filter(({ score }) => score >= countedFrom)
    .flatMap(({ kind, score, box }) => {
      const [x, y] = at(box.x, box.y);
      const stroke = look[kind].colour;
      const label = `${kind} ${score.toFixed(2)}`;
      // A label of a box at the upper edge stands under the box, one at the right edge ends there.
      const labelY = y < top + 14 ? y + box.height * px + 13 : y - 4;
      const labelX = Math.min(x, left + drawnWidth - widthOf(label, 11) - 4);
      return [
        element('rect', { ...rect(box), stroke, 'stroke-width': 1.5 }),
        textElement('text', { x: labelX, y: labelY, fill: stroke, 'font-size': 11, class: 'halo' }, label),
      ];
    });
  return [...hand, ...told];
}

/** Feet of everything that was detected, followed or not. */
function drawFeet({ seen }: ClipPlot, at: At): string[] {
  return seen.flatMap(({ detections = [] }) =>
    detections
      .filter(({ score }) => score >= countedFrom)
      .map(({ kind, box }) => {
        const [cx, cy] = at(box.x + box.width / 2, box.y + box.height);
        return element('circle', { cx, cy, r: 1.8, fill: look[kind].colour, 'fill-opacity': 0.4 });
      }),
  );
}

function drawLegend({ seen, run }: ClipPlot, y: number): string[] {
  const kinds = new Set([
    ...run.paths.map(({ kind }) => kind),
    ...seen.flatMap(({ detections = [] }) =>
      detections.filter(({ score }) => score >= countedFrom).map(({ kind }) => kind),
    ),
  ]);
  let x = left;
  return [...kinds].flatMap((kind) => {
    const { colour, width, plural } = look[kind];
    const from = x;
    x += 34 + widthOf(plural, 12) + 18;
    return [
      element('line', { x1: from, x2: from + 26, y1: y - 4, y2: y - 4, stroke: colour, 'stroke-width': width }),
      textElement('text', { x: from + 32, y, fill: ink }, plural),
    ];
  });
}

/** The outline of a clip's picture, the ways of the feet of all that was followed, the boxes of one moment, and figures. */
export function drawClip(plot: ClipPlot): string {
  const { seen, run, title, moment, lines, credit } = plot;
  const { picture } = seen[0]!;
  const px = drawnWidth / picture.width;
  const at: At = (x, y) => [left + x * px, top + y * px];
  const bottom = top + picture.height * px;
  const shown = seen.find(({ number }) => number === moment)!;
  const atS = (shown.capturedAtMs - seen[0]!.capturedAtMs) / 1000;
  const subtitle = `Outline of the picture, ${picture.width} × ${picture.height} px. Lines: ways of the feet from ring to dot, with time followed. Dots: feet of all boxes from score ${countedFrom} on.`;
  const boxes = `Boxes: at ${atS.toFixed(2)} s; dashed: as boxed by eye.`;
  const texts = [...lines, credit];
  const height = Math.round(bottom + 48 + texts.length * lineHeight + 6);
  const size = { viewBox: `0 0 800 ${height}`, width: 800, height };
  const frame = { x: left, y: top, width: drawnWidth, height: picture.height * px };
  const inside = [
    ...drawFeet(plot, at),
    ...run.paths.flatMap((path) => drawPath(path, at)),
    ...drawBoxes(plot, at, px),
  ];
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size, role: 'img', 'aria-labelledby': 'plot-title plot-desc', ...fonts },
    [
      textElement('title', { id: 'plot-title' }, title),
      textElement('desc', { id: 'plot-desc' }, lines.join(' ')),
      element('style', {}, ['.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}']),
      element('rect', { width: '100%', height: '100%', fill: '#fff' }),
      textElement('text', { x: left, y: 26, fill: ink, 'font-size': 16, 'font-weight': 600 }, title),
      textElement('text', { x: left, y: 44, fill: faint, 'font-size': 10.5 }, subtitle),
      textElement('text', { x: left, y: 57, fill: faint, 'font-size': 10.5 }, boxes),
      element('rect', { ...frame, fill: '#fafbfc', stroke: rule, 'stroke-width': 2 }),
      ...inside,
      ...drawLegend(plot, bottom + 24),
      ...texts.map((text, i) =>
        textElement(
          'text',
          { x: left, y: bottom + 46 + i * lineHeight, fill: i === texts.length - 1 ? faint : ink, 'font-size': 11 },
          text,
        ),
      ),
    ],
  )}\n`;
}
