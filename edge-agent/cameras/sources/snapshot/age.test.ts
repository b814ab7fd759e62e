import { expect, test } from 'vitest';
import { createAgeGauge } from './age.ts';

const at = (s: number) => new Date(1_700_000_000_000 + s * 1000).toUTCString();

test.each<[string, [date: string | undefined, modified: string | undefined][], number[]]>([
  [
    'without dates a picture counts as fresh',
    [
      [undefined, undefined],
      [at(1), undefined],
    ],
    [0, 0],
  ],
  [
    'a date that never moved is that of something else',
    [
      [at(9000), at(0)],
      [at(9001), at(0)],
    ],
    [0, 0],
  ],
  [
    'once it has moved, a picture that stands still grows old',
    [
      [at(0), at(0)],
      [at(1), at(1)],
      [at(5), at(1)],
      [at(900), at(1)],
    ],
    [0, 0, 4000, 899_000],
  ],
  [
    'one second apart is the coarseness of such dates',
    [
      [at(0), at(0)],
      [at(2), at(1)],
    ],
    [0, 0],
  ],
  [
    'a picture from the future is not believed',
    [
      [at(0), at(0)],
      [at(1), at(90)],
    ],
    [0, 0],
  ],
  [
    'nor one of two days ago',
    [
      [at(0), at(0)],
      [at(200_000), at(1)],
    ],
    [0, 0],
  ],
  [
    'nonsense is no date',
    [
      ['now', 'then'],
      [at(9), at(0)],
      [at(9), at(1)],
    ],
    [0, 0, 8000],
  ],
])('%s', (_, answers, ages) => {
  const gauge = createAgeGauge();
  const told = answers.map(([date, modified]) => gauge.ageMs({ date, 'last-modified': modified }));
  expect(told).toEqual(ages);
});
