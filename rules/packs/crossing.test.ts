import { expect, test } from 'vitest';
import { checkRules } from '../engine/check.ts';
import { expandPack, type PackEntry, packs } from './index.ts';

const pack = packs().find((candidate) => candidate.pack === 'crossing')!;
const needed = { tracks: 'camera', phase: 'signal/phase', from: [0, 0], to: [10, 0], widthM: 4, clearanceMs: 9000 };
const every = {
  walkMs: 8000,
  vehicle: 'signal/vehicle',
  preempt: 'signal/preempt',
  left: 'signal/left',
  phaseStaleMs: 5000,
  buttons: ['signal/button'],
  taps: [{ input: 'reader/card', extensionS: 6 }],
  passiveCall: true,
  callRule: true,
  waitingM: 1.5,
  marginMs: 1000,
  maxExtensionS: 10,
  extendedCyclesMax: 2,
  minVehicleGreenS: 8,
  maxRedS: 90,
  cancelDelayMs: 2000,
  blindAfterMs: 800,
  occlusionMs: 1000,
  stoppedAfterMs: 4000,
  stuckOnMs: 200_000,
  stuckCycles: 4,
  onFault: 'fixedTime',
};

const made = (facts: object) => expandPack(pack, { pack: 'crossing', id: 'east', ...needed, ...facts } as PackEntry);
const units = new Map([
  ...['phase', 'vehicle', 'preempt', 'button'].map((name) => [`signal/${name}`, '{state}'] as const),
  ['signal/left', 's'] as const,
  ['reader/card', '{count}'] as const,
]);

test('the pack makes a model and rules that the engine accepts, with every fact and with none', () => {
  for (const facts of [{}, every])
    expect(checkRules({ ...made(facts), units, trackDevices: new Set(['camera']) })).toEqual([]);
});

test('every fact it asks for is known to the model under its own name, and the other way round', () => {
  const { properties } = pack.facts as unknown as { properties: Record<string, unknown> };
  expect(Object.keys(properties).sort()).toEqual(Object.keys({ ...needed, ...every }).sort());
  const { callRule: _, ...modelFields } = { ...needed, ...every };
  expect(made(every).models).toEqual([{ id: 'east', type: 'crossing', ...modelFields }]);
});

test('a rule for calls is made only where a site wants to pass them on', () => {
  const rules = (facts: object) => made(facts).rules.map(({ id, class: of = 'alarm' }) => `${id} ${of}`);
  expect(rules({})).toEqual(['east-time supervisory', 'east-stopped alarm', 'east-fault trouble']);
  expect(rules(every)).toContain('east-call supervisory');
});
