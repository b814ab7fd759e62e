import type { Grid } from '../types.ts';
import { gridColumns, gridRows } from '../types.ts';

/**
 * Drawn scenes for tests: a street of two by two pixels a cell, in RGB, with whatever moves, shines, burns or drifts before it. They
 * prove the rules against what the rules are made for; they are no pictures and say nothing about field accuracy.
 */
export type Luck = { next(): number; gauss(): number };
export type Rgb = readonly [number, number, number];
/** Draws what a scene holds at an instant onto the street, `stepS` after the last one. */
export type Act = (canvas: Canvas, tS: number, stepS: number) => void;

export const width = 2 * gridColumns;
export const height = 2 * gridRows;

/** A picture of `width × height` pixels, three numbers each, and what the camera does to it. */
export type Canvas = { rgb: Float32Array; gain: number; shiftX: number; shiftY: number; noise: number };

/** Lays a colour over a rectangle; `alpha` is how much of what was there it hides. */
export function box(
  { rgb }: Canvas,
  [x, y, wide, high]: readonly [number, number, number, number],
  colour: Rgb,
  alpha = 1,
) {
  for (let row = Math.max(0, Math.floor(y)); row < Math.min(height, Math.ceil(y + high)); row += 1) {
    const inRow = Math.min(row + 1, y + high) - Math.max(row, y);
    for (let column = Math.max(0, Math.floor(x)); column < Math.min(width, Math.ceil(x + wide)); column += 1) {
      const part = alpha * inRow * (Math.min(column + 1, x + wide) - Math.max(column, x));
      const at = 3 * (row * width + column);
      for (let k = 0; k < 3; k += 1) rgb[at + k]! += (colour[k]! - rgb[at + k]!) * part;
    }
  }
}

/** Lays a colour over a round part, thinner towards its rim. */
export function blob({ rgb }: Canvas, [x, y, radius]: readonly [number, number, number], colour: Rgb, alpha: number) {
  for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(height, y + radius); row += 1)
    for (let column = Math.max(0, Math.floor(x - radius)); column < Math.min(width, x + radius); column += 1) {
      const off = ((column - x) ** 2 + (row - y) ** 2) / radius ** 2;
      if (off >= 1) continue;
      const part = alpha * (1 - off);
      const at = 3 * (row * width + column);
      for (let k = 0; k < 3; k += 1) rgb[at + k]! += (colour[k]! - rgb[at + k]!) * part;
    }
}

/** A street with sky, brick houses, bushes, a road with a zebra, and the grain of their surfaces. */
export function street(luck: Luck): Float32Array {
  const canvas = blank();
  box(canvas, [0, 0, width, 20], [185, 200, 225]);
  box(canvas, [0, 12, 52, 34], [150, 95, 72]);
  box(canvas, [52, 8, 44, 38], [196, 184, 160]);
  box(canvas, [96, 14, 32, 32], [128, 120, 118]);
  for (let i = 0; i < 36; i += 1)
    box(canvas, [3 + 14 * (i % 9), 16 + 8 * Math.floor(i / 9), 5, 5], i % 3 === 0 ? [225, 215, 190] : [52, 60, 78]);
  box(canvas, [0, 46, width, 8], [150, 148, 142]);
  for (let i = 0; i < 9; i += 1) blob(canvas, [8 + 15 * i, 45, 5], [58, 98, 46], 0.95);
  box(canvas, [0, 54, width, 18], [88, 88, 92]);
  for (let i = 0; i < 8; i += 1) box(canvas, [36 + 6 * i, 56, 3, 14], [215, 215, 210]);
  for (let i = 0; i < canvas.rgb.length; i += 3) {
    const grain = 7 * luck.gauss();
    for (let k = 0; k < 3; k += 1) canvas.rgb[i + k]! += grain;
  }
  return canvas.rgb;
}

export const blank = (): Canvas => ({
  rgb: new Float32Array(3 * width * height),
  gain: 1,
  shiftX: 0,
  shiftY: 0,
  noise: 2,
});

