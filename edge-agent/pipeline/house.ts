import type { DeviceConfig, Site } from '../site/types.ts';
import type { Pipeline, PipelineEffect, PipelineEvent } from './types.ts';

/**
 * A small house for tests and measurements: two smoke detectors, a lift, a breaker that only a coincidence may open, and a siren.
 * It is written by hand, so that these tests need no file and no schema.
 */
const smoke = (id: string): DeviceConfig => ({
  id,
  format: 'json-path',
  topic: `field/${id}`,
  intervalMs: 60_000,
  latenessMs: 60_000,
  clockSkewMs: 300_000,
  channels: [{ id: 'smoke', unit: '%/m', min: 0, max: 100 }],
});

const step = { at: 6, clear: 3, holdMs: 0, clearHoldMs: 1000 };
const smokeRule = (id: string) => ({
  id: `smoke-${id}`,
  type: 'threshold',
  event: `Smoke in the ${id}`,
  input: `${id}/smoke`,
  direction: 'above',
  ladder: [{ severity: 'Moderate', ...step }],
});

const relay = (id: string, actions: [string, string]) => ({
  id,
  driver: 'mqtt-relay',
  commandTopic: `field/${id}/set`,
  stateTopic: `field/${id}/state`,
  rest: actions[1],
  onSilence: 'no change',
  readBackWithinMs: 2000,
  leaseMs: 8000,
  irreversible: [],
  interlocks: [],
  actions: { [actions[0]]: { send: 'ON', state: 'ON' }, [actions[1]]: { send: 'OFF', state: 'OFF' } },
});

/** The house, with parts replaced. */
export function houseOf(more: Partial<Site> = {}): Site {
  const lift: DeviceConfig = { ...smoke('lift'), channels: [{ id: 'floor', unit: '{state}', min: -3, max: 99 }] };
  const why = 'The lift is not at the ground floor.';
  return {
    site: 'house',
    name: 'House',
    mode: 'live',
    dataDir: '.',
    journal: { commitEveryMs: 100, bytesMax: 1e9 },
    devices: [smoke('kitchen'), smoke('corridor'), lift],
    cameras: [],
    vision: { provider: 'cpu', threads: 1, timeoutMs: 2000, memoryMiB: 700, keepDays: 7 },
    models: [],
    rules: [
      smokeRule('kitchen'),
      smokeRule('corridor'),
      {
        id: 'fire',
        type: 'coincidence',
        event: 'Fire, seen by two detectors',
        subject: 'house',
        of: ['smoke-kitchen', 'smoke-corridor'],
        need: 2,
        atLeast: 'Moderate',
        withinMs: 60_000,
        severity: 'Extreme',
        latch: true,
      },
    ],
    actuators: [
      {
        ...relay('breaker', ['open', 'closed']),
        irreversible: ['open'],
        interlocks: [{ refuse: 'open', when: { stream: 'lift/floor', outside: [-0.5, 0.5] }, why }],
      },
      relay('siren', ['on', 'off']),
    ],
    responses: [
      {
        id: 'cut-power',
        when: { rule: 'fire', atLeast: 'Severe' },
        actuator: 'breaker',
        action: 'open',
        hold: 'untilReset',
      },
      {
        id: 'warn',
        when: { rule: 'smoke-kitchen', atLeast: 'Moderate' },
        actuator: 'siren',
        action: 'on',
        hold: 'whileActive',
      },
    ],
    configHash: '0'.repeat(64),
    ...more,
  };
}

/** A reading of the house at an instant, taken when it arrives unless said otherwise. */
export function readingOf(stream: string, value: number, receivedAtMs: number, more: object = {}): PipelineEvent {
  const [device, channel] = stream.split('/') as [string, string];
  return { kind: 'reading', device, channel, value, atMs: receivedAtMs, receivedAtMs, ...more };
}

/** What happened, in words as short as a log: stored readings are left out. */
export function logOf(effects: readonly PipelineEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'store') return [];
    if (effect.kind === 'ask') return [`? ${effect.actuator}`];
    if (effect.kind === 'remark') return [`${effect.model} ${effect.remark.what}: ${effect.remark.why}`];
    if (effect.kind === 'refused') return [`refused ${effect.code}`];
    if (effect.kind === 'alert')
      return [`${effect.transition.kind} ${effect.transition.rule}/${effect.transition.subject}`];
    if (effect.kind === 'command') {
      const { device, action, mode } = effect.command;
      return [`! ${device} ${action}${mode === 'live' ? '' : ` (${mode})`}`];
    }
    const { device, action, state, why } = effect.receipt;
    return [`${device} ${action} ${state}${why === undefined ? '' : `: ${why}`}`];
  });
}

/** Feeds events and answers the log of all of them. */
export function feed(pipeline: Pipeline, events: readonly PipelineEvent[]): string[] {
  return logOf(events.flatMap((event) => pipeline.step(event)));
}
