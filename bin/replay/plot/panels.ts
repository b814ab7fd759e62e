import { faint, ink, left, nameChars, namesAt, right, rule, type Scale, scale } from './layout.ts';
import { type Point, pointsOf, rangeOf, type Series } from './series.ts';
import type { Role } from './streams.ts';
import { cut, element, polylines, textElement } from './svg.ts';
import { valueAxis } from './ticks.ts';

export type Curve = { name: string; series: Series; role: Role };
export type Panel = { title: string; unit: string; curves: Curve[]; leftOut: number; kind: Role['draw'] };

export const titlePx = 17;
export const panelPx = 98;
export const panelGapPx = 12;
/** Okabe and Ito's colours, told apart by the colour-blind too, darkened where white paper would swallow them. */
const colours = ['#0072b2', '#c9500a', '#00805f', '#a34f80', '#8a6d00', '#3c7ea6'];
/** So that curves differ without their colour. */
const dashes = [undefined, '7 3', '2 2.5', '9 3 2 3', '13 4', '4 2 1 2'];
export const curvesMax = colours.length;

/** A line across the panel; `downPx` moves its text away from a neighbour's. */
type Guide = { at: number; text: string; downPx?: number };

/** Limits of the tangent angle's stages (Xu et al. 2009; domain notes §1.4). */
const angleGuides: Guide[] = [
  { at: 45, text: '45' },
  { at: 80, text: '80', downPx: 4 },
  { at: 85, text: '85', downPx: -3 },
];

/** The part of the value axis that is drawn; a natural zero is shown where it is near. */
function valueRange({ curves, unit, title }: Panel): [number, number] {
  if (title === 'Tangent angle') return [0, 90];
  const all = curves.flatMap(({ series }) => rangeOf(series) ?? []);
  let [low, high] = [Math.min(...all.map(({ min }) => min)), Math.max(...all.map(({ max }) => max))];
  if (title === 'Time to failure') {
    const windows = curves.filter(({ role }) => role.draw === 'window').flatMap(({ series }) => rangeOf(series) ?? []);
    if (windows.length > 0) high = Math.min(high, 1.3 * Math.max(...windows.map(({ max }) => max)));
    else high = Math.min(high, 30);
    low = 0;
  }
  if (low > 0 && low < 0.4 * high) low = 0;
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const pad = (high - low) * 0.05;
  return [low === 0 || unit === '{people}' ? low : low - pad, high + pad];
}

/** Usual time between the points of a series as it is drawn. */
export function usualMsOf(points: readonly Point[]): number {
  const gaps = points.flatMap(([atMs], i) => (i > 0 && atMs > points[i - 1]![0] ? [atMs - points[i - 1]![0]] : []));
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0;
}

/** How long a curve may be silent before it is cut. A forecast is cut wherever its model withdrew it. */
function limitOf(points: readonly Point[], { draw }: Role, { fromMs, toMs, stepMs }: Omit<Space, 'y'>): number {
  const spanMs = toMs - fromMs;
  return draw === 'window' ? Math.max(1.5 * stepMs, spanMs / 300) : Math.max(6 * usualMsOf(points), spanMs / 100);
}

/** Cuts a curve where nothing was said for longer than its limit. */
function runsOf(points: readonly Point[], limitMs: number): Point[][] {
  const gaps = points.slice(1).map(([atMs], i) => atMs - points[i]![0]);
  const runs: Point[][] = [];
  for (const [i, point] of points.entries()) {
    if (i === 0 || gaps[i - 1]! > limitMs) runs.push([]);
    runs.at(-1)!.push(point);
  }
  return runs;
}

/** `stepMs` is the usual time between readings of what is judged. */
type Space = { x: Scale; y: Scale; fromMs: number; toMs: number; stepMs: number; pointsMax: number };

function stepped(points: readonly Point[], { toMs }: Space): Point[] {
  const all: Point[] = [];
  for (const [atMs, value] of points) {
    const before = all.at(-1);
    if (before) all.push([atMs, before[1]]);
    all.push([atMs, value]);
  }
  const last = all.at(-1);
  return last ? [...all, [toMs, last[1]]] : all;
}

function drawCurve(
  { series, role }: Curve,
  style: { stroke: string; dash: string | undefined },
  space: Space,
): string[] {
  const { x, y, pointsMax } = space;
  const points = pointsOf(series, pointsMax);
  const place = ([atMs, value]: Point): [number, number] => [x(atMs), y(value)];
  if (role.draw === 'bars') {
    const d = points.map((point) => `M${x(point[0]).toFixed(1)} ${y(0).toFixed(1)}V${y(point[1]).toFixed(1)}`).join('');
    return [element('path', { d, stroke: style.stroke, 'stroke-width': points.length > 400 ? 1 : 2, fill: 'none' })];
  }
  const runs = role.draw === 'step' ? [stepped(points, space)] : runsOf(points, limitOf(points, role, space));
  const d = polylines(runs.filter((run) => run.length > 1).map((run) => run.map(place)));
  const out =
    d === '' ? [] : [element('path', { d, stroke: style.stroke, 'stroke-dasharray': style.dash, class: 'c' })];
  const lone =
    points.length <= 90 && role.draw !== 'step' ? points : runs.flatMap((run) => (run.length === 1 ? run : []));
  // A dot is a path of no length with round ends, the shortest way to draw one.
  const dots = lone
    .map(
      (point) =>
        `M${place(point)
          .map((px) => px.toFixed(1))
          .join(' ')}h0`,
    )
    .join('');
  if (dots !== '') out.push(element('path', { d: dots, stroke: style.stroke, class: 'dot' }));
  return out;
}

