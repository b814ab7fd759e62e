import { expect, test } from 'vitest';
import { release } from './release.ts';

test('memory is given back at once, and what belongs to somebody else is left alone', () => {
  const own = new Float32Array(1_000);
  const whole = new Uint8Array([1, 2, 3, 4]);
  const view = whole.subarray(1, 3);
  release([own, view, new Uint8Array(0)]);
  expect([own.length, own.buffer.byteLength]).toEqual([0, 0]);
  expect([...view, ...whole]).toEqual([2, 3, 1, 2, 3, 4]);
  release([own]);
  expect(own.length).toBe(0);
});
