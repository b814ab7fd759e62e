import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SiteView, silentLogger } from '@tocsin/contracts';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { openSites } from './sites.ts';
import { addSkew, type Skew, skewMsOf } from './skew.ts';

const folders: string[] = [];
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});
let passedMs = 0;
const clock = { nowMs: () => 1_790_000_000_000 + passedMs, monotonicMs: () => passedMs, after: () => () => {} };
const newPath = () => {
  passedMs = 0;
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-sites-'));
  folders.push(dir);
  return join(dir, 'sites.sqlite');
};
const open = (path: string, sitesMax?: number) =>
  openSites({ path, clock, logger: silentLogger, ...(sitesMax === undefined ? {} : { sitesMax }) });

const descriptor = {
  v: 1,
  site: 'quarry',
  name: 'Quarry',
  version: '1',
  configHash: 'x',
  mode: 'live',
  devices: [{ device: 'crack-1', format: 'json-path', channels: [{ channel: 'opening', unit: 'mm', min: 0 }] }],
  rules: [],
  actuators: [],
};
const status = {
  v: 1,
  site: 'quarry',
  online: true,
  atMs: 5,
  health: 'ok',
  problems: [],
  queued: 0,
  refused: 0,
  startedAtMs: 1,
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('what a site says of itself', () => {
  test('gives its channels and limits, and survives a restart', () => {
    const path = newPath();
    const first = open(path);
    first.descriptor('quarry', json(descriptor));
    first.status('quarry', json(status));
    expect(first.channels('quarry')?.get('crack-1')?.get('opening')).toEqual([{ unit: 'mm', min: 0, max: Infinity }]);
    first.flush(() => undefined);
    first.close();
    const second = open(path);
    expect(second.view('quarry')).toEqual({ site: 'quarry', descriptor, status });
    expect(second.channels('quarry')?.get('crack-1')?.get('opening')?.[0]?.unit).toBe('mm');
    expect(second.channels('tunnel')).toBeUndefined();
    second.close();
  });

  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  test.each<[string, Uint8Array, string]>([
    ['no JSON', Buffer.from('{'), 'PAYLOAD_MALFORMED'],
    ['bad UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'PAYLOAD_MALFORMED'],
    ['ten thousand levels', Buffer.from(deep), 'PAYLOAD_MALFORMED'],
    ['a later version', json({ ...descriptor, v: 2 }), 'VERSION_UNKNOWN'],
    ['nothing', json(null), 'VERSION_UNKNOWN'],
    ['another site', json({ ...descriptor, site: 'tunnel' }), 'SITE_MISMATCH'],
    ['an infinite limit', Buffer.from(JSON.stringify(descriptor).replace('"min":0', '"min":1e999')), 'CONTRACT_BROKEN'],
    ['a missing field', json({ v: 1, site: 'quarry' }), 'CONTRACT_BROKEN'],
    ['a megabyte and more', Buffer.alloc(1_048_577, ' '), 'PAYLOAD_TOO_LARGE'],
  ])('with %s is refused and changes nothing', (_, payload, code) => {
    const sites = open(newPath());
    sites.descriptor('quarry', json(descriptor));
    expect(() => sites.descriptor('quarry', payload)).toThrow(expect.objectContaining({ code }));
    expect(sites.view('quarry')?.descriptor).toEqual(descriptor);
    sites.close();
  });

  test('is told once after a change, and being heard at most every ten seconds', () => {
    const sites = open(newPath());
    const told: SiteView[] = [];
    const flush = () => {
      told.length = 0;
      sites.flush((view) => void told.push(view));
      return told.length;
    };
    sites.descriptor('quarry', json(descriptor));
    sites.status('quarry', json(status));
    expect([flush(), flush()]).toEqual([1, 0]);
    let news = 0;
    for (let second = 0; second < 60; second += 1) {
      passedMs += 1_000;
      for (let i = 0; i < 20; i += 1) sites.heard('quarry', clock.nowMs(), clock.nowMs() - 40);
      news += flush();
    }
    expect(news).toBeLessThanOrEqual(7);
    expect(news).toBeGreaterThanOrEqual(5);
    expect(sites.view('quarry')).toMatchObject({ lastHeardAtMs: clock.nowMs(), skewMs: -40 });
    sites.close();
  });

  test('is all remembered: what any description allowed stays allowed, in its unit and widest range, across restarts', () => {
    const path = newPath();
    const first = open(path);
    const device = (name: string, channel: object) => ({
      ...descriptor,
      devices: [{ device: name, format: 'json-path', channels: [{ channel: 'opening', ...channel }] }],
    });
    first.descriptor('quarry', json(device('crack-1', { unit: 'mm', min: 0, max: 10 })));
    first.descriptor('quarry', json(device('crack-1', { unit: 'mm', min: -5, max: 5 })));
    first.descriptor('quarry', json(device('crack-1', { unit: 'um' })));
    first.descriptor('quarry', json(device('crack-2', { unit: 'mm', max: 1 })));
    const before = first.channels('quarry');
    first.descriptor('quarry', json(device('crack-1', { unit: 'mm', min: 1, max: 2 })));
    expect(first.channels('quarry')).toBe(before);
    first.flush(() => undefined);
    first.close();
    const second = open(path);
    const known = second.channels('quarry')!;
    const all = (name: string) => [...known.get(name)!.get('opening')!].sort((a, b) => a.unit.localeCompare(b.unit));
    expect(all('crack-1')).toEqual([
      { unit: 'mm', min: -5, max: 10 },
      { unit: 'um', min: -Infinity, max: Infinity },
    ]);
    expect(all('crack-2')).toEqual([{ unit: 'mm', min: -Infinity, max: 1 }]);
    expect(known.get('crack-3')).toBeUndefined();
    second.close();
  });

  test('is bounded: of sixteen thousand channels and more the oldest are forgotten, those of the newest never', () => {
    const sites = open(newPath());
    const devices = (from: number) =>
      Array.from({ length: 40 }, (_, i) => ({
        device: `d${from + i}`,
        format: 'json-path',
        channels: Array.from({ length: 250 }, (_, c) => ({ channel: `c${c}`, unit: 'mm' })),
      }));
    for (const from of [0, 40, 80]) sites.descriptor('quarry', json({ ...descriptor, devices: devices(from) }));
    const known = sites.channels('quarry')!;
    expect([...known.values()].reduce((sum, { size }) => sum + size, 0)).toBe(16_384);
    expect([known.has('d119'), known.has('d80'), known.has('d40'), known.has('d39')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    sites.close();
  });

  test('that it is online now is a sign of life; the same said again, an old first word or a last word is none', () => {
    const sites = open(newPath());
    const say = (atMs: number, online = true) => sites.status('quarry', json({ ...status, atMs, online }));
    say(clock.nowMs() - 3_600_000);
    expect(sites.view('quarry')!.lastHeardAtMs).toBeUndefined();
    say(clock.nowMs() - 3_600_000);
    expect(sites.view('quarry')!.lastHeardAtMs).toBeUndefined();
    say(clock.nowMs() - 3_590_000);
    expect(sites.view('quarry')!.lastHeardAtMs).toBe(clock.nowMs());
    passedMs += 10_000;
    say(clock.nowMs(), false);
    expect(sites.view('quarry')!.lastHeardAtMs).toBe(clock.nowMs() - 10_000);
    sites.close();
  });

  test('of more sites than fit is refused', () => {
    const sites = open(newPath(), 1);
    sites.heard('quarry', 1);
    expect(() => sites.heard('tunnel', 1)).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
    sites.close();
  });
});

describe('the skew of a site', () => {
  test('is found to within the smallest delay, whatever the others are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e7, max: 1e7 }),
        fc.array(fc.integer({ min: 5, max: 60_000 }), { minLength: 1, maxLength: 50 }),
        (offsetMs, delays) => {
          let skew: Skew | undefined;
          for (const [i, delayMs] of delays.entries()) {
            const receivedAtMs = 1e12 + i * 1_000;
            skew = addSkew(skew, receivedAtMs - delayMs + offsetMs, receivedAtMs);
          }
          expect(skewMsOf(skew!)).toBe(offsetMs - Math.min(...delays));
        },
      ),
    );
  });

  test('follows a clock that was set back, within five minutes', () => {
    let skew: Skew | undefined;
    for (let atMs = 0; atMs < 600_000; atMs += 1_000) skew = addSkew(skew, atMs + (atMs < 300_000 ? 60_000 : 0), atMs);
    expect(skewMsOf(skew!)).toBe(0);
  });
});
