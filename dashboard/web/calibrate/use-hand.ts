import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { distance, groundUnder, place } from './geometry.ts';
import type { StageProps } from './stage.tsx';
import type { Pair, Size } from './words.ts';

type Hold = { from: Pair; last: Pair; moves: boolean; what?: Grip; stroke: string };
type Grip = { kind: 'point'; key: number } | { kind: 'corner'; key: number; corner: number };

/** A hand moves this far before a press becomes a drag, and hits a mark from this far; in pixels of the screen. */
const dragPx = 4;
const gripPx = 14;
const tenth = (value: number) => Math.round(value * 10) / 10;
const insidePicture = ([x, y]: Pair, { width, height }: Size): Pair => [
  tenth(Math.min(Math.max(x, 0), width)),
  tenth(Math.min(Math.max(y, 0), height)),
];
const centimetre = ([x, y]: Pair): Pair => [Math.round(x * 100) / 100, Math.round(y * 100) / 100];

/** `unit` is how many pixels of the picture one pixel of the screen is. */
type Hand = StageProps & { svg: RefObject<SVGSVGElement | null>; unit: number };

/** What setting and dragging do to the draft, in pixels of the picture. */
function actsOf({ draft, sets, choice, view, unit, act, onChoose, onSetPoint }: Hand) {
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
  return { gripAt, set, drag };
}

/** Pointer and wheel: a press that does not move sets, one on a mark drags it, any other drags the picture. */
export function usePointer(hand: Hand) {
  const { svg, unit, picture, control, onChoose, onCursor } = hand;
  const { panBy, zoomBy } = control;
  const { gripAt, set, drag } = actsOf(hand);
  const hold = useRef<Hold>(undefined);
  const strokes = useRef(0);
  const pointAt = (event: { clientX: number; clientY: number }) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.current!.getScreenCTM()!.inverse());
  const isOnPicture = (event: { clientX: number; clientY: number }) => {
    const { x, y } = pointAt(event);
    return x >= 0 && y >= 0 && x <= picture.width && y <= picture.height;
  };
  const pixelAt = (event: { clientX: number; clientY: number }): Pair => {
    const { x, y } = pointAt(event);
    return insidePicture([x, y], picture);
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
  return { onPointerDown, onPointerMove, onPointerUp };
}

/** Arrows move the cross, Enter sets, plus and minus zoom. */
export function useKeys(hand: Hand) {
  const { unit, picture, cursor, control, onCursor } = hand;
  const { zoomBy, reveal, showAll } = control;
  const { set } = actsOf(hand);
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
      const px = insidePicture([cursor[0] + move[0], cursor[1] + move[1]], picture);
      onCursor(px);
      reveal(px);
    } else if (event.key === 'Enter' || event.key === ' ') set(cursor);
    else if (event.key === '+' || event.key === '=') zoomBy(1.5, cursor);
    else if (event.key === '-') zoomBy(1 / 1.5, cursor);
    else if (event.key === '0') showAll();
    else return;
    event.preventDefault();
  };
  return { onKeyDown };
}
