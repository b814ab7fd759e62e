import type { PipelineEvent } from '@tocsin/edge-agent/pipeline';
import { crossingClip } from '@tocsin/simulators';
import { type ClipOrder, stationStreetScene } from '@tocsin/simulators/cameras';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide, draw, lookAt, openEyes, stationStreet, tidy } from './street.ts';

/**
 * From drawn pictures to the request for more time, with the model that ships, on simulated time: whoever needs longer is given what the
 * formula of domain.md §3.2 says, (distance left / speed) + margin − time left, and whoever does not is given nothing.
 */
let eyes: Awaited<ReturnType<typeof openEyes>>;
beforeAll(async () => {
  eyes = await openEyes();
});
afterAll(async () => {
  await eyes?.stop();
  tidy();
});

const t0 = Date.UTC(2026, 4, 4, 10);
const walkAtMs = 3_000;
const clearAtMs = walkAtMs + 7_000;
const endAtMs = clearAtMs + 9_000;
const clip = (walkers: Parameters<typeof stationStreetScene>[0], durationMs: number): ClipOrder => ({
  ...crossingClip,
  scene: stationStreetScene(walkers),
  durationMs,
});

/** A signal that walks once and tells its phase twice a second; its clearance ends when it was planned to. */
function signal(durationMs: number): PipelineEvent[] {
  const events: PipelineEvent[] = [];
  for (let tMs = 0; tMs <= durationMs; tMs += 500) {
    const phase = tMs < walkAtMs ? 0 : tMs < clearAtMs ? 1 : tMs < endAtMs ? 2 : 0;
    const left = phase === 2 ? (endAtMs - tMs) / 1000 : 0;
    const taken = { atMs: t0 + tMs, receivedAtMs: t0 + tMs };
    events.push({ kind: 'reading', device: 'signal', channel: 'left', value: left, ...taken });
    events.push({ kind: 'reading', device: 'signal', channel: 'phase', value: phase, ...taken });
  }
  return events;
}

async function play(walkers: Parameters<typeof stationStreetScene>[0], durationMs: number) {
  const drawn = await draw(clip(walkers, durationMs));
  const seen = (await lookAt(eyes, drawn)).map((one) => ({ ...one, capturedAtMs: t0 + one.capturedAtMs }));
  const effects = decide(stationStreet(), seen, signal(durationMs));
  const extension = effects.flatMap(({ effect }) => {
    if (effect.kind !== 'store' || effect.reading.device !== 'crossing') return [];
    const { channel, value, takenAtMs } = effect.reading;
    return channel === 'extension' ? [{ tMs: takenAtMs - t0, value }] : [];
  });
  const commands = effects.flatMap(({ atMs, effect }) =>
    effect.kind === 'command' ? [{ tMs: atMs - t0, action: effect.command.action }] : [],
  );
  return { extension, commands };
}

test('somebody slow is given the time they need, to within a second, while they still have it', {
  timeout: 120_000,
}, async () => {
  const speedMps = 0.55;
  const startMs = walkAtMs + 1_000;
  const { extension, commands } = await play(
    [
      { kind: 'slow', startMs, speedMps, direction: 1, y: 1.2 },
      { kind: 'adult', startMs: startMs - 300, speedMps: 1.4, direction: -1, y: 3.6 },
    ],
    endAtMs,
  );
  // A walker begins 1 m behind the near kerb, and the road is 10 m wide.
  const kerbAtMs = startMs + 11_000 / speedMps;
  const neededS = (kerbAtMs - endAtMs) / 1000 + 1.5;
  // Two seconds of path are what the model asks for before it trusts a speed (rules/models/crossing/README.md).
  const settled = extension.filter(({ tMs }) => tMs > startMs + 5_000 && tMs < endAtMs);
  expect(settled.length).toBeGreaterThan(5);
  for (const { tMs, value } of settled) expect(Math.abs(value - neededS), `at ${tMs} ms`).toBeLessThan(1);
  expect(commands[0]).toMatchObject({ action: 'on' });
});

test('people who are in time are given nothing for longer than it takes to know their pace', {
  timeout: 120_000,
}, async () => {
  const { extension } = await play(
    [
      { kind: 'adult', startMs: walkAtMs + 800, speedMps: 1.3, direction: 1, y: 2 },
      { kind: 'wheelchair', startMs: walkAtMs + 800, speedMps: 0.95, direction: 1, y: 4 },
      { kind: 'child', startMs: walkAtMs + 1_200, speedMps: 1.1, direction: -1, y: 0 },
    ],
    endAtMs - 3_000,
  );
  expect(extension.length).toBeGreaterThan(5);
  expect(extension.filter(({ tMs, value }) => value > 0.5 && tMs > walkAtMs + 4_000)).toEqual([]);
});
