import { expect, test } from 'vitest';
import { createCloudHealth } from './health.ts';

type Part = { status: 'ok' | 'degraded'; sinceMs?: number };

function cloud() {
  const now = { desk: { status: 'ok' } as Part, intake: { status: 'ok' } as Part, applied: 10, series: 10, ms: 0 };
  const clock = { nowMs: () => now.ms, monotonicMs: () => now.ms, after: () => () => {} };
  const health = createCloudHealth({
    clock,
    desk: () => now.desk,
    intake: () => now.intake,
    deskCursor: () => now.applied,
    seriesCursor: () => now.series,
  });
  return { now, health };
}

test('a desk or an intake that stands still is told with the earlier instant', () => {
  const { now, health } = cloud();
  expect(health()).toEqual({ status: 'ok' });
  now.intake = { status: 'degraded', sinceMs: 700 };
  now.desk = { status: 'degraded', sinceMs: 500 };
  expect(health()).toEqual({ status: 'degraded', alertsStoppedAtMs: 500 });
  now.desk = { status: 'ok' };
  expect(health()).toEqual({ status: 'degraded', alertsStoppedAtMs: 700 });
});

test('series that stand still for a minute degrade the cloud, but no alert stands still', () => {
  const { now, health } = cloud();
  now.applied = 11;
  expect(health().status).toBe('ok');
  now.ms = 59_999;
  expect(health().status).toBe('ok');
  now.ms = 60_000;
  expect(health()).toEqual({ status: 'degraded' });
  now.series = 11;
  expect(health()).toEqual({ status: 'ok' });
});

test('series that are behind and move are well', () => {
  const { now, health } = cloud();
  now.applied = 1_000;
  for (let minute = 0; minute < 10; minute += 1) {
    now.ms += 59_000;
    now.series += 1;
    expect(health().status).toBe('ok');
  }
});
