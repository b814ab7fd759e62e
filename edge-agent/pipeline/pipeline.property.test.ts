import fc from 'fast-check';
import { expect, test } from 'vitest';
import { houseOf, readingOf } from './house.ts';
import { createPipeline } from './pipeline.ts';
import type { Pipeline, PipelineEffect, PipelineEvent } from './types.ts';

/**
 * Goal: the same events give the same bytes, and a pipeline restored at any instant goes on as one that never stopped.
 * Method: random histories over the whole house, played twice; one of the two is thrown away and restored from what it committed.
 * Evidence is left out of the comparison: its samples are a convenience of the moment and are not committed.
 */
const t0 = 1_700_000_000_000;
const streams = ['kitchen/smoke', 'corridor/smoke', 'lift/floor'];

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('reading' as const),
      stream: fc.constantFrom(...streams),
      value: fc.constantFrom(0, 0, 1, 7, 9, 250, Number.NaN),
      ageMs: fc.constantFrom(0, 0, 0, 500, 90_000),
      late: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('tick' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('says' as const),
      actuator: fc.constantFrom('siren', 'breaker'),
      state: fc.constantFrom('on', 'off', 'open', '?'),
      old: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('sent' as const), ok: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('order' as const),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      device: fc.constantFrom('siren', 'breaker', 'alerts', 'pump'),
      action: fc.constantFrom('on', 'off', 'open', 'closed', 'acknowledge', 'reset'),
      alert: fc.constantFrom('house/fire/house', 'house/smoke-kitchen/kitchen', 'house/unverified/siren'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('refused' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restarted' as const) }) },
);
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 2500 }), happening), { minLength: 30, maxLength: 150 });
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function eventOf(happens: Happening, atMs: number, lastCommand: { device: string; id: string }): PipelineEvent {
  switch (happens.what) {
    case 'reading': {
      const { stream, value, ageMs, late } = happens;
      return readingOf(stream, value, atMs, { atMs: atMs - ageMs, late });
    }
    case 'says':
      return { kind: 'readBack', actuator: happens.actuator, state: happens.state, old: happens.old, atMs };
    case 'sent':
      return { kind: 'sent', actuator: lastCommand.device, commandId: lastCommand.id, ok: happens.ok, atMs };
    case 'order': {
      const { what: _, ...about } = happens;
      const times = { notBeforeMs: atMs, expiresAtMs: atMs + 5000, issuer: 'dispatcher', reason: 'a drill' };
      return { kind: 'order', receivedAtMs: atMs, command: { v: 1, site: 'house', mode: 'live', ...about, ...times } };
    }
    case 'refused':
      return { kind: 'refused', device: 'kitchen', code: 'PAYLOAD_MALFORMED', detail: 'Not JSON.', atMs };
    default:
      return { kind: happens.what, atMs };
  }
}

/** The bytes of effects without their evidence. */
function bytesOf(effects: readonly PipelineEffect[]): string {
  return JSON.stringify(effects, (key, value: unknown) => (key === 'evidence' ? undefined : value));
}

function saved(disk: Map<string, string>): Pipeline {
  const pipeline = createPipeline(houseOf());
  pipeline.restore([...disk].map(([key, text]): [string, unknown] => [key, JSON.parse(text)]));
  return pipeline;
}

test('a pipeline restored at any instant says what one says that never stopped', () => {
  const seen = new Map<string, number>();
  const run = (steps: [number, Happening][], cutAt: number) => {
    const straight = createPipeline(houseOf());
    let stopped = createPipeline(houseOf());
    const disk = new Map<string, string>();
    let lastCommand = { device: 'siren', id: 'none' };
    let atMs = t0;
    steps.forEach(([laterMs, happens], index) => {
      atMs += laterMs;
      const event = eventOf(happens, atMs, lastCommand);
      const wanted = straight.step(event);
      for (const effect of wanted) {
        seen.set(effect.kind, (seen.get(effect.kind) ?? 0) + 1);
        if (effect.kind === 'command') lastCommand = effect.command;
      }
      expect(bytesOf(stopped.step(event)), `event ${index}`).toBe(bytesOf(wanted));
      for (const [key, state] of stopped.takeDirty()) disk.set(key, JSON.stringify(state));
      if (index === cutAt % steps.length) stopped = saved(disk);
    });
  };
  fc.assert(fc.property(history, fc.nat(), run), { numRuns: 150 });
  for (const kind of ['store', 'alert', 'command', 'receipt', 'refused'])
    expect(seen.get(kind) ?? 0, `The histories must give effects of kind ${kind}.`).toBeGreaterThan(50);
});
