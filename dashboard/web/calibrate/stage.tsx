import { ActionIcon, Group } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react';
import type { Act, Draft } from './draft.ts';
import { distance, groundUnder, place, type View } from './geometry.ts';
import { Overlay } from './overlay.tsx';
import { pictureUrl } from './server.ts';
import type { ViewControl } from './use-view.ts';
import type { Pair, Picture, ZoneVerdict } from './words.ts';

/** What a click or a key acts on. */
export type Choice = { kind: 'none' } | { kind: 'point'; key: number } | { kind: 'zone'; key: number };

type Props = {
  picture: Picture;
  draft: Draft;
  act(given: Act): void;
  /** Whether a click sets a point of the calibration or a corner of the chosen zone. */
  sets: 'points' | 'corners';
  choice: Choice;
  onChoose(choice: Choice): void;
  /** A point was set in the picture; its metres are what comes next. */
  onSetPoint(key: number): void;
  view: View | undefined;
  verdicts: readonly ZoneVerdict[];
  hasGrid: boolean;
  cursor: Pair;
  onCursor(px: Pair): void;
  control: ViewControl;
};

type Hold = { from: Pair; last: Pair; moves: boolean; what?: Grip; stroke: string };
type Grip = { kind: 'point'; key: number } | { kind: 'corner'; key: number; corner: number };

/** A hand moves this far before a press becomes a drag, and hits a mark from this far; in pixels of the screen. */
const dragPx = 4;
const gripPx = 14;
const tenth = (value: number) => Math.round(value * 10) / 10;
const centimetre = ([x, y]: Pair): Pair => [Math.round(x * 100) / 100, Math.round(y * 100) / 100];

/** The picture: zoomed with wheel or keys, moved by dragging, clicked for points and corners. Arrows and Enter do the same. */
export function Stage(props: Props) {
  const { picture, draft, sets, choice, view, cursor, control, act, onChoose, onSetPoint, onCursor } = props;
  const { part, zoomBy, panBy, reveal, showAll } = control;
  const { ref, width } = useElementSize<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const hold = useRef<Hold>(undefined);
  const strokes = useRef(0);
  const unit = part.width / Math.max(width, 1);

  const pointAt = (event: { clientX: number; clientY: number }) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.current!.getScreenCTM()!.inverse());
  const isOnPicture = (event: { clientX: number; clientY: number }) => {
    const { x, y } = pointAt(event);
    return x >= 0 && y >= 0 && x <= picture.width && y <= picture.height;
  };
  const pixelAt = (event: { clientX: number; clientY: number }): Pair => {
    const { x, y } = pointAt(event);
    const inside = (value: number, most: number) => tenth(Math.min(Math.max(value, 0), most));
    return [inside(x, picture.width), inside(y, picture.height)];
  };
  const gripAt = (px: Pair): Grip | undefined => {
    const near = (at: Pair | undefined) => at !== undefined && distance(at, px) < gripPx * unit;
    if (sets === 'points') {
      const point = draft.points.findLast((candidate) => near(candidate.px));
      return point && { kind: 'point', key: point.key };
    }
    const zone = draft.zones.find(({ key }) => choice.kind === 'zone' && choice.key === key);
    if (!zone || !view) return undefined;
    const corner = zone.outline.findLastIndex((m) => near(place(view.toPicture, m)));
    return corner < 0 ? undefined : { kind: 'corner', key: zone.key, corner };
  };
  const set = (px: Pair) => {
    if (sets === 'points') {
      act({ kind: 'addPoint', px });
      onChoose({ kind: 'point', key: draft.nextKey });
      onSetPoint(draft.nextKey);
    } else if (choice.kind === 'zone' && view) {
      const under = groundUnder(view, px);
      if (under) act({ kind: 'addCorner', key: choice.key, m: centimetre(under.m) });
    }
  };
  const drag = (grip: Grip, px: Pair, stroke: string) => {
    if (grip.kind === 'point') act({ kind: 'movePoint', key: grip.key, px, stroke });
    else {
      const under = view && groundUnder(view, px);
      if (under) act({ kind: 'moveCorner', key: grip.key, corner: grip.corner, m: centimetre(under.m), stroke });
    }
  };

  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const what = gripAt(pixelAt(event));
    const at: Pair = [event.clientX, event.clientY];
    strokes.current += 1;
    hold.current = { from: at, last: at, moves: false, stroke: `drag-${strokes.current}`, ...(what ? { what } : {}) };
    if (what?.kind === 'point') onChoose(what);
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const px = pixelAt(event);
    onCursor(px);
    const held = hold.current;
    if (!held) return;
    const at: Pair = [event.clientX, event.clientY];
    held.moves ||= distance(held.from, at) > dragPx;
    if (held.moves && held.what) drag(held.what, px, held.stroke);
    else if (held.moves) panBy((held.last[0] - at[0]) * unit, (held.last[1] - at[1]) * unit);
    held.last = at;
  };
  const onPointerUp = (event: PointerEvent<SVGSVGElement>) => {
    const held = hold.current;
    hold.current = undefined;
    if (held && !held.moves && !held.what && isOnPicture(event)) set(pixelAt(event));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = (event.shiftKey ? 10 : 1) * Math.max(unit, 0.1);
    const moves: Record<string, Pair> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (move) {
      const inside = (value: number, most: number) => tenth(Math.min(Math.max(value, 0), most));
      const px: Pair = [inside(cursor[0] + move[0], picture.width), inside(cursor[1] + move[1], picture.height)];
      onCursor(px);
      reveal(px);
    } else if (event.key === 'Enter' || event.key === ' ') set(cursor);
    else if (event.key === '+' || event.key === '=') zoomBy(1.5, cursor);
    else if (event.key === '-') zoomBy(1 / 1.5, cursor);
    else if (event.key === '0') showAll();
    else return;
    event.preventDefault();
  };
  // React listens to wheels passively, which would scroll the page as well.
  useEffect(() => {
    const element = svg.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.25 : 0.8, pixelAt(event));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });

  const arm = 14 * unit;
  return (
    <div className="stage" ref={ref}>
      <div
        className="stage-keys"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows and Enter work here, as the label says.
        tabIndex={0}
        aria-label="Picture of the camera. Arrows move the cross, with Shift further; Enter sets a point; plus and minus zoom."
        onKeyDown={onKeyDown}
      >
        <svg
          ref={svg}
          className={`picture sets-${sets}`}
          viewBox={`${part.x} ${part.y} ${part.width} ${part.height}`}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          aria-hidden="true"
        >
          <image href={pictureUrl(picture.number)} width={picture.width} height={picture.height} />
          <Overlay {...props} unit={unit} />
          <path
            className="cross"
            d={`M${cursor[0] - arm} ${cursor[1]}h${2 * arm}M${cursor[0]} ${cursor[1] - arm}v${2 * arm}`}
          />
        </svg>
      </div>
      <Group className="zoom" gap={6}>
        <ActionIcon variant="default" size="lg" aria-label="Zoom in" onClick={() => zoomBy(1.5, cursor)}>
          +
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Zoom out" onClick={() => zoomBy(1 / 1.5, cursor)}>
          −
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label="Show the whole picture" onClick={showAll}>
          ⤢
        </ActionIcon>
      </Group>
    </div>
  );
}
