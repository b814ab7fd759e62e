import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crcOf, type Flight, type Framing, take, wrap } from './framing.ts';
import { contradiction, moving, rangesOf, wordOf } from './points.ts';

const sealed = (...bytes: number[]) => {
  const crc = crcOf(Buffer.from(bytes));
  return Buffer.from([...bytes, crc & 255, crc >> 8]);
};
/** Reads two discrete inputs of unit 1. */
const flight: Flight = { frame: sealed(1, 2, 0, 10, 0, 2), transaction: 7 };
const answer = sealed(1, 2, 1, 0b01);
const carried = (framing: Framing) => wrap(framing, { frame: answer, transaction: 7 });

test('the CRC is that of the standard', () => {
  // Modbus over serial line V1.02, appendix B: 02 07 gives 41 12.
  expect(crcOf(Buffer.from([2, 7]))).toBe(0x1241);
});

describe.each<Framing>(['tcp', 'rtu-over-tcp'])('%s', (framing) => {
  test('an answer is found however it is cut into pieces', () => {
    const bytes = carried(framing);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const first = take(framing, bytes.subarray(0, cut), flight);
      const found = first.answer ?? take(framing, Buffer.concat([first.rest, bytes.subarray(cut)]), flight).answer;
      expect(found).toEqual(answer);
    }
  });

  test('whatever comes, nothing throws, little is kept, and only an answer to this request is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), (chunks) => {
        let rest: Buffer = Buffer.alloc(0);
        for (const chunk of chunks) {
          const taken = take(framing, Buffer.concat([rest, chunk]), flight);
          rest = taken.rest;
          expect(rest.length).toBeLessThan(270);
          if (taken.lost !== undefined) return;
          if (taken.answer === undefined) continue;
          expect(crcOf(taken.answer.subarray(0, -2))).toBe(taken.answer.readUInt16LE(taken.answer.length - 2));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('without a request under way nothing is an answer', () => {
    const { answer: found, skippedBytes } = take(framing, carried(framing), undefined);
    expect([found, skippedBytes]).toEqual([undefined, carried(framing).length]);
  });
});

describe('RTU over TCP', () => {
  test('the answer is found behind any garbage, and the garbage is counted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        // A garbage that happens to hold a right answer is one; chance of 1 in 65,536 a place.
        fc.pre(take('rtu-over-tcp', Buffer.from(garbage), flight).answer === undefined);
        const taken = take('rtu-over-tcp', Buffer.concat([garbage, answer]), flight);
        expect(taken.answer).toEqual(answer);
        expect(taken.skippedBytes).toBe(garbage.length);
      }),
    );
  });

  test('one altered bit makes it no answer', () => {
    for (let bit = 0; bit < answer.length * 8; bit += 1) {
      const altered = Buffer.from(answer);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(take('rtu-over-tcp', altered, flight).answer).toBeUndefined();
    }
  });

  test('an exception is an answer', () => {
    const refused = sealed(1, 0x82, 2);
    expect(take('rtu-over-tcp', refused, flight).answer).toEqual(refused);
  });
});

describe('Modbus TCP', () => {
  test('an answer to another transaction is passed over', () => {
    const other = wrap('tcp', { frame: sealed(1, 2, 1, 0b10), transaction: 6 });
    const taken = take('tcp', Buffer.concat([other, carried('tcp')]), flight);
    expect([taken.answer, taken.skippedBytes]).toEqual([answer, other.length]);
  });

  test.each([
    ['another protocol', [0, 7, 0, 1, 0, 4, 1, 2, 1, 1]],
    ['an impossible length', [0, 7, 0, 0, 255, 255, 1, 2, 1, 1]],
    ['no body', [0, 7, 0, 0, 0, 0, 1, 2, 1, 1]],
  ])('a header with %s means that the stream is lost', (_, bytes) => {
    expect(take('tcp', Buffer.from(bytes), flight).lost).toMatch(/not Modbus TCP/);
  });
});

describe('contacts', () => {
  const two = [
    { input: 10, high: 'cut' },
    { input: 11, high: 'supply' },
  ];
  const values = (open: number, closed: number) =>
    new Map([
      ['input 10', open],
      ['input 11', closed],
    ]);

  test.each([
    [1, 0, 'cut'],
    [0, 1, 'supply'],
    [0, 0, moving],
    [1, 1, contradiction],
  ])('open %d and closed %d together are %s', (open, closed, word) => {
    expect(wordOf(two, values(open, closed))).toBe(word);
  });

  test('one that was not read leaves the state unknown', () => {
    expect(wordOf(two, new Map([['input 10', 1]]))).toBeUndefined();
  });

  test.each([
    [{ inputRegister: 5, bit: 3, high: 'on', low: 'off' }, 0b1000, 'on'],
    [{ inputRegister: 5, bit: 3, high: 'on', low: 'off' }, 0b0111, 'off'],
    [{ inputRegister: 5, equals: 7, high: 'on', low: 'off' }, 7, 'on'],
    [{ inputRegister: 5, equals: 7, high: 'on', low: 'off' }, 6, 'off'],
    [{ inputRegister: 5, high: 'on', low: 'off' }, 2, 'on'],
    [{ inputRegister: 5, high: 'on', low: 'off' }, 0, 'off'],
  ])('%o with %d is %s', (contact, value, word) => {
    expect(wordOf([contact], new Map([['inputRegister 5', value]]))).toBe(word);
  });

  test('neighbours are read at one instant, and no address in between is touched', () => {
    const points = [12, 10, 11, 14].map((address) => ({ table: 'input' as const, address }));
    expect(rangesOf([...points, { table: 'coil', address: 10 }, { table: 'input', address: 11 }])).toEqual([
      { table: 'coil', address: 10, count: 1 },
      { table: 'input', address: 10, count: 3 },
      { table: 'input', address: 14, count: 1 },
    ]);
  });
});
