import { beforeAll, expect, test } from 'vitest';
import { type DrawnFrame, drawFrame } from './drawing/frame.ts';
import { paintStreet } from './drawing/street.ts';
import { type SpoilKind, spoil, spoilKinds } from './spoil.ts';
import { stationStreet, stationStreetCamera } from './station-street.ts';

let clear: DrawnFrame;
beforeAll(() => {
  const camera = stationStreetCamera(320);
  clear = drawFrame(paintStreet({ street: stationStreet, camera, weather: { light: 'day' } }), { actors: [] }, 0);
});

/** Mean level, and mean squared second difference along rows of green: what a focused street has much of. */
function look({ rgb, width }: { rgb: Uint8Array; width: number }): { mean: number; sharp: number } {
  let [sum, edges, count] = [0, 0, 0];
  for (let i = 1; i < rgb.length - 3 * width; i += 3) {
    sum += rgb[i]!;
    edges += (2 * rgb[i]! - rgb[i + 3]! - rgb[i + 3 * width]!) ** 2;
    count += 1;
  }
  return { mean: sum / count, sharp: edges / count };
}

test.each<[SpoilKind, (was: ReturnType<typeof look>, is: ReturnType<typeof look>) => boolean]>([
  ['covered', (was, is) => is.mean < 0.6 * was.mean && is.sharp < 0.5 * was.sharp],
  ['black', (_was, is) => is.mean < 5],
  ['over-exposed', (_was, is) => is.mean > 235],
  ['blurred', (was, is) => is.sharp < 0.05 * was.sharp && Math.abs(is.mean - was.mean) < 5],
  ['moved', (was, is) => is.sharp > 0.3 * was.sharp],
  ['dark', (_was, is) => is.mean < 20 && is.sharp > 30],
])('a lens that is %s looks like it, and the picture given is left alone', (kind, says) => {
  const before = clear.rgb.slice();
  const spoilt = spoil(clear, kind, 7);
  expect(says(look(clear), look(spoilt))).toBe(true);
  expect(Buffer.compare(before, clear.rgb)).toBe(0);
  expect(Buffer.compare(spoilt.rgb, clear.rgb)).not.toBe(0);
  expect(Buffer.compare(spoilt.rgb, spoil(clear, kind, 7).rgb)).toBe(0);
});

test('a moved picture is the old one shifted by a quarter of its width', () => {
  const moved = spoil(clear, 'moved', 1);
  const at = 3 * (100 * clear.width + 30);
  expect([...moved.rgb.subarray(at, at + 30)]).toEqual([...clear.rgb.subarray(at + 240, at + 270)]);
});

test('every kind is tried above', () => {
  expect(spoilKinds).toHaveLength(6);
});
