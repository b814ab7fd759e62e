import { Fault } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { look, poleCamera } from '../tracking/drawn-street.ts';
import { readCalibration, toGround } from './ground.ts';

const points = (
  [
    [-5, 12],
    [5, 12],
    [5, 16],
    [-5, 16],
    [0, 14],
  ] as const
).map(([x, y]) => ({
  px: look(poleCamera, [x, y, 0])!,
  m: [x, y],
}));
const whole = { version: 1, camera: 'north', picture: { width: 1280, height: 720 }, points };

function complaint(value: unknown): string {
  try {
    readCalibration(typeof value === 'string' ? value : JSON.stringify(value), 'cal.json');
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toBe('CALIBRATION_INVALID');
    return (error as Fault).detail;
  }
  throw new Error('It was taken.');
}

test('a calibration file is read and gives the ground', () => {
  const more = { ...whole, reference: 'north.jpg', takenAtMs: 1_700_000_000_000 };
  const { file, calibration } = readCalibration(JSON.stringify(more), 'cal.json');
  expect(file).toEqual(more);
  const [x, y] = toGround(calibration.ground, look(poleCamera, [2, 15, 0])!)!;
  expect(Math.hypot(x - 2, y - 15)).toBeLessThan(1e-6);
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{ "version": 1,', /^cal\.json: It is not JSON/],
  ['nothing', 'null', /^cal\.json: \/ must be object/],
  ['another version', { ...whole, version: 2 }, /^cal\.json: \/version must be equal to constant/],
  ['an unknown field', { ...whole, hight: 3 }, /^cal\.json: \/hight is no field here\.$/],
  ['three points', { ...whole, points: points.slice(0, 3) }, /^cal\.json: \/points must not have fewer than 4 items/],
  [
    'a pixel in words',
    { ...whole, points: [...points.slice(1), { px: ['a', 1], m: [0, 0] }] },
    /\/points\/4\/px\/0 must be number/,
  ],
  ['a picture elsewhere', { ...whole, reference: '../../etc/passwd.jpg' }, /\/reference must match pattern/],
  ['an infinite place', JSON.stringify(whole).replace('"m":[0,14]', '"m":[1e999,14]'), /not a number|must be number/],
  ['points on a line', { ...whole, points: points.map(({ px }, i) => ({ px, m: [i, 0] })) }, /lie on one line/],
  ['a large file', ' '.repeat(70_000), /more than 65536 characters/],
])('a file with %s is refused in words', (_, value, words) => {
  expect(complaint(value)).toMatch(words);
});
