import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameGuard, scanFrames } from './frame-guard.ts';

const connect = Buffer.from([0x10, 2, 0, 0]);

/** A packet of the given type with a body of that many bytes. */
function packet(header: number, bytes: number): Buffer {
  const length: number[] = [];
  for (let left = bytes; length.length === 0 || left > 0; left = Math.floor(left / 128)) {
    length.push((left % 128) | (left >= 128 ? 128 : 0));
  }
  return Buffer.concat([Buffer.from([header, ...length]), Buffer.alloc(bytes, 0xff)]);
}

test('However a stream is cut into chunks, packets within the limit pass and are counted, acknowledgements aside.', () => {
  const one = fc.record({
    header: fc.constantFrom(0x30, 0x32, 0x40, 0x82, 0xc0),
    bytes: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (packets, sizes) => {
        const stream = Buffer.concat([connect, ...packets.map(({ header, bytes }) => packet(header, bytes))]);
        const guard = frameGuard(300);
        let at = 0;
        for (let n = 0; at < stream.length; n += 1) {
          const size = sizes[n % sizes.length]!;
          expect(scanFrames(guard, stream.subarray(at, at + size))).toBe('ok');
          at += size;
        }
        expect(guard.packets).toBe(1 + packets.filter(({ header }) => header !== 0x40).length);
      },
    ),
  );
});

test('A packet one byte too long is refused at its length, whatever came before.', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 2, max: 300_000 }), (before, bytesMax) => {
      const guard = frameGuard(bytesMax);
      for (let n = 0; n < before; n += 1) scanFrames(guard, n === 0 ? connect : packet(0xc0, 0));
      const head = packet(0x10, bytesMax + 1).subarray(0, 5);
      expect(scanFrames(guard, head)).toBe('tooLong');
    }),
  );
});

test('Random bytes end in a verdict and never in an exception.', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
      const guard = frameGuard(100);
      for (const chunk of chunks) if (scanFrames(guard, chunk) !== 'ok') return;
      expect(guard.bodyLeft).toBeLessThanOrEqual(100);
    }),
  );
});

test('The first packet must be CONNECT, and a length has at most four digits.', () => {
  expect(scanFrames(frameGuard(100), Buffer.from('GET / HTTP/1.1'))).toBe('malformed');
  expect(scanFrames(frameGuard(2 ** 31), Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe('malformed');
  expect(scanFrames(frameGuard(2 ** 31), Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toBe('ok');
});
