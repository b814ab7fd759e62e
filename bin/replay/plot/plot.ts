import type { PipelineEffect } from '@tocsin/edge-agent/pipeline';
import type { Site } from '@tocsin/edge-agent/site';
import { sayValue } from '@tocsin/rules/engine';
import { type Gathered, gather, nothingGathered } from './collect.ts';
import { drawLanes, type Lane, lanePx } from './lanes.ts';
import { faint, ink, left, right, rule, type Scale, scale, width } from './layout.ts';
import { type Note, placeMarks } from './marks.ts';
import { curvesMax, drawPanel, type Panel, panelHeightPx, usualMsOf } from './panels.ts';
import { pointsOf, rangeOf } from './series.ts';
import { type Role, rolesOf, severityColours, severityNames, troubleColour } from './streams.ts';
import { cut, element, textElement } from './svg.ts';
import { elapsedAxis, utcAxis } from './ticks.ts';

export type PlotOptions = {
  title: string;
  /** Time is shown as UTC, or as time since `originMs` for recordings without dates. */
  originMs?: number;
  notes?: readonly Note[];
  /** A line at the bottom, such as whose data these are. */
  credit?: string;
};

const [lanesMax, panelsMax] = [12, 8];
/** Together these keep the file under about 200 KB: a point takes some 11 bytes, a change of state some 25. */
const [pointsBudget, changesBudget] = [9000, 1500];

type Chosen = { lanes: Lane[]; panels: Panel[]; leftOut: string[] };

function alertLanes({ alerts }: Gathered): Lane[] {
  return [...alerts.values()]
    .toSorted((a, b) => Number(a.trouble) - Number(b.trouble))
    .map(({ name, trouble, series }) => ({
      name: `${trouble ? 'trouble' : 'alert'} ${name}`,
      flat: trouble,
      series,
      states: trouble ? ['', ...severityNames.slice(1).map(() => 'trouble')] : severityNames,
      colours: trouble ? [severityColours[0]!, ...severityColours.slice(1).map(() => troubleColour)] : severityColours,
    }));
}

/** Curves of one panel: those that move most, because a hundred lines tell nobody anything. */
function panelOf(title: string, unit: string, curves: Panel['curves']): Panel {
  const spread = ({ series }: Panel['curves'][number]) => {
    const { min, max } = rangeOf(series)!;
    return max - min;
  };
  const kept = new Set(
    curves.toSorted((a, b) => a.role.rank - b.role.rank || spread(b) - spread(a)).slice(0, curvesMax),
  );
  const unitText = sayValue(1, unit).slice(1).trim();
  return {
    title,
    unit: unitText,
    kind: curves[0]!.role.draw,
    curves: curves.filter((curve) => kept.has(curve)),
    leftOut: curves.length - kept.size,
  };
}

function choose(gathered: Gathered, site: Site): Chosen {
  const roleOf = rolesOf(site);
  const streams = [...gathered.streams].flatMap(([stream, { unit, series }]) => {
    const role = roleOf(stream, unit);
    const range = rangeOf(series)!;
    const quiet = role?.quietWhenZero === true && range.min === 0 && range.max === 0;
    return role === null || quiet ? [] : [{ stream, unit, series, role }];
  });
  const stateLanes = streams
    .filter(({ role }) => role.draw === 'states')
    .toSorted((a, b) => a.role.rank - b.role.rank)
    .map(({ stream, series, role }): Lane => {
      const { states = [], colours = [] } = role as Required<Role>;
      return { name: stream.replace('/', ' '), series, states, colours };
    });
  const lanes = [...alertLanes(gathered), ...stateLanes];
  const curves = streams.filter(({ role }) => role.draw !== 'states');
  const groups = Map.groupBy(curves, ({ role, unit }) => `${role.group}\u0000${unit}`);
  const panels = [...groups.values()]
    .map((group) => ({ rank: Math.min(...group.map(({ role }) => role.rank)), group }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ group }) => {
      const rows = group.map(({ stream, series, role }) => ({ name: stream.replace('/', ' '), series, role }));
      return panelOf(group[0]!.role.group, group[0]!.unit, rows);
    });
  const leftOut: string[] = [];
  if (lanes.length > lanesMax) leftOut.push(`${lanes.length - lanesMax} more rows of states`);
  if (panels.length > panelsMax) {
    const names = panels.slice(panelsMax).map(({ title }) => title);
    leftOut.push(`panels of ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`);
  }
  if (gathered.leftOut.streams > 0) leftOut.push(`${gathered.leftOut.streams} readings of further streams`);
  if (gathered.leftOut.unusable > 0) leftOut.push(`${gathered.leftOut.unusable} readings not believed`);
  return { lanes: lanes.slice(0, lanesMax), panels: panels.slice(0, panelsMax), leftOut };
}

function timeAxis(gathered: Gathered, { originMs }: PlotOptions) {
  const { fromMs, toMs } = gathered;
  return originMs === undefined ? utcAxis(fromMs, toMs, 12) : elapsedAxis(fromMs, toMs, { originMs, most: 12 });
}

function drawTime(
  { ticks, title }: ReturnType<typeof timeAxis>,
  x: Scale,
  { top, bottom }: { top: number; bottom: number },
) {
  const lines = ticks.map(({ at }) => element('line', { x1: x(at), x2: x(at), y1: top, y2: bottom, stroke: rule }));
  const texts = ticks.map(({ at, text }) =>
    textElement('text', { x: x(at), y: bottom + 16, 'text-anchor': 'middle', fill: faint, 'font-size': 11 }, text),
  );
  const axis = element('line', { x1: left, x2: right, y1: bottom, y2: bottom, stroke: faint });
  const name = { x: right + 24, y: bottom + 16, fill: faint, 'font-size': 11 };
  return { lines, texts: [axis, ...texts, textElement('text', name, title)] };
}

