import { isUsable, qualityFlags } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelConfig, DeviceConfig } from '../../site/types.ts';
import { createValidator, type IncomingReading, type Judgement } from './validation.ts';

const startMs = Date.UTC(2026, 0, 1);
const device = (channel: Partial<ChannelConfig> = {}, more: Partial<DeviceConfig> = {}): DeviceConfig => ({
  id: 'd',
  format: 'json-path',
  topic: 't',
  intervalMs: 1000,
  latenessMs: 5000,
  clockSkewMs: 60_000,
  channels: [{ id: 'c', unit: 'mm', ...channel }],
  ...more,
});
const full: Partial<ChannelConfig> = {
  min: -1024,
  max: 1024,
  spike: { mad: 5, floor: 1 },
  stuckAfterMs: 4000,
  resetJump: 64,
};

/** Streams of readings with gaps, repeats, disorder, wrong clocks and jumps of the gateway. */
const feed = fc.array(
  fc.record({
    stepMs: fc.oneof({ weight: 6, arbitrary: fc.constant(1000) }, fc.integer({ min: -4000, max: 20_000 })),
    offsetMs: fc.option(
      fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: -200_000, max: 200_000 })),
      { freq: 4 },
    ),
    value: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 8 }) }, fc.integer({ min: -2000, max: 2000 })),
  }),
  { minLength: 5, maxLength: 120 },
);
type Feed = { stepMs: number; offsetMs: number | null; value: number }[];

function play(rows: Feed, channel: Partial<ChannelConfig>, shiftMs = 0, factor = 1): Judgement[] {
  const validator = createValidator([device(channel)]);
  let nowMs = startMs + shiftMs;
  return rows.map(({ stepMs, offsetMs, value }) => {
    nowMs += stepMs;
    const atMs = offsetMs === null ? {} : { atMs: nowMs + offsetMs };
    return validator.reading({ device: 'd', channel: 'c', value: value * factor, receivedAtMs: nowMs, ...atMs });
  });
}
const quality = (judgement: Judgement) => (judgement.verdict === 'accept' ? judgement.quality : judgement.verdict);

test('flags do not depend on when it happens', () => {
  fc.assert(
    fc.property(feed, fc.integer({ min: 0, max: 1_000_000_000 }), (rows, shiftMs) => {
      expect(play(rows, full, shiftMs).map(quality)).toEqual(play(rows, full).map(quality));
    }),
  );
});

test('flags do not depend on the unit in which the channel is kept', () => {
  // A power of two, so that the arithmetic itself is exact.
  const inOther = { ...full, min: -1024 * 8, max: 1024 * 8, spike: { mad: 5, floor: 8 }, resetJump: 64 * 8 };
  fc.assert(
    fc.property(feed, (rows) => {
      expect(play(rows, inOther, 0, 8).map(quality)).toEqual(play(rows, full).map(quality));
    }),
  );
});

test('accepted readings without a flag have strictly increasing times', () => {
  let unflagged = 0;
  fc.assert(
    fc.property(feed, (rows) => {
      let lastMs = -1;
      for (const judgement of play(rows, full)) {
        if (judgement.verdict !== 'accept' || judgement.quality !== 0) continue;
        expect(judgement.takenAtMs).toBeGreaterThan(lastMs);
        lastMs = judgement.takenAtMs;
        unflagged += 1;
      }
    }),
  );
  expect(unflagged, 'The run must do enough to mean something.').toBeGreaterThan(100);
});

test('sending every reading twice changes no flag of the first', () => {
  const timed = feed.map((rows) => rows.map((row) => ({ ...row, stepMs: Math.abs(row.stepMs), offsetMs: 0 })));
  fc.assert(
    fc.property(timed, (rows) => {
      const once = play(rows, full).map(quality);
      const doubled = play(
        rows.flatMap((row) => [row, { ...row, stepMs: 0 }]),
        full,
      );
      expect(doubled.filter((_, i) => i % 2 === 0).map(quality)).toEqual(once);
      for (const repeat of doubled.filter((_, i) => i % 2 === 1)) expect(repeat.verdict).toBe('drop');
    }),
  );
});