/** The picture as the camera's small grid: exposure, shake and noise, then the mean of each cell in full-range BT.601. */
export function gridOf({ rgb, gain, shiftX, shiftY, noise }: Canvas, luck: Luck): Grid {
  const cells = gridColumns * gridRows;
  const grid = {
    columns: gridColumns,
    rows: gridRows,
    y: new Uint8Array(cells),
    cb: new Uint8Array(cells),
    cr: new Uint8Array(cells),
    sharpness: 300,
    noise,
  };
  const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
  const inside = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
  const mean = [0, 0, 0];
  // A cell is the mean of hundreds of pixels, so that little is left of their noise.
  const some = () => 0.6 * noise * (luck.next() - 0.5);
  for (let cell = 0; cell < cells; cell += 1) {
    for (let k = 0; k < 3; k += 1) mean[k] = some();
    for (let pixel = 0; pixel < 4; pixel += 1) {
      const x = inside(2 * (cell % gridColumns) + (pixel % 2) + shiftX, width);
      const y = inside(2 * Math.floor(cell / gridColumns) + (pixel >> 1) + shiftY, height);
      for (let k = 0; k < 3; k += 1) mean[k]! += Math.min(255, gain * rgb[3 * (y * width + x) + k]!) / 4;
    }
    const [r, g, b] = mean as [number, number, number];
    grid.y[cell] = byte(0.299 * r + 0.587 * g + 0.114 * b);
    grid.cb[cell] = byte(128 - 0.1687 * r - 0.3313 * g + 0.5 * b);
    grid.cr[cell] = byte(128 + 0.5 * r - 0.4187 * g - 0.0813 * b);
  }
  return grid;
}

/** Grids of a scene, with the times at which they were taken; times wander by a fifth of the step. */
export function* film(
  acts: readonly Act[],
  { luck, perS, forS, dark = 1 }: { luck: Luck; perS: number; forS: number; dark?: number },
): Generator<{ grid: Grid; atMs: number; tS: number }> {
  const scene = street(luck).map((value) => value * dark);
  let last = 0;
  for (let i = 0; i < forS * perS; i += 1) {
    const tS = (i + 0.4 * (luck.next() - 0.5)) / perS;
    const canvas = { ...blank(), rgb: scene.slice(), noise: dark < 0.5 ? 6 : 2 };
    for (const act of acts) act(canvas, tS, Math.max(0.001, tS - last));
    last = tS;
    yield { grid: gridOf(canvas, luck), atMs: 1_000_000 + Math.round(1000 * tS), tS };
  }
}

/** Something that wanders between about −2 and 2 and forgets itself within `memoryS`. */
export function wander(luck: Luck, memoryS: number): (stepS: number) => number {
  let value = luck.gauss();
  return (stepS) => {
    const kept = Math.exp(-stepS / memoryS);
    value = value * kept + luck.gauss() * Math.sqrt(1 - kept * kept);
    return value;
  };
}

/** A fire of tongues on a foot of `wide` pixels; `highAt` gives its mean height in pixels. Tongues forget themselves in 80 ms (flames turn 1 to 10 times a second). */
export function flames(
  luck: Luck,
  { x, foot, wide }: { x: number; foot: number; wide: number },
  highAt: (tS: number) => number,
): Act {
  const tongues = Array.from({ length: Math.max(2, Math.round(wide)) }, () => wander(luck, 0.08));
  const breath = wander(luck, 0.3);
  return (canvas, tS, stepS) => {
    const high = highAt(tS);
    const all = breath(stepS);
    tongues.forEach((tongue, i) => {
      const off = Math.abs((i + 0.5) / tongues.length - 0.5) * 2;
      const wild = tongue(stepS);
      if (high <= 0) return;
      const tall = high * (1 - 0.5 * off) * Math.max(0.15, 1 + 0.3 * wild + 0.12 * all);
      const left = x + (i * wide) / tongues.length;
      const thick = wide / tongues.length;
      box(canvas, [left, foot - tall, thick, tall], [228, 96, 24], 0.85);
      box(canvas, [left, foot - 0.8 * tall, thick, 0.8 * tall], [255, 158, 52], 0.95);
      box(canvas, [left, foot - 0.45 * tall, thick, 0.45 * tall], [255, 226, 138], 0.95);
    });
  };
}

/** Puffs of smoke that rise from a source, widen and thin out. */
export function plume(
  luck: Luck,
  { x, foot, fromS, grey }: { x: number; foot: number; fromS: number; grey: number },
  strength = 0.5,
): Act {
  let puffs: { atS: number; side: number; sway: number }[] = [];
  let due = fromS;
  return (canvas, tS) => {
    while (due <= tS) {
      puffs.push({ atS: due, side: luck.gauss(), sway: luck.gauss() });
      due += 0.3;
    }
    puffs = puffs.filter(({ atS }) => tS - atS < 14);
    for (const { atS, side, sway } of puffs) {
      const ageS = tS - atS;
      const alpha = strength * Math.min(1, ageS) * Math.max(0, 1 - ageS / 14) * Math.min(1, (atS - fromS) / 10 + 0.3);
      blob(canvas, [x + side + 0.5 * sway * ageS, foot - 3 * ageS, 2.5 + 0.8 * ageS], [grey, grey, grey + 2], alpha);
    }
  };
}
