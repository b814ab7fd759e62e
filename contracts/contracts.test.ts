import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import {
  type AlertView,
  commandText,
  compareAlerts,
  converter,
  dimensionOf,
  Fault,
  faults,
  flagsOf,
  isName,
  isUsable,
  knownUnits,
  parseUpTopic,
  qualityFlags,
  Reading,
  topics,
} from './index.ts';

describe('units', () => {
  test.each([
    ['m', 'mm', 1.25, 1250],
    ['mm/h', 'mm/d', 2, 48],
    ['Cel', '[degF]', 100, 212],
    ['[degF]', 'Cel', 32, 0],
    ['Cel', 'K', 0, 273.15],
    ['%', '1', 50, 0.5],
    ['[in_i]', 'mm', 1, 25.4],
    ['h', 's', 1, 3600],
  ])('%s to %s turns %d into %d', (from, to, value, expected) => {
    expect(converter(from, to)!(value)).toBeCloseTo(expected, 9);
  });

  test.each([
    ['mm', 's'],
    ['mm', 'furlong'],
    ['', 'mm'],
    ['Cel', 'Cel/min'],
    ['%/m', 'dB/m'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('%s to %s is refused, not guessed', (from, to) => {
    expect(converter(from, to)).toBeUndefined();
  });

  test('converting there and back changes nothing, for every pair of units of one dimension', () => {
    for (const a of knownUnits) {
      for (const b of knownUnits.filter((unit) => dimensionOf(unit) === dimensionOf(a))) {
        const back = converter(b, a)!(converter(a, b)!(12.5));
        expect(Math.abs(back - 12.5), `${a} ${b}`).toBeLessThan(1e-9);
      }
    }
  });
});

describe('names and topics', () => {
  test.each(['a', 'A-1_b.c', 'x'.repeat(64), '__proto__'])('%s is a legal name', (name) =>
    expect(isName(name)).toBe(true),
  );
  test.each(['', 'a/b', 'a b', 'ä', '+', '#', '$SYS', 'a\0', 'a\n', 'x'.repeat(65), 7, null])(
    '%j is refused as a name',
    (name) => expect(isName(name)).toBe(false),
  );

  test('a site reads back from its own topics and from no other', () => {
    expect(parseUpTopic(topics.up('s1', 'urgent'))).toEqual({ site: 's1', leaf: 'up', lane: 'urgent' });
    expect(parseUpTopic(topics.status('s1'))).toEqual({ site: 's1', leaf: 'status' });
    for (const topic of [
      topics.ack('s1'),
      topics.up('s1', 'live').concat('/x'),
      'tocsin/v2/s1/status',
      'tocsin/v1//status',
      '$SYS/x',
    ]) {
      expect(parseUpTopic(topic), topic).toBeUndefined();
    }
  });

  test('no text whatever makes the topic parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseUpTopic(`tocsin/v1/${text}`)));
  });
});

describe('readings', () => {
  const check = Compile(Reading);
  const good = { device: 'd', channel: 'c', value: 1, takenAtMs: 1, quality: 0 };
  test('a number is finite and JSON cannot smuggle another in', () => {
    expect(check.Check(good)).toBe(true);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, JSON.parse('1e999'), null, '12', true]) {
      expect(check.Check({ ...good, value }), String(value)).toBe(false);
    }
  });

  test('flags are named and only some keep a reading from decisions', () => {
    expect(flagsOf(qualityFlags.spike | qualityFlags.late)).toEqual(['spike', 'late']);
    expect(isUsable(0)).toBe(true);
    expect(isUsable(qualityFlags.gap | qualityFlags.late)).toBe(true);
    expect(isUsable(qualityFlags.range)).toBe(false);
  });
});

describe('faults', () => {
  test.each(Object.keys(faults) as (keyof typeof faults)[])('%s tells what happened and what to do', (code) => {
    const fault = new Fault(code, 'Detail.', { remedy: 'Do this.' });
    expect(fault.message).toBe(`${faults[code].says} Detail. Do this.`);
    expect(fault.status).toBeGreaterThanOrEqual(400);
    expect(faults[code].says).toMatch(/^[A-Z].*\.$/);
  });
});

describe('commands', () => {
  test('the signed text changes with every field', () => {
    const command = {
      v: 1 as const,
      id: 'c1',
      site: 's',
      device: 'siren',
      action: 'on',
      value: 1,
      alert: 's/r/x',
      leaseMs: 1000,
      notBeforeMs: 1,
      expiresAtMs: 2,
      issuer: 'somebody',
      reason: 'because',
      mode: 'live' as const,
    };
    const texts = new Set([commandText(command)]);
    for (const key of Object.keys(command) as (keyof typeof command)[]) {
      const changed = { ...command, [key]: typeof command[key] === 'number' ? 99 : 'exercise' };
      texts.add(commandText(changed as typeof command));
    }
    expect(texts.size).toBe(Object.keys(command).length + 1);
  });
});

describe('the order of alerts', () => {
  const alert = (more: Partial<AlertView>) =>
    ({
      key: 'k',
      operator: 'unacknowledged',
      class: 'alarm',
      severity: 'Severe',
      raisedAtMs: 100,
      ...more,
    }) as AlertView;
  test('unacknowledged first, then class, then severity, then the oldest', () => {
    const list = [
      alert({ key: 'f', operator: 'acknowledged', severity: 'Extreme' }),
      alert({ key: 'e', class: 'trouble', severity: 'Extreme' }),
      alert({ key: 'd', class: 'supervisory' }),
      alert({ key: 'c', raisedAtMs: 200 }),
      alert({ key: 'b', raisedAtMs: 100 }),
      alert({ key: 'a', severity: 'Extreme', raisedAtMs: 900 }),
    ];
    expect(list.sort(compareAlerts).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});
