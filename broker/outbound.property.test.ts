import type { Duplex } from 'node:stream';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coalesceWrites, stalledSinceLastLook } from './outbound.ts';

/** A stream whose reader takes a chunk when `take` is called. */
function slowStream() {
  const chunks: Buffer[] = [];
  const done: (() => void)[] = [];
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      chunks.push(chunk);
      done.push(callback);
    },
  }) as Duplex;
  return { stream, chunks, take: () => done.shift()?.() };
}

test('Whatever is written leaves unchanged and in order, with few calls in a turn.', async () => {
  const small = fc.oneof(
    fc.string({ maxLength: 60, unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 60 }).map(Buffer.from),
  );
  const large = fc.integer({ min: 4000, max: 9000 }).map((bytes) => Buffer.alloc(bytes, bytes));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.oneof({ weight: 9, arbitrary: small }, large), { maxLength: 30 })),
      async (turns) => {
        const { stream, chunks, take } = slowStream();
        coalesceWrites(stream, Number.MAX_SAFE_INTEGER, () => {});
        for (const writes of turns) {
          for (const chunk of writes) expect(stream.write(chunk)).toBe(true);
          await turn();
          const before = chunks.length;
          while (stream.writableLength > 0) {
            take();
            await turn();
          }
          const largeOnes = writes.filter((chunk) => chunk.length >= 4096).length;
          expect(chunks.length - before).toBeLessThanOrEqual(2 * largeOnes + 1);
        }
        const wanted = Buffer.concat(turns.flat().map((chunk) => Buffer.from(chunk as Uint8Array)));
        expect(Buffer.concat(chunks).equals(wanted)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test('Too many waiting bytes are reported, and a reader that takes nothing between two looks is stalled.', async () => {
  const { stream, take } = slowStream();
  let overflows = 0;
  const outbound = coalesceWrites(stream, 100, () => (overflows += 1));
  stream.write(Buffer.alloc(100));
  await turn();
  expect([overflows, stalledSinceLastLook(outbound), stalledSinceLastLook(outbound)]).toEqual([0, false, true]);
  stream.write(Buffer.alloc(50));
  await turn();
  expect([overflows, stalledSinceLastLook(outbound)], 'more waits, none was taken').toEqual([1, true]);
  take();
  await turn();
  expect([stalledSinceLastLook(outbound), stalledSinceLastLook(outbound)], 'some was taken').toEqual([false, true]);
  take();
  await turn();
  expect(stalledSinceLastLook(outbound), 'nothing waits').toBe(false);
});
