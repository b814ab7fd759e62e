import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceConfig } from '../../site/types.ts';
import type { Decoded } from '../types.ts';
import cases from './cases/packs.json' with { type: 'json' };
import { recordsMax, senmlJson } from './senml-json.ts';

type Case = {
  title: string;
  channels: Record<string, unknown>[];
  pack?: unknown;
  text?: string;
  values?: Decoded['values'];
  refused?: string[];
};

const receivedAtMs = 1_700_000_000_000;
const decoder = (channels: unknown) =>
  senmlJson.compile({
    id: 'd',
    format: 'senml-json',
    topic: 't',
    intervalMs: 1000,
    channels,
  } as unknown as DeviceConfig);
const bytes = (text: string) => new TextEncoder().encode(text);

for (const { title, channels, pack, text, values = [], refused = [] } of cases as Case[]) {
  test(title, () => {
    const decoded = decoder(channels)(bytes(text ?? JSON.stringify(pack)), receivedAtMs);
    expect(decoded.refused.map(({ code }) => code)).toEqual(refused);
    expect(decoded.values).toEqual(values.map((value) => ({ ...value, value: expect.closeTo(value.value, 9) })));
  });
}

const temp = decoder([{ id: 't', n: 'temp', unit: 'Cel', map: { true: 1 } }]);

test('without the arrival, relative times are left to it', () => {
  expect(temp(bytes('[{"n":"temp","u":"Cel","v":1,"t":-60}]')).values).toEqual([{ channel: 't', value: 1 }]);
});

test('more records than the limit are refused together', () => {
  const pack = Array.from({ length: recordsMax + 1 }, () => ({ n: 'temp', u: 'Cel', v: 1 }));
  expect(temp(bytes(JSON.stringify(pack))).refused.map(({ code }) => code)).toEqual(['PAYLOAD_TOO_LARGE']);
});

test('two channels of the same name are named as a mistake', () => {
  const channels = [{ n: 'a' }, { n: 'b' }, { n: 'a' }];
  expect(senmlJson.check?.({ channels } as unknown as DeviceConfig)).toEqual([
    expect.stringMatching(/^\/channels\/2\/n: /),
  ]);
});

test('random bytes and random packs never throw and never give what is not finite', () => {
  const anything = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.integer());
  const record = fc.record(
    {
      bn: fc.oneof({ weight: 9, arbitrary: fc.constant('d:') }, anything),
      bt: fc.constantFrom(1.7e9, 1.7e9, 0, 1e308, null),
      bu: fc.constantFrom('Cel', 'Cel', 'Cel', 'K', 5),
      bv: fc.constantFrom(1, 1.7e308),
      n: fc.oneof({ weight: 9, arbitrary: fc.constant('temp') }, anything),
      u: fc.constantFrom('Cel', 'K', 'm'),
      t: fc.oneof({ weight: 9, arbitrary: fc.integer() }, anything),
      v: fc.oneof(fc.double(), fc.constant(1.7e308), anything),
      vb: anything,
    },
    { requiredKeys: [] },
  );
  let values = 0;
  const sound = (payload: Uint8Array) => {
    const decoded = temp(payload, receivedAtMs);
    values += decoded.values.length;
    for (const { value, atMs = 0 } of decoded.values)
      expect(Number.isFinite(value) && Number.isFinite(atMs)).toBe(true);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), sound));
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (pack) => sound(bytes(JSON.stringify(pack)))),
    { numRuns: 1_000 },
  );
  expect(values, 'The run must do enough to mean something.').toBeGreaterThan(5);
});
