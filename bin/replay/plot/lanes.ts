import { faint, ink, left, nameChars, namesAt, right, rule, type Scale } from './layout.ts';
import { type Series, type Span, spansOf } from './series.ts';
import { cut, element, textElement, widthOf } from './svg.ts';

/** One row of states over time: what it is called, and how each state is named, coloured and how high it stands (0 to 1). */
export type Lane = {
  name: string;
  series: Series;
  states: readonly string[];
  colours: readonly string[];
  /** All states above 0 stand equally high. */
  flat?: boolean;
};

export const lanePx = 22;
const barPx = 17;
/** Colours on which white letters read better. */
const dark = new Set(['#cc1f2f', '#8d7aa8']);

function stateName({ states }: Lane, value: number): string {
  return states[Math.max(0, Math.min(states.length - 1, Math.round(value)))] ?? String(value);
}

function colourOf({ colours }: Lane, value: number): string {
  return colours[Math.max(0, Math.min(colours.length - 1, Math.round(value)))] ?? faint;
}

/** Bars of one state as one path, so that thousands of changes stay small. */
function bars(spans: readonly Span[], lane: Lane, { x, y }: { x: Scale; y: number }): string[] {
  const steps = lane.flat ? 1 : Math.max(1, lane.colours.length - 1);
  const byValue = Map.groupBy(spans, ({ value }) => Math.round(value));
  return [...byValue].map(([value, same]) => {
    const height = barPx * (0.34 + (0.66 * Math.max(0, Math.min(value, steps))) / steps);
    const top = (y + barPx - height).toFixed(1);
    const d = same.map(({ fromMs, toMs }) => {
      const from = x(fromMs);
      const wide = Math.max(value > 0 ? 2 : 0.3, x(toMs) - from);
      return `M${from.toFixed(1)} ${top}h${wide.toFixed(1)}v${height.toFixed(1)}h-${wide.toFixed(1)}z`;
    });
    return element('path', { d: d.join(''), fill: colourOf(lane, value) });
  });
}

/** The state's name inside its bar, or after it where nothing stands there; the first long one of each run of the same name. */
function names(spans: readonly Span[], lane: Lane, { x, y }: { x: Scale; y: number }): string[] {
  const out: string[] = [];
  let freeFrom = left;
  for (const [at, { fromMs, toMs, value }] of spans.entries()) {
    const text = stateName(lane, value);
    const needs = widthOf(text, 11) + 8;
    const [from, to] = [x(fromMs), x(toMs)];
    const next = spans[at + 1];
    const inside = to - from >= needs;
    const roomAfter = next !== undefined && Math.round(next.value) === 0 && x(next.toMs) - to >= needs;
    const place = inside ? from + 4 : roomAfter && value > 0 ? to + 4 : undefined;
    if (text === '' || place === undefined || place < freeFrom || place + needs > right + 4) continue;
    freeFrom = place + needs;
    const fill = inside && dark.has(colourOf(lane, value)) ? '#fff' : ink;
    out.push(textElement('text', { x: place, y: y + barPx - 4.5, 'font-size': 11, fill }, text));
  }
  return out;
}

/** Draws lanes below each other from `top` on. `changesMax` bounds what is drawn of each. */
export function drawLanes(
  lanes: readonly Lane[],
  { x, top, endMs, changesMax }: { x: Scale; top: number; endMs: number; changesMax: number },
): string[] {
  return lanes.map((lane, at) => {
    const y = top + at * lanePx;
    const spans = spansOf(lane.series, endMs, changesMax);
    return element('g', {}, [
      textElement('title', {}, lane.name),
      element('line', { x1: left, x2: right, y1: y + barPx + 0.5, y2: y + barPx + 0.5, stroke: rule }),
      ...bars(spans, lane, { x, y }),
      ...names(spans, lane, { x, y }),
      textElement('text', { x: namesAt, y: y + barPx - 4, fill: ink, 'font-size': 11 }, cut(lane.name, nameChars)),
    ]);
  });
}
