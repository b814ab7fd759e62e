import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceConfig } from '../../site/types.ts';
import { payloadBytesMax } from '../payload.ts';
import type { Decoded } from '../types.ts';
import cases from './cases/devices.json' with { type: 'json' };
import { jsonPath, recordsMax } from './json-path.ts';

type Case = {
  title: string;
  device: Record<string, unknown>;
  payload?: unknown;
  text?: string;
  values?: Decoded['values'];
  refused?: string[];
  tracks?: Decoded['tracks'];
};

const decoder = (device: Record<string, unknown>) =>
  jsonPath.compile({
    id: 'd',
    format: 'json-path',
    topic: 't',
    intervalMs: 1000,
    ...device,
  } as unknown as DeviceConfig);
const bytes = (text: string) => new TextEncoder().encode(text);

for (const { title, device, payload, text, values = [], refused = [], tracks } of cases as Case[]) {
  test(title, () => {
    const decoded = decoder(device)(bytes(text ?? JSON.stringify(payload)));
    expect(decoded.refused.map(({ code }) => code)).toEqual(refused);
    expect(decoded.values).toEqual(values.map((value) => ({ ...value, value: expect.closeTo(value.value, 9) })));
    expect(decoded.tracks).toEqual(tracks);
  });
}

const one = decoder({ channels: [{ id: 'x', unit: 'mm', path: '$.x' }] });
const codes = (decoded: Decoded) => decoded.refused.map(({ code }) => code);

test('a payload of more than 64 KiB is refused unread', () => {
  expect(codes(one(bytes(`{"x":1,"pad":"${'x'.repeat(payloadBytesMax)}"}`)))).toEqual(['PAYLOAD_TOO_LARGE']);
});

test('nesting bombs are refused, whether closed or not', () => {
  for (const bomb of ['['.repeat(10_000), `${'['.repeat(10_000)}${']'.repeat(10_000)}`, '{"x":'.repeat(9_000)]) {
    expect(codes(one(bytes(bomb)))).toEqual(['PAYLOAD_MALFORMED']);
  }
});

test('brackets inside text are not depth', () => {
  expect(one(bytes(`{"s":"${'['.repeat(100)}\\"","x":1}`)).values).toEqual([{ channel: 'x', value: 1 }]);
});

test('text that is not UTF-8 is refused', () => {
  expect(codes(one(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)))).toEqual(['PAYLOAD_MALFORMED']);
});

test('more records than the limit are refused together', () => {
  const many = decoder({ records: '$', channels: [{ id: 'x', unit: 'mm', path: '$.x' }] });
  const list = (n: number) => bytes(JSON.stringify(Array.from({ length: n }, () => ({ x: 1 }))));
  expect(many(list(recordsMax)).values).toHaveLength(recordsMax);
  expect(codes(many(list(recordsMax + 1)))).toEqual(['PAYLOAD_TOO_LARGE']);
});

test('details of what was refused are short and printable', () => {
  const [first] = one(bytes(JSON.stringify({ x: `\u001b[31m<script>${'x'.repeat(500)}` }))).refused;
  expect(first?.detail).not.toMatch(/\p{Cc}/u);
  expect(first?.detail.length).toBeLessThan(120);
});

const everything = decoder({
  time: { path: '$.t', unit: 's' },
  channels: [
    { id: 'x', unit: 'mm', path: '$.x', sourceUnit: 'km' },
    { id: 'y', unit: 'Cel', path: '$["y"]', unitPath: '$.u' },
    { id: 'z', unit: '{state}', path: '$.list[0]', map: { ON: 1 } },
  ],
  tracks: { path: '$.people', id: '$.id', x: '$.x', y: '$.y' },
});

function expectSound(decoded: Decoded): void {
  for (const { value, atMs = 0 } of decoded.values) expect(Number.isFinite(value) && Number.isFinite(atMs)).toBe(true);
  for (const { xM, yM } of decoded.tracks?.tracks ?? []) expect(Number.isFinite(xM) && Number.isFinite(yM)).toBe(true);
  expect(decoded.values.length + decoded.refused.length + (decoded.tracks ? 1 : 0)).toBeGreaterThan(0);
}

test('random bytes never throw, and always end as values or refusals', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => expectSound(everything(payload))));
});

test('random JSON of nearly the right shape never throws and never gives what is not finite', () => {
  const anything = fc.oneof(
    fc.double(),
    fc.constant('1e999'),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue(),
  );
  const near = fc.record(
    {
      t: anything,
      x: anything,
      y: anything,
      u: fc.constantFrom('Cel', 'K', 'mm', '', 3),
      list: anything,
      people: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  let values = 0;
  fc.assert(
    fc.property(near, (record) => {
      const decoded = everything(bytes(JSON.stringify(record).replaceAll('"1e999"', '1e999')));
      values += decoded.values.length;
      expectSound(decoded);
    }),
    { numRuns: 1_000 },
  );
  expect(values, 'The run must do enough to mean something.').toBeGreaterThan(5);
});

test('mistakes in a device entry are named with their place', () => {
  const check = (device: object) => jsonPath.check?.({ channels: [], ...device } as unknown as DeviceConfig) ?? [];
  expect(check({})).toEqual([expect.stringMatching(/^\/channels: .*neither channels nor tracks/)]);
  expect(check({ channels: [{ id: 'x', unit: 'mm', path: '$', sourceUnit: 'Cel' }] })).toEqual([
    '/channels/0/sourceUnit: Cel measures temperature, but mm measures length.',
  ]);
  expect(check({ channels: [{ id: 'x', unit: 'mm', path: '$', sourceUnit: 'cm', unitPath: '$.u' }] })).toHaveLength(1);
  expect(check({ tracks: { path: '$', id: '$', x: '$', y: '$', unit: 's' }, records: '$.r' })).toHaveLength(2);
});
