import type { Box } from '../types.ts';
import type { Corners } from './nms.ts';

/** A size in pixels. */
export type Size = { width: number; height: number };

/** How a picture lies in a model's input: the rectangle it fills there, and the picture's own size. */
export type Fit = { picture: Size; input: Size; content: { x: number; y: number; width: number; height: number } };

/** Lays a picture into a model's input: stretched over all of it, or as large as fits in its own shape. */
export function fitPicture(
  picture: Size,
  input: Size & { fit: 'letterbox' | 'stretch'; align: 'centre' | 'top-left' },
): Fit {
  const size = { width: input.width, height: input.height };
  if (input.fit === 'stretch') return { picture, input: size, content: { x: 0, y: 0, ...size } };
  const scale = Math.min(input.width / picture.width, input.height / picture.height);
  const width = Math.min(input.width, Math.max(1, Math.round(picture.width * scale)));
  const height = Math.min(input.height, Math.max(1, Math.round(picture.height * scale)));
  const isCentred = input.align === 'centre';
  const x = isCentred ? Math.floor((input.width - width) / 2) : 0;
  const y = isCentred ? Math.floor((input.height - height) / 2) : 0;
  return { picture, input: size, content: { x, y, width, height } };
}

/** A box of the input in pixels of the picture, cut at its edges; undefined when nothing of it lies in the picture. */
export function toPicture({ x1, y1, x2, y2 }: Corners, { picture, content }: Fit): Box | undefined {
  const toX = picture.width / content.width;
  const toY = picture.height / content.height;
  const clip = (value: number, most: number) => Math.min(most, Math.max(0, value));
  const left = clip((x1 - content.x) * toX, picture.width);
  const right = clip((x2 - content.x) * toX, picture.width);
  const top = clip((y1 - content.y) * toY, picture.height);
  const bottom = clip((y2 - content.y) * toY, picture.height);
  if (right - left <= 0 || bottom - top <= 0) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
