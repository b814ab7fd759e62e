import { generateKeyPairSync } from 'node:crypto';
import { type Command, commandWire } from '@tocsin/contracts';
import { type CommandKey, commandSigner, publicKeyOf } from '@tocsin/rules/signing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOrderDesk } from './orders.ts';

const newPem = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const pem = newPem();
const sign = commandSigner(pem);
const startMs = Date.parse('2026-05-01T12:00:00Z');
const command: Command = {
  v: 1,
  id: 'desk-1',
  number: 12,
  site: 'mill',
  device: 'breaker-1',
  action: 'open',
  value: 2,
  alert: 'mill/fire/hall',
  leaseMs: 5_000,
  notBeforeMs: startMs - 60_000,
  expiresAtMs: startMs + 120_000,
  issuer: 'Ada',
  reason: 'Smoke in the hall',
  mode: 'live',
};
const wire = commandWire(sign(command));
const bytes = (text: string) => new TextEncoder().encode(text);

type At = { retained?: boolean; nowMs?: number; monotonicMs?: number };
function judged(payload: Uint8Array | string, at: At = {}, keys: (string | CommandKey)[] = [publicKeyOf(pem)]) {
  const desk = createOrderDesk('mill', keys);
  const message = { retained: false, nowMs: startMs, monotonicMs: 0, ...at };
  return desk({ ...message, payload: typeof payload === 'string' ? bytes(payload) : payload });
}
const whyOf = (verdict: ReturnType<typeof judged>) => (verdict.ok ? (verdict.refused?.why ?? 'taken') : verdict.why);
const change = (more: object) => wire.replace(/}$/, `,${JSON.stringify(more).slice(1)}`);

test('an order as the cloud wrote it is taken, with the name of its key', () => {
  expect(judged(wire, {}, [{ key: publicKeyOf(pem), name: 'spring' }])).toEqual({
    ok: true,
    command: JSON.parse(wire),
    key: 'spring',
  });
});

test.each<[why: string, payload: Uint8Array | string, at?: At]>([
  ['unsigned', commandWire(command)],
  ['altered', commandWire({ ...sign(command), action: 'closed' })],
  ['altered', commandWire({ ...sign(command), device: 'breaker-2' })],
  ['altered', commandWire({ ...sign(command), number: 13 })],
  ['altered', commandWire({ ...sign(command), issuer: 'Аda' })],
  ['altered', commandWire(commandSigner(newPem())(command))],
  ['altered', commandWire({ ...sign(command), expiresAtMs: command.expiresAtMs + 86_400_000 })],
  ['for another site', commandWire(sign({ ...command, site: 'hill' }))],
  ['retained', wire, { retained: true }],
  ['outdated', wire, { nowMs: command.expiresAtMs }],
  ['outdated', wire, { nowMs: startMs + 86_400_000 }],
  ['before its time', wire, { nowMs: command.notBeforeMs - 1 }],
  ['not JSON', wire.slice(0, 100)],
  ['not JSON', ''],
  ['too large', `${wire}${' '.repeat(10_000)}`],
  ['not UTF-8', Buffer.concat([bytes(wire), Buffer.from([0xff])])],
  ['not JSON', `\ufeff${wire}`],
  ['a field twice', wire.replace('"action":"open"', '"action":"closed","action":"open"')],
  ['a field twice', wire.replace('"action":"open"', '"\\u0061ction":"closed","action":"open"')],
  ['not in its one form', change({ urgent: true })],
  ['not in its one form', ` ${wire}`],
  ['not in its one form', wire.replace('"number":12', '"number":12.0')],
  ['not in its one form', wire.replace('"value":2', '"value":2e0')],
  ['not in its one form', wire.replace('"open"', '"\\u006fpen"')],
  ['not in its one form', JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(wire)).toReversed()))],
  ['not an order', wire.replace('"leaseMs":5000', '"leaseMs":"5000"')],
  ['not an order', wire.replace('"number":12', '"number":0')],
  ['not an order', wire.replace('"value":2', '"value":1e999')],
  ['not an order', wire.replace('"device":"breaker-1"', '"device":"brеaker-1"')],
  ['not an order', wire.replace('"site":"mill"', '"site":"mill\\u0000"')],
  ['not an order', `[${wire}]`],
  ['not an order', 'null'],
  ['not an order', '"'.padEnd(50, 'x').concat('"')],
  ['not an order', '{"__proto__":{"v":1}}'],
])('%s: %.60s', (why, payload, at) => {
  expect(whyOf(judged(payload, at))).toBe(why);
});

test('no single bit of an order can be turned without its being refused', () => {
  const desk = createOrderDesk('mill', [publicKeyOf(pem)]);
  const whole = bytes(wire);
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    const payload = Uint8Array.from(whole);
    payload[bit >> 3]! ^= 1 << (bit & 7);
    const verdict = desk({ payload, retained: false, nowMs: startMs, monotonicMs: 0 });
    expect(verdict.ok, `bit ${bit}: ${Buffer.from(payload).toString()}`).toBe(false);
  }
});

test('bytes cut out, put in or exchanged never make another order', () => {
  const desk = createOrderDesk('mill', [publicKeyOf(pem)]);
  const whole = bytes(wire);
  const place = fc.nat({ max: whole.length });
  fc.assert(
    fc.property(place, place, fc.uint8Array({ maxLength: 12 }), (from, length, put) => {
      const payload = Buffer.concat([
        whole.subarray(0, from),
        put,
        whole.subarray(Math.min(from + length, whole.length)),
      ]);
      fc.pre(!payload.equals(whole));
      expect(desk({ payload, retained: false, nowMs: startMs, monotonicMs: 0 }).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('a key out of its time is refused with its name, whatever the order says', () => {
  const key = { key: publicKeyOf(pem), name: 'winter' };
  const over = judged(wire, {}, [{ ...key, until: '2026-05-01T12:00:00Z' }]);
  const early = judged(wire, {}, [{ ...key, from: '2026-05-01T12:00:01Z' }]);
  expect([whyOf(over), whyOf(early)]).toEqual(['key out of time', 'key not yet valid']);
  for (const verdict of [over, early]) expect('detail' in verdict && verdict.detail).toContain('winter');
});

test('after one order in its time, setting the clock back brings no old order and no old key back to life', () => {
  const keys = [{ key: publicKeyOf(pem), name: 'winter', until: new Date(startMs + 600_000).toISOString() }];
  const desk = createOrderDesk('mill', keys);
  const at = (text: string, nowMs: number, monotonicMs: number) =>
    whyOf(desk({ payload: bytes(text), retained: false, nowMs, monotonicMs }));
  expect(at(wire, startMs, 1_000)).toBe('taken');
  const second = commandWire(sign({ ...command, id: 'desk-2', expiresAtMs: startMs + 500_000 }));
  expect(at(second, startMs + 1_000, 101_000), 'Held for 100 s while the clock was set back.').toBe('taken');
  expect(at(wire, startMs, 1_000 + 120_000)).toBe('older than the clock was');
  expect(at(second, startMs, 1_000 + 500_000)).toBe('older than the clock was');
  expect(at(second, startMs, 1_000 + 600_000)).toBe('key out of time');
});

test('a clock that is set forward to the right time after the start is no reason to refuse', () => {
  const desk = createOrderDesk('mill', [publicKeyOf(pem)]);
  const at = (text: string, nowMs: number, monotonicMs: number) =>
    whyOf(desk({ payload: bytes(text), retained: false, nowMs, monotonicMs }));
  expect(at(wire, 0, 0)).toBe('before its time');
  expect(at(wire, startMs, 10)).toBe('taken');
});
