import sharp from 'sharp';
import type { Box } from '../../types.ts';
import type { DrawRequest, Mark } from '../messages.ts';
import { decodeTo, type Pixels, pictureSize } from './picture.ts';
import { Refused } from './refused.ts';

/** Widest picture and most bytes of an evidence frame unless told otherwise. */
const widthMaxUsual = 1_280;
const bytesMaxUsual = 200_000;
/** JPEG qualities tried in turn; below 35 faces of things are hard to tell, and a smaller picture says more. */
const qualities = [82, 70, 58, 46, 35] as const;
/** Blocks across the shorter side of a blurred box: 4 × 10 for a standing person, in which nobody is recognised. */
const blocksAcross = 4;
/** Share of a box by which its blur is wider on every side: boxes are often a hand or a head too small. */
const blurMargin = 0.1;
/** Most boxes drawn or blurred on one picture. */
const boxesMax = 300;
const labelLengthMax = 60;

/** Draws boxes on a picture, makes others unrecognisable, and keeps it under a size in bytes. Metadata of the camera are left out. */
export async function draw(request: DrawRequest, pixelsMax: number): Promise<Uint8Array> {
  const { jpeg, marks, blur = [], widthMax = widthMaxUsual, bytesMax = bytesMaxUsual } = request;
  const full = pictureSize(jpeg, pixelsMax);
  let width = Math.min(full.width, widthMax);
  for (let attempt = 0; attempt < 4; attempt += 1, width = Math.round(width * 0.7)) {
    const scale = width / full.width;
    const size = { width, height: Math.max(1, Math.round(full.height * scale)) };
    const pixels = await decodeTo(jpeg, size, pixelsMax);
    for (const box of blur.slice(0, boxesMax)) pixelate(pixels, scaled(widened(box), scale));
    const drawn = sharp(pixels.rgb, { raw: { ...size, channels: 3 } }).composite([
      { input: Buffer.from(overlay(marks.slice(0, boxesMax), scale, size)) },
    ]);
    const raw = await drawn.removeAlpha().raw().toBuffer();
    for (const quality of qualities) {
      const out = await sharp(raw, { raw: { ...size, channels: 3 } })
        .jpeg({ quality })
        .toBuffer();
      if (out.length <= bytesMax) return out;
    }
  }
  throw new Refused('PICTURE_INVALID', `The picture does not fit into ${bytesMax} bytes.`);
}

function scaled({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

function widened({ x, y, width, height }: Box): Box {
  const [dx, dy] = [width * blurMargin, height * blurMargin];
  return { x: x - dx, y: y - dy, width: width + 2 * dx, height: height + 2 * dy };
}

/** Replaces a box by the means of a few blocks. */
export function pixelate({ width, height, rgb }: Pixels, box: Box): void {
  const clip = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value)));
  const [left, right] = [clip(box.x, width), clip(box.x + box.width, width)];
  const [top, bottom] = [clip(box.y, height), clip(box.y + box.height, height)];
  const step = Math.max(2, Math.ceil(Math.min(right - left, bottom - top) / blocksAcross));
  for (let y = top; y < bottom; y += step) {
    for (let x = left; x < right; x += step) {
      const [endX, endY] = [Math.min(right, x + step), Math.min(bottom, y + step)];
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (let v = y; v < endY; v += 1) for (let u = x; u < endX; u += 1) sum += rgb[(v * width + u) * 3 + channel]!;
        const mean = Math.round(sum / ((endX - x) * (endY - y)));
        for (let v = y; v < endY; v += 1) for (let u = x; u < endX; u += 1) rgb[(v * width + u) * 3 + channel] = mean;
      }
    }
  }
}

/** The boxes and labels as SVG; labels come from models and site files, so they are text and nothing else. */
export function overlay(
  marks: readonly Mark[],
  scale: number,
  { width, height }: { width: number; height: number },
): string {
  const line = Math.max(2, Math.round(height / 240));
  const font = Math.max(11, Math.round(height / 32));
  const style = `font-family="sans-serif" font-size="${font}" font-weight="bold"`;
  const ink = `fill="#ffd400" stroke="#000" stroke-width="${(font / 6).toFixed(1)}" paint-order="stroke"`;
  const parts = marks.map(({ box, label = '' }) => {
    const { x, y, width: w, height: h } = scaled(box, scale);
    if (![x, y, w, h].every(Number.isFinite)) return '';
    const [left, top, wide, high] = [x, y, Math.max(1, w), Math.max(1, h)].map((value) => value.toFixed(1));
    const rect = `<rect fill="none" x="${left}" y="${top}" width="${wide}" height="${high}"`;
    const above = y > font * 1.4 ? y - font * 0.35 : y + h + font;
    const text = escaped(label.slice(0, labelLengthMax));
    // A dark line below a bright one is seen on snow and at night.
    return (
      `${rect} stroke="#000" stroke-opacity=".6" stroke-width="${line * 2}"/>` +
      `${rect} stroke="#ffd400" stroke-width="${line}"/>` +
      (text === '' ? '' : `<text ${ink} ${style} x="${left}" y="${above.toFixed(1)}">${text}</text>`)
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`;
}

/** Text inside SVG: no markup, and no characters XML forbids. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
