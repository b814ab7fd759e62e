import { useMemo } from 'react';
import type { Draft } from './draft.ts';
import { distance, grid, horizon, place, seenOutline, type View } from './geometry.ts';
import type { Choice } from './stage.tsx';
import type { Pair, Size, ZoneVerdict } from './words.ts';

type Props = {
  draft: Draft;
  view: View | undefined;
  picture: Size;
  verdicts: readonly ZoneVerdict[];
  choice: Choice;
  /** Pixels of the picture in one pixel of the screen, so that marks keep their size. */
  unit: number;
  hasGrid: boolean;
};

const pathOf = (corners: readonly Pair[]) => corners.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ');

/** Everything drawn over the picture: grid, horizon, zones, and the points with where the fit would put them. */
export function Overlay(props: Props) {
  const { view, hasGrid } = props;
  return (
    <g>
      {view && hasGrid && <Ground {...props} view={view} />}
      {view && <Zones {...props} view={view} />}
      <Points {...props} />
    </g>
  );
}

function Ground({ draft, view, unit, picture }: Props & { view: View }) {
  const known = useMemo(
    () => [
      ...draft.points.flatMap(({ m: [x, y] }): Pair[] => (x === null || y === null ? [] : [[x, y]])),
      ...draft.zones.flatMap(({ outline }) => outline),
    ],
    [draft],
  );
  const { lines } = useMemo(() => grid(view, known), [view, known]);
  const sky = useMemo(() => horizon(view), [view]);
  return (
    <g>
      {lines.map(({ from, to, axis, atM }) => (
        <line
          key={`${axis}${atM}`}
          className={atM === 0 ? 'grid grid-axis' : atM % 5 === 0 ? 'grid grid-five' : 'grid'}
          x1={from[0]}
          y1={from[1]}
          x2={to[0]}
          y2={to[1]}
        />
      ))}
      <Axis view={view} unit={unit} to={[1, 0]} name="X" />
      <Axis view={view} unit={unit} to={[0, 1]} name="Y" />
      {sky && (
        <>
          <line className="horizon" x1={sky.from[0]} y1={sky.from[1]} x2={sky.to[0]} y2={sky.to[1]} />
          <text
            className="label"
            x={picture.width - 6 * unit}
            y={sky.to[1] - 6 * unit}
            fontSize={13 * unit}
            textAnchor="end"
          >
            horizon
          </text>
        </>
      )}
    </g>
  );
}

/** An arrow of one metre from 0, 0, so that a swapped or mirrored axis is seen at once. */
function Axis({ view, unit, to, name }: { view: View; unit: number; to: Pair; name: string }) {
  const [corner, tip] = [place(view.toPicture, [0, 0]), place(view.toPicture, to)];
  if (!corner || !tip || distance(corner, tip) < 8 * unit) return null;
  const [x, y] = [(tip[0] - corner[0]) * 1.15, (tip[1] - corner[1]) * 1.15];
  return (
    <g>
      <line className="axis" x1={corner[0]} y1={corner[1]} x2={tip[0]} y2={tip[1]} />
      <text className="label" x={corner[0] + x} y={corner[1] + y} fontSize={14 * unit} textAnchor="middle">
        {name}
      </text>
    </g>
  );
}

function Zones({ draft, view, verdicts, choice, unit }: Props & { view: View }) {
  return draft.zones.map((zone) => {
    const isChosen = choice.kind === 'zone' && choice.key === zone.key;
    const seen = seenOutline(view, zone.outline);
    const tone = verdicts.find(({ id }) => id === zone.id)?.tone ?? 'none';
    const middle = middleOf(seen);
    return (
      <g key={zone.key} className={`zone zone-${tone}${isChosen ? ' is-chosen' : ''}`}>
        {seen.length > 0 && <polygon points={pathOf(seen)} />}
        {middle && (
          <text className="label" x={middle[0]} y={middle[1]} fontSize={14 * unit} textAnchor="middle">
            {zone.id}
          </text>
        )}
        {isChosen &&
          zone.outline.map((m, corner) => {
            const px = place(view.toPicture, m);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: corners have no other name than their place.
              px && <rect key={corner} className="corner" {...squareAt(px, 5 * unit)} />
            );
          })}
      </g>
    );
  });
}

const squareAt = ([x, y]: Pair, half: number) => ({ x: x - half, y: y - half, width: 2 * half, height: 2 * half });

function middleOf(corners: readonly Pair[]): Pair | undefined {
  if (corners.length === 0) return undefined;
  const sum = corners.reduce<Pair>(([x, y], corner) => [x + corner[0], y + corner[1]], [0, 0]);
  return [sum[0] / corners.length, sum[1] / corners.length];
}

function Points({ draft, view, choice, unit }: Props) {
  return draft.points.map(({ key, px: [x, y], m: [xM, yM] }, index) => {
    const isMeasured = xM !== null && yM !== null;
    const fitted = view && isMeasured ? place(view.toPicture, [xM, yM]) : undefined;
    const isChosen = choice.kind === 'point' && choice.key === key;
    const arm = 9 * unit;
    const cross = `M${x - arm} ${y}H${x - 2 * unit}M${x + 2 * unit} ${y}H${x + arm}M${x} ${y - arm}V${y - 2 * unit}M${x} ${y + 2 * unit}V${y + arm}`;
    return (
      <g key={key} className={`point${isMeasured ? '' : ' point-open'}${isChosen ? ' is-chosen' : ''}`}>
        {fitted && <line className="residual" x1={x} y1={y} x2={fitted[0]} y2={fitted[1]} />}
        <circle cx={x} cy={y} r={11 * unit} />
        <path className="point-halo" d={cross} />
        <path d={cross} />
        <text className="label" x={x + 13 * unit} y={y - 9 * unit} fontSize={15 * unit}>
          {index + 1}
        </text>
      </g>
    );
  });
}
