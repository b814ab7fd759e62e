import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceConfig } from '../site/types.ts';
import { formatOf } from './index.ts';

const device = (more: object) =>
  ({ id: 'd', topic: 't', intervalMs: 1000, latenessMs: 0, clockSkewMs: 0, ...more }) as unknown as DeviceConfig;
const jsonDevice = device({
  format: 'json-path',
  time: { path: '$.meta.at[1]', unit: 'ms' },
  channels: [
    { id: 'a', unit: 'mm', sourceUnit: 'm', path: '$.values.a' },
    { id: 'b', unit: 'Cel', path: '$.values["b c"][2]', unitPath: '$.values.u' },
  ],
});
const senmlDevice = device({
  format: 'senml-json',
  channels: [
    { id: 'a', unit: 'mm', n: 'disp' },
    { id: 'b', unit: 'Cel', n: 'temp' },
  ],
});

test.each([
  ['json-path', jsonDevice],
  ['senml-json', senmlDevice],
])('%s: what a device is made to say is decoded to what it was meant to say', (name, config) => {
  const format = formatOf(name)!;
  const decode = format.compile(config);
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      fc.integer({ min: 1_000_000_000_000, max: 2_000_000_000_000 }),
      (a, b, atMs) => {
        const said = {
          values: [
            { channel: 'a', value: a },
            { channel: 'b', value: b },
          ],
          atMs,
        };
        const { values, refused } = decode(new TextEncoder().encode(format.encode(config, said)), atMs);
        expect(refused).toEqual([]);
        expect(values.map(({ channel }) => channel)).toEqual(['a', 'b']);
        expect(values[0]!.value).toBeCloseTo(a, 6);
        expect(values[1]!.value).toBeCloseTo(b, 9);
        for (const value of values) expect(value.atMs).toBe(atMs);
      },
    ),
  );
});

test('tracks and records are written where the site file says they are', () => {
  const tracked = device({
    format: 'json-path',
    channels: [],
    tracks: { path: '$.seen', id: '$.n', x: '$.p[0]', y: '$.p[1]', unit: 'cm' },
  });
  const format = formatOf('json-path')!;
  const payload = format.encode(tracked, { values: [], tracks: [{ id: 4, xM: 1.5, yM: 2 }], atMs: 1 });
  expect(JSON.parse(payload)).toEqual({ seen: [{ n: 4, p: [150, 200] }] });
  expect(format.compile(tracked)(new TextEncoder().encode(payload)).tracks?.tracks).toMatchObject([
    { id: 4, xM: 1.5, yM: 2 },
  ]);
});