test('a restart from the committed states changes no judgement, and each state stays within two kibibytes', () => {
  fc.assert(
    fc.property(feed, fc.double({ noNaN: true, noDefaultInfinity: true }), (rows, noise) => {
      const config = [device(full)];
      let running = createValidator(config);
      const straight = createValidator(config);
      let nowMs = startMs;
      for (const { stepMs, offsetMs, value } of rows) {
        nowMs += Math.abs(stepMs);
        const reading: IncomingReading = { device: 'd', channel: 'c', value: value + (noise % 1), receivedAtMs: nowMs };
        if (offsetMs !== null) reading.atMs = nowMs + offsetMs;
        const { troubles: _, ...expected } = straight.reading(reading);
        expect(running.reading(reading)).toMatchObject(expected);
        const committed = JSON.stringify(running.takeDirty());
        expect(committed.length).toBeLessThanOrEqual(2048);
        const states = JSON.parse(committed) as [string, unknown][];
        running = createValidator(config);
        running.restore(states);
      }
    }),
  );
});

test('only what changed is handed out for committing', () => {
  const validator = createValidator([device(), device({}, { id: 'e' })]);
  validator.reading({ device: 'd', channel: 'c', value: 1, receivedAtMs: startMs });
  expect(validator.takeDirty().map(([key]) => key)).toEqual(['d/c']);
  expect(validator.takeDirty()).toEqual([]);
});

test('a state of another shape is ignored rather than believed', () => {
  const validator = createValidator([device()]);
  validator.restore([
    ['d/c', { newestMs: 'soon' }],
    ['d/c', null],
    ['x/y', 1],
    ['d/!refused', 'no'],
  ]);
  expect(validator.reading({ device: 'd', channel: 'c', value: 1, receivedAtMs: startMs }).verdict).toBe('accept');
});

test('after a restart every device is given three intervals to speak again', () => {
  const first = createValidator([device()]);
  first.reading({ device: 'd', channel: 'c', value: 1, receivedAtMs: startMs });
  const second = createValidator([device()]);
  second.restore(first.takeDirty());
  const laterMs = startMs + 7 * 86_400_000;
  expect(second.tick(laterMs)).toEqual([]);
  expect(second.tick(laterMs + 3_001)).toMatchObject([{ kind: 'noData', raised: true, device: 'd', channel: 'c' }]);
});

test('silence of people’s positions is a trouble of the device', () => {
  const validator = createValidator([device({}, { channels: [], tracks: { path: '$.people' } })]);
  expect(validator.tracks({ device: 'd', receivedAtMs: startMs })).toMatchObject({ verdict: 'accept', quality: 0 });
  expect(validator.tracks({ device: 'd', receivedAtMs: startMs, atMs: 0 })).toMatchObject({
    quality: qualityFlags.clockSuspect,
  });
  expect(validator.tick(startMs + 3_500)).toMatchObject([{ kind: 'noData', raised: true, device: 'd' }]);
});

test('a device much of whose input cannot be read is a trouble until it can be read again', () => {
  const validator = createValidator([device()]);
  const told = [1, 2, 3].flatMap((i) => [...validator.refused('d', startMs + i)]);
  expect(told).toMatchObject([{ kind: 'refused', raised: true, device: 'd' }]);
  const after = Array.from({ length: 12 }, (_, i) =>
    validator.reading({ device: 'd', channel: 'c', value: i, receivedAtMs: startMs + i * 1000 }),
  );
  expect(after.flatMap(({ troubles }) => troubles)).toMatchObject([{ kind: 'refused', raised: false }]);
  expect(validator.refused('unknown', startMs)).toEqual([]);
});

test('readings of unknown devices and channels are refused by name', () => {
  const validator = createValidator([device()]);
  const reading = { device: 'x', channel: 'c', value: 1, receivedAtMs: startMs };
  expect(validator.reading(reading)).toMatchObject({ verdict: 'refuse', code: 'DEVICE_UNKNOWN' });
  expect(validator.reading({ ...reading, device: 'd', channel: '__proto__' })).toMatchObject({
    code: 'CHANNEL_UNKNOWN',
  });
  expect(validator.tracks({ device: 'd', receivedAtMs: startMs })).toMatchObject({ verdict: 'refuse' });
});

test('spikes, stuck values and impossible values never reach a decision', () => {
  fc.assert(
    fc.property(feed, (rows) => {
      for (const [i, judgement] of play(rows, full).entries()) {
        if (judgement.verdict !== 'accept') continue;
        const possible = Math.abs(rows[i]!.value) <= 1024;
        if (isUsable(judgement.quality)) expect(possible).toBe(true);
      }
    }),
  );
});
