import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceConfig } from '../../site/types.ts';
import { payloadBytesMax } from '../payload.ts';
import type { Decoded } from '../types.ts';
import cases from './cases/messages.json' with { type: 'json' };
import { eventOf, knownCodes, type SignalName, signals, stateAfter } from './events.ts';
import { eventsMax, hiresLog } from './hires-log.ts';

type Case = { title: string; payload?: unknown; text?: string; values?: Decoded['values']; refused?: string[] };

const channels = signals.map((signal) => ({ id: signal, unit: '{state}', signal }));
const device = (more: object = {}) =>
  ({
    id: 'signal',
    format: 'hires-log',
    topic: 't',
    intervalMs: 60_000,
    phase: 2,
    vehiclePhase: 4,
    button: 5,
    controller: '1136',
    channels,
    ...more,
  }) as unknown as DeviceConfig;
const decode = hiresLog.compile(device());
const bytes = (text: string) => new TextEncoder().encode(text);

for (const { title, payload, text, values = [], refused = [] } of cases as Case[]) {
  test(title, () => {
    const decoded = decode(bytes(text ?? JSON.stringify(payload)));
    expect(decoded.refused.map(({ code }) => code)).toEqual(refused);
    expect(decoded.values).toEqual(values);
  });
}

test('too many events and too many bytes are refused together', () => {
  const line = '2026-05-04T10:00:00Z,1136,21,2\n';
  const codes = (payload: Uint8Array) => decode(payload).refused.map(({ code }) => code);
  expect(codes(bytes(line.repeat(eventsMax)))).toEqual([]);
  expect(codes(bytes(line.repeat(eventsMax + 1)))).toEqual(['PAYLOAD_TOO_LARGE']);
  expect(codes(new Uint8Array(payloadBytesMax + 1))).toEqual(['PAYLOAD_TOO_LARGE']);
  expect(codes(Uint8Array.of(0x32, 0xff, 0x2c))).toEqual(['PAYLOAD_MALFORMED']);
});

test('the order of events within one instant never matters', () => {
  const source = { phase: 2, vehiclePhase: 4, button: 5 };
  const code = fc.constantFrom(...knownCodes);
  const event = fc.record({ event: code, parameter: fc.constantFrom(2, 4, 5) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), fc.constantFrom(...signals), (events, signal) => {
      expect(stateAfter(signal, events.toReversed(), source)).toBe(stateAfter(signal, events, source));
    }),
  );
});

test.each<[SignalName, number[], number]>([
  ['vehicle', [9, 10], 3],
  ['vehicle', [11, 12], 0],
  ['vehicle', [1, 12], 1],
  ['vehicle', [7, 8], 2],
  ['phase', [23, 21], 1],
  ['phase', [22, 23], 0],
  ['phase', [24], 0],
  ['preempt', [111, 105], 1],
])('%s after %j in one instant is %d: what people may do last counts', (signal, codes, state) => {
  const source = { phase: 4, vehiclePhase: 4 };
  expect(
    stateAfter(
      signal,
      codes.map((event) => ({ event, parameter: 4 })),
      source,
    ),
  ).toBe(state);
});

test('every state that an event can say alone survives being written and read', () => {
  const said = channels.flatMap(({ id }) => [0, 1, 2, 3].map((value) => ({ channel: id, value })));
  const source = { phase: 2, vehiclePhase: 4, button: 5 };
  const sayable = said.filter(({ channel, value }) => eventOf(channel, value, source) !== undefined);
  expect(sayable.length).toBe(16);
  for (const value of sayable) {
    const payload = hiresLog.encode(device(), { values: [value], atMs: 1_777_888_800_100 });
    expect(decode(bytes(payload)).values).toContainEqual({ ...value, atMs: 1_777_888_800_100 });
  }
});

test('a device entry that cannot work is named', () => {
  const check = (more: object) => hiresLog.check?.(device(more)).map((text) => text.split(':')[0]);
  expect(check({})).toEqual([]);
  expect(check({ vehiclePhase: undefined })).toEqual(['/channels/2/signal']);
  expect(check({ vehiclePhase: 2 })).toEqual(['/vehiclePhase']);
  expect(check({ channels: [channels[0], { ...channels[0], id: 'b', unit: 's' }] })).toEqual([
    '/channels/1/unit',
    '/channels/1/signal',
  ]);
});

test('random bytes, lines and events never throw and give only states', () => {
  let values = 0;
  const sound = (payload: Uint8Array) => {
    const decoded = decode(payload);
    values += decoded.values.length;
    for (const { value, atMs = 0 } of decoded.values) {
      expect([0, 1, 2, 3]).toContain(value);
      expect(Number.isFinite(atMs)).toBe(true);
    }
  };
  const anything = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.boolean());
  const event = fc.record(
    {
      time: fc.oneof(fc.constant('2026-05-04T10:00:00Z'), anything),
      device: fc.oneof(fc.constant('1136'), anything),
      event: fc.oneof(fc.constantFrom(...knownCodes), anything),
      parameter: fc.oneof(fc.constantFrom(2, 4, 5), anything),
    },
    { requiredKeys: [] },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), sound));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (list) => sound(bytes(JSON.stringify(list)))),
    { numRuns: 1_000 },
  );
  const cell = fc.oneof(fc.constantFrom('2026-05-04T10:00:00Z', '1136', '21', '2', '"', ''), fc.string());
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 5 }), (rows) =>
      sound(bytes(rows.map((row) => row.join(',')).join('\n'))),
    ),
  );
  expect(values, 'The run must do enough to mean something.').toBeGreaterThan(20);
});