const iso = (atMs: number) => new Date(atMs).toISOString().replace('T', ' ').slice(0, 19);

/** The plot in words, for those who do not see it. */
function description(gathered: Gathered, { originMs }: PlotOptions): string {
  const when = (atMs: number) =>
    originMs === undefined ? `${iso(atMs)} UTC` : `second ${Math.round((atMs - originMs) / 1000)}`;
  const loud = gathered.marks.filter(({ kind }) => kind === 'raise' || kind === 'escalate');
  const told = loud.slice(0, 20).map(({ atMs, text }) => `${when(atMs)}: ${cut(text, 80)}.`);
  const more = loud.length > told.length ? ` And ${loud.length - told.length} more.` : '';
  const span = `Replay from ${when(gathered.fromMs)} to ${when(gathered.toMs)}.`;
  return `${span} ${told.length === 0 ? 'No alert was raised.' : `Alerts: ${told.join(' ')}${more}`}`;
}

const fonts = { 'font-family': 'system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif', 'font-size': 12 };
const style = [
  '.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}',
  '.c{fill:none;stroke-width:1.6;stroke-linejoin:round}',
  '.dot{fill:none;stroke-width:4.4;stroke-linecap:round}',
].join('');

function draw(gathered: Gathered, site: Site, options: PlotOptions): string {
  const empty = gathered.toMs < gathered.fromMs;
  if (empty) [gathered.fromMs, gathered.toMs] = [0, 0];
  for (const { atMs } of options.notes ?? []) {
    gathered.fromMs = Math.min(gathered.fromMs, atMs);
    gathered.toMs = Math.max(gathered.toMs, atMs);
  }
  const { fromMs, toMs } = gathered;
  const { lanes, panels, leftOut } = choose(gathered, site);
  const x = scale([fromMs, toMs], [left, right]);
  const marks = placeMarks(gathered.marks, options.notes ?? [], x);
  if (marks.leftOut + gathered.leftOut.marks > 0) leftOut.push(`${marks.leftOut + gathered.leftOut.marks} more marks`);
  const marksTop = 58;
  const lanesTop = marksTop + marks.heightPx;
  const panelsTop = lanesTop + lanes.length * lanePx + (lanes.length > 0 ? 10 : 0);
  const bottom = panelsTop + panels.length * panelHeightPx;
  const height = bottom + (options.credit || leftOut.length > 0 ? 46 : 28);
  const flags = marks.draw({ top: marksTop, bottom });
  const time = drawTime(timeAxis(gathered, options), x, { top: lanesTop, bottom });
  const curves = panels.reduce((sum, panel) => sum + panel.curves.length, 0);
  const pointsMax = Math.max(24, Math.floor(pointsBudget / Math.max(1, curves)));
  const changesMax = Math.min(250, Math.floor(changesBudget / Math.max(1, lanes.length)));
  const judged = panels.find(({ title }) => title === 'Velocity') ?? panels[0];
  const stepMs = judged === undefined ? 0 : usualMsOf(pointsOf(judged.curves[0]!.series, pointsMax));
  const endsAtMs = options.notes?.find(({ failure }) => failure)?.atMs;
  const drawn = panels.map((panel, at) =>
    drawPanel(panel, {
      x,
      fromMs,
      toMs,
      stepMs,
      pointsMax,
      top: panelsTop + at * panelHeightPx,
      id: `p${at}`,
      endsAtMs,
    }),
  );
  const span = empty
    ? 'Nothing was measured.'
    : options.originMs === undefined
      ? `${iso(fromMs)} to ${iso(toMs)} UTC`
      : '';
  const footer = [options.credit, leftOut.length > 0 ? `Not drawn: ${leftOut.join('; ')}.` : undefined];
  const footText = footer.filter((text) => text !== undefined).join(' ');
  const box = { viewBox: `0 0 ${width} ${Math.round(height)}`, width, height: Math.round(height) };
  const labelled = { role: 'img', 'aria-labelledby': 'plot-title plot-desc' };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...box, ...labelled, ...fonts }, [
    textElement('title', { id: 'plot-title' }, options.title),
    textElement('desc', { id: 'plot-desc' }, description(gathered, options)),
    element('style', {}, [style]),
    element('rect', { width: '100%', height: '100%', fill: '#fff' }),
    textElement('text', { x: left, y: 28, fill: ink, 'font-size': 17, 'font-weight': 600 }, cut(options.title, 110)),
    textElement(
      'text',
      { x: left, y: 46, fill: faint, 'font-size': 11 },
      `${site.name}${span === '' ? '' : `, ${span}`}`,
    ),
    ...time.lines,
    ...flags.lines,
    ...drawLanes(lanes, { x, top: lanesTop, endMs: toMs, changesMax }),
    ...drawn,
    ...flags.flags,
    ...time.texts,
    ...(footText === ''
      ? []
      : [textElement('text', { x: left, y: height - 10, fill: faint, 'font-size': 10.5 }, cut(footText, 190))]),
  ])}\n`;
}

/**
 * Draws a replay as one SVG: states and alerts as rows, every quantity in a panel of its unit, all on one time axis. `take` gets
 * every effect of the pipeline and keeps a bounded share; `svg` answers the file, of at most about 200 KB.
 */
export function createPlot(site: Site, options: PlotOptions): { take(effect: PipelineEffect): void; svg(): string } {
  const gathered = nothingGathered();
  return { take: (effect) => gather(gathered, effect), svg: () => draw(structuredClone(gathered), site, options) };
}
