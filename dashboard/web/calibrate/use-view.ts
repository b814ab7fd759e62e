import { useCallback, useMemo, useState } from 'react';
import type { Pair, Size } from './words.ts';

/** The part of the picture on screen, in pixels of the picture. */
export type Part = { x: number; y: number; width: number; height: number };

const zoomMax = 24;
const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), Math.max(low, high));

/** Keeps a part inside the picture and within the bounds of zoom. */
export function clampPart(part: Part, picture: Size): Part {
  const width = clamp(part.width, picture.width / zoomMax, picture.width);
  const height = (width * picture.height) / picture.width;
  return { x: clamp(part.x, 0, picture.width - width), y: clamp(part.y, 0, picture.height - height), width, height };
}

/** Zoom and pan of the picture. */
export function useView(picture: Size) {
  const [part, setPart] = useState<Part>({ x: 0, y: 0, ...picture });
  const zoomBy = useCallback(
    (factor: number, about: Pair) =>
      setPart((before) => {
        const width = clampPart({ ...before, width: before.width / factor }, picture).width;
        const share = width / before.width;
        const [x, y] = [about[0] - (about[0] - before.x) * share, about[1] - (about[1] - before.y) * share];
        return clampPart({ x, y, width, height: 0 }, picture);
      }),
    [picture],
  );
  const panBy = useCallback(
    (dx: number, dy: number) =>
      setPart((before) => clampPart({ ...before, x: before.x + dx, y: before.y + dy }, picture)),
    [picture],
  );
  /** Moves the part just so far that a place is in it. */
  const reveal = useCallback(
    ([x, y]: Pair) =>
      setPart((before) => {
        const margin = before.width / 12;
        return clampPart(
          {
            ...before,
            x: clamp(before.x, x - before.width + margin, x - margin),
            y: clamp(before.y, y - before.height + margin, y - margin),
          },
          picture,
        );
      }),
    [picture],
  );
  const showAll = useCallback(() => setPart({ x: 0, y: 0, ...picture }), [picture]);
  return useMemo(() => ({ part, zoomBy, panBy, reveal, showAll }), [part, zoomBy, panBy, reveal, showAll]);
}

export type ViewControl = ReturnType<typeof useView>;
