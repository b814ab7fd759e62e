import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { rulesOf } from '../plan/story.ts';
import { Ug405Actuator } from './config.ts';
import { type StageAsk, ug405Dialect } from './dialect.ts';
import { utmcUg405 } from './utmc-ug405.ts';

const entry = {
  id: 'stage',
  driver: 'utmc-ug405',
  host: '127.0.0.1',
  readCommunity: { env: 'READ' },
  writeCommunity: { env: 'WRITE' },
  scn: 'J00001',
  stage: 2,
  action: 'walk',
  rest: 'none',
  onSilence: 'none after the mode timeout',
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...entry, ...more });
const stageAsk = (stage: number, actuator = `s${stage}`): StageAsk => ({
  actuator,
  action: 'walk',
  rest: 'none',
  leaseMs: 8000,
  scn: 'J1',
  stage,
});
const octets = (...values: number[]) => new Uint8Array(values);
/** Timeout, mode, force, take-over, confirm, manual, flash. */
const reading = (mode: number, force: Uint8Array, confirm: Uint8Array, faults: [number, number] = [0, 0]) => [
  6,
  mode,
  force,
  mode === 3 ? 1 : 0,
  confirm,
  ...faults,
];

describe('configuration', () => {
  test('a plain entry fits the schema; a blank in the code number and a stage 65 do not', () => {
    expect(Check(Ug405Actuator, entry)).toBe(true);
    expect(Check(Ug405Actuator, { ...entry, scn: 'J 1' })).toBe(false);
    expect(Check(Ug405Actuator, { ...entry, stage: 65 })).toBe(false);
  });

  test('its mistakes are those of every SNMP controller', () => {
    expect(utmcUg405.check!(given())).toEqual([]);
    expect(utmcUg405.check!(given({ host: 'outstation' }))).toHaveLength(1);
    expect(utmcUg405.actions(given())).toEqual(['walk', 'none']);
    expect(utmcUg405.expected(given(), 'walk')).toBe('walk');
  });
});

describe('the dialect', () => {
  test('names a junction by its code number, octet by octet', () => {
    const dialect = ug405Dialect([stageAsk(2)]);
    expect(dialect.reads[2]).toEqual({ oid: '1.3.6.1.4.1.13267.3.2.4.2.1.5.1.2.74.49', type: 'OctetString', max: 8 });
  });

  test.each([
    ['nothing is asked', reading(1, octets(0), octets(1)), 'none', undefined],
    ['it is asked and not yet there', reading(3, octets(2), octets(1)), 'asked', undefined],
    ['it is there', reading(3, octets(2), octets(2)), 'walk', undefined],
    ['the stage is there by itself', reading(1, octets(0), octets(2)), 'none', undefined],
    ['somebody has the junction in hand', reading(1, octets(0), octets(1), [1, 0]), 'none', /manual control/],
    ['it flashes', reading(1, octets(0), octets(1), [0, 1]), 'none', /flashes/],
    ['another instation has it', reading(3, octets(1), octets(1)), 'none', /somebody else/],
  ])('when %s it says so', (_, values, state, why) => {
    const dialect = ug405Dialect([stageAsk(2)]);
    if (state !== 'none') dialect.writes([stageAsk(2)], new Set(['s2']));
    expect(dialect.take(values, 0)).toEqual({ watchdogMs: 6000, rebooted: false });
    const sight = dialect.sight(stageAsk(2), 0);
    expect(sight.state).toBe(state);
    if (why === undefined) expect(sight.refusal).toBeUndefined();
    else expect(sight.refusal).toMatch(why);
  });

  test('two stages of one junction are never forced together', () => {
    const asks = [stageAsk(1), stageAsk(2)];
    const dialect = ug405Dialect(asks);
    dialect.writes(asks, new Set(['s1']));
    dialect.take(reading(3, octets(1), octets(1)), 0);
    expect(dialect.sight(asks[1]!, 0).refusal).toBe('stage 1 is forced');
  });

  test('a force is one bit in the right octet, with mode and take-over in the same request', () => {
    const asks = [stageAsk(2), stageAsk(10)];
    const values = (wanted: string[]) =>
      ug405Dialect(asks)
        .writes(asks, new Set(wanted))
        .map(({ value }) => value);
    expect(values(['s10'])).toEqual([3, 1, octets(0, 2)]);
    expect(values([])).toEqual([1, 0, octets(0, 0)]);
  });
});