/** The band between the earliest and the latest failure a model holds possible. */
function drawWindow(panel: Panel, space: Space): string[] {
  const { x, y, pointsMax } = space;
  const named = (channel: string) => panel.curves.filter(({ name }) => name.split(' ').at(-1) === channel);
  const runs = ({ series, role }: Curve) => {
    const points = pointsOf(series, pointsMax);
    return runsOf(points, limitOf(points, role, space));
  };
  return named('failureFrom').flatMap((from, index) => {
    const to = named('failureTo')[index];
    const uppers = to ? runs(to) : [];
    return runs(from).flatMap((lower, at) => {
      const outline = [...lower, ...(uppers[at] ?? []).toReversed()].map(
        ([atMs, value]) => [x(atMs), y(value)] as const,
      );
      const style = { fill: colours[0], 'fill-opacity': '0.16', stroke: colours[0], 'stroke-width': 1 };
      return [element('path', { d: `${polylines([outline])}z`, ...style })];
    });
  });
}

function drawAxis({ y, guides, top }: { y: Scale; guides: readonly Guide[]; top: number }): string[] {
  return guides.flatMap(({ at, text, downPx = 0 }) => {
    const py = y(at);
    if (py < top - 0.5 || py > top + panelPx + 0.5) return [];
    return [
      element('line', { x1: left, x2: right, y1: py, y2: py, stroke: rule }),
      textElement(
        'text',
        { x: left - 7, y: py + 3.5 + downPx, 'text-anchor': 'end', fill: faint, 'font-size': 10.5 },
        text,
      ),
    ];
  });
}

function drawNames({ curves, leftOut }: Panel, top: number): string[] {
  const out = curves.flatMap(({ name }, at) => {
    const y = top + 10 + at * 15.5;
    const swatch = { x1: namesAt, x2: namesAt + 22, y1: y - 3.5, y2: y - 3.5, 'stroke-width': 2 };
    return [
      element('line', { ...swatch, stroke: colours[at], 'stroke-dasharray': dashes[at] }),
      textElement('text', { x: namesAt + 28, y, 'font-size': 11, fill: ink }, cut(name, nameChars - 4)),
    ];
  });
  const y = top + 10 + curves.length * 15.5;
  const more = `and ${leftOut} more, not drawn`;
  if (leftOut > 0) out.push(textElement('text', { x: namesAt + 28, y, 'font-size': 11, fill: faint }, more));
  return out;
}

/** Height of a panel with its title and the gap below. */
export const panelHeightPx = titlePx + panelPx + panelGapPx;

/** Draws one panel; `endsAtMs`, where known, adds the true time left to a panel of failure windows. */
export function drawPanel(
  panel: Panel,
  { top, id, ...space }: Omit<Space, 'y'> & { top: number; id: string; endsAtMs?: number },
): string {
  const plotTop = top + titlePx;
  const [low, high] = valueRange(panel);
  const y = scale([low, high], [plotTop + panelPx, plotTop]);
  const all = { ...space, y };
  const guides: readonly Guide[] = panel.title === 'Tangent angle' ? angleGuides : valueAxis(low, high, 5).ticks;
  const truth: string[] = [];
  if (panel.title === 'Time to failure' && space.endsAtMs !== undefined) {
    const days = (atMs: number) => (space.endsAtMs! - atMs) / 86_400_000;
    const ends: Point[] = [space.fromMs, Math.min(space.toMs, space.endsAtMs)].map((atMs) => [atMs, days(atMs)]);
    const d = polylines([ends.map(([atMs, value]) => [space.x(atMs), y(value)] as const)]);
    truth.push(element('path', { d, stroke: ink, 'stroke-dasharray': '1 3', class: 'c' }));
  }
  const clip = { x: left, y: plotTop - 1, width: right - left, height: panelPx + 2 };
  const heading = panel.unit === '' ? panel.title : `${panel.title}, ${panel.unit}`;
  return element('g', {}, [
    textElement('title', {}, heading),
    element('clipPath', { id }, [element('rect', clip)]),
    textElement('text', { x: left, y: top + 11, 'font-weight': 600, fill: ink }, heading),
    ...drawAxis({ y, guides, top: plotTop }),
    element('g', { 'clip-path': `url(#${id})`, fill: 'none' }, [
      ...drawWindow(panel, all),
      ...truth,
      ...panel.curves.flatMap((curve, at) => drawCurve(curve, { stroke: colours[at]!, dash: dashes[at] }, all)),
    ]),
    ...drawNames(panel, plotTop),
  ]);
}
