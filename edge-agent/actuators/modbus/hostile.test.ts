import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { orderOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { crcOf } from './framing.ts';
import { modbus } from './modbus.ts';
import { breakerAt } from './pretend-plan.ts';

/** What a hostile device does with a request: answers rightly but for some spoilt bytes, or with bytes of its own, or cuts. */
type Turn =
  | { kind: 'right' }
  | { kind: 'spoilt'; at: number; xor: number }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'twice' }
  | { kind: 'short' }
  | { kind: 'silent' | 'cut' };
const turn = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Turn>({ kind: 'right' }) },
  fc.record({ kind: fc.constant('spoilt' as const), at: fc.nat(20), xor: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 600 }) }),
  fc.constantFrom<Turn>({ kind: 'twice' }, { kind: 'short' }, { kind: 'silent' }, { kind: 'cut' }),
);

let turns: Turn[] = [];
const sockets = new Set<Socket>();
let requests = 0;
let framing: 'tcp' | 'rtu-over-tcp' = 'tcp';
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => {});
  socket.on('data', (request) => {
    requests += 1;
    const { kind, ...how } = turns.shift() ?? { kind: 'right' as const };
    const right = rightAnswer(request);
    if (kind === 'cut') socket.destroy();
    else if (kind === 'bytes') socket.write((how as { bytes: Uint8Array }).bytes);
    else if (kind === 'twice') socket.write(Buffer.concat([right, right]));
    else if (kind === 'short') socket.write(right.subarray(0, -1));
    else if (kind === 'spoilt') {
      const { at, xor } = how as { at: number; xor: number };
      right[at % right.length]! ^= xor;
      socket.write(right);
    } else if (kind === 'right') socket.write(right);
  });
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((done) => server.close(() => done()));
});

/** A device whose breaker is at supply for ever: contacts 0 and 1 read 0 and 1, writes are echoed. */
function rightAnswer(request: Buffer): Buffer {
  const body = framing === 'tcp' ? request.subarray(6) : request.subarray(0, -2);
  const [unit, fn] = [body[0]!, body[1]!];
  const said = fn <= 4 ? Buffer.from([unit, fn, 1, fn === 2 ? 0b10 : 0]) : Buffer.from(body);
  const tail = Buffer.alloc(2);
  tail.writeUInt16LE(crcOf(said));
  if (framing === 'rtu-over-tcp') return Buffer.concat([said, tail]);
  const header = Buffer.from(request.subarray(0, 6));
  header.writeUInt16BE(said.length, 4);
  return Buffer.concat([header, said]);
}

test.each(['tcp', 'rtu-over-tcp'] as const)(
  'whatever a device over %s answers, nothing throws, no order is proved, and it is found again',
  async (over) => {
    framing = over;
    const { port } = server.address() as { port: number };
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 10 }), async (given) => {
        turns = [];
        const { host, said } = pretendHost({ random: () => 0.02 });
        const quick = { framing, timeoutMs: 50, lookMs: 100, readBackWithinMs: 150 };
        const driver = modbus.open(breakerAt(port, quick), host);
        driver.start!();
        const sees = (holds: () => boolean) =>
          vi.waitFor(() => expect(holds()).toBe(true), { timeout: 4000, interval: 2 });
        try {
          await sees(() => said.readBacks.length > 0);
          turns = [...given];
          const from = requests;
          try {
            driver.send(orderOf({ id: 'o-1', device: 'breaker-0', action: 'cut' }, Date.now()));
          } catch {
            // It was refused: then nothing has left.
          }
          await sees(() => turns.length === 0 || requests > from + 12);
          turns = [];
          // Over TCP a spoilt bit of a contact is a contact; serial frames have a CRC against it.
          if (framing === 'rtu-over-tcp')
            expect(new Set(said.readBacks.map(([state]) => state))).toEqual(new Set(['supply']));
          said.readBacks.length = 0;
          driver.ask();
          await sees(() => said.troubles.unreachable === undefined && said.readBacks.length > 0);
          expect(said.readBacks.at(-1)).toEqual(['supply', false]);
          expect(said.failed.length + said.accepted.length).toBeLessThanOrEqual(1);
        } finally {
          await driver.stop!();
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 12_000 },
    );
  },
  20_000,
);
