import { expect, test } from 'vitest';
import { orderSign, passSign, readSignOrder, reportSign, signAtRest } from './sign.ts';

const face = { lines: 2, columns: 6 };
const order = { text: 7, pages: [['ROAD', 'CLOSED']], lengthMs: 60_000 };

test('a sign shows what fits on its face, for its time, and is blank afterwards', () => {
  const shown = orderSign(signAtRest, { order, face, atMs: 1_000 }, 'none')!;
  expect(reportSign(passSign(shown, 31_000), 31_000)).toEqual({ showing: 7, pages: order.pages, left: 30 });
  expect(reportSign(passSign(shown, 61_000), 61_000)).toEqual({ showing: 0, pages: [], left: 0 });
  const wide = { ...order, pages: [['TOO WIDE']] };
  expect(orderSign(shown, { order: wide, face, atMs: 2_000 }, 'none')).toBeUndefined();
});

test('one that is stuck goes on showing what it shows, and one without a timer never ends', () => {
  const shown = orderSign(signAtRest, { order, face, atMs: 0 }, 'timerless')!;
  expect(passSign(shown, 9_000_000).text).toBe(7);
  const blank = { text: 0, pages: [], lengthMs: 0 };
  expect(orderSign(shown, { order: blank, face, atMs: 1 }, 'stuck')!.text).toBe(7);
});

test.each(['', '7', 'null', '{"text":-1}', '{"text":1.5}', '{"text":1,"pages":"A"}', '{"text":1,"seconds":"9"}'])(
  'an order such as %s is none',
  (text) => {
    expect(readSignOrder(text)).toBeUndefined();
  },
);
