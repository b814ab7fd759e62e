import type { Evidence, RangeResult } from '@tocsin/contracts';
import uPlot from 'uplot';
import { unitWord, valueText } from '../words.ts';

/** What the chart takes from the style sheet, so that both themes draw it. */
function colours(element: Element) {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: read('--chart-line'),
    around: read('--chart-around'),
    grid: read('--chart-grid'),
    text: read('--text-dim'),
    limit: read('--chart-limit'),
  };
}

/** The samples of the rule and the series around them on one time axis, in seconds as uPlot wants them. */
export function plotData(evidence: Evidence, around: RangeResult | undefined): uPlot.AlignedData {
  const seconds = (ms: number) => ms / 1_000;
  const seen: uPlot.AlignedData = [
    evidence.points.map(([atMs]) => seconds(atMs)),
    evidence.points.map(([, value]) => value),
  ];
  const other: uPlot.AlignedData = around ? [around.tMs.map(seconds), around.avg] : [[], []];
  return uPlot.join([other, seen]);
}

/** Draws evidence into an element; the answer removes it. `animate` is never used: nothing moves for its own sake. */
export function drawEvidence(element: HTMLElement, evidence: Evidence, around: RangeResult | undefined): () => void {
  const colour = colours(element);
  const limits = evidence.limits.map(({ value }) => value);
  const axis = {
    stroke: colour.text,
    grid: { stroke: colour.grid, width: 1 },
    ticks: { stroke: colour.grid, width: 1 },
    font: '11px system-ui',
  };
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height: 190,
    padding: [14, 12, 0, 0],
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, low, high) => padded([low, high, ...limits]) } },
    series: [
      {},
      { stroke: colour.around, width: 1.5, spanGaps: true, points: { show: false } },
      // Samples may be thinned, so a line between them is drawn only where nothing better is known.
      {
        stroke: colour.line,
        width: around ? 0 : 2,
        spanGaps: true,
        points: { show: true, size: 5, fill: colour.line },
      },
    ],
    axes: [
      {
        ...axis,
        values: (_plot, ticks) => ticks.map((tick) => new Date(tick * 1_000).toLocaleTimeString('en-GB')),
        space: 80,
      },
      { ...axis, size: 54, values: (_plot, ticks) => ticks.map(valueText) },
    ],
    hooks: { draw: [(plot) => drawLimits(plot, evidence, colour)] },
  };
  const plot = new uPlot(options, plotData(evidence, around), element);
  const watch = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height: 190 }));
  watch.observe(element);
  return () => {
    watch.disconnect();
    plot.destroy();
  };
}

function padded(values: readonly (number | null)[]): [number, number] {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - room, high + room];
}

function drawLimits(plot: uPlot, evidence: Evidence, colour: ReturnType<typeof colours>): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = colour.limit;
  ctx.fillStyle = colour.limit;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.lineWidth = 1.5 * ratio;
  ctx.font = `${11 * ratio}px system-ui`;
  let x = bbox.left + 6 * ratio;
  for (const { label, value } of evidence.limits) {
    const y = plot.valToPos(value, 'y', true);
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const text = `${label} ${valueText(value)} ${unitWord(evidence.unit)}`;
    ctx.fillText(text, x, y - 3 * ratio);
    // The next label stands beside this one, because lines may lie too close for both.
    x += ctx.measureText(text).width + 16 * ratio;
  }
  ctx.restore();
}
