import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { checkSite } from '@tocsin/edge-agent/site';
import { afterAll, describe, expect, test } from 'vitest';
import { effectLine } from './lines.ts';
import { replay } from './replay.ts';
import type { ReplaySource } from './rows.ts';
import { splitLine } from './table.ts';
import { durationMs, timeColumn, timeReader } from './times.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const loaded = checkSite(
  `
site: s
name: S
devices:
  - { id: d, format: json-path, topic: t, intervalMs: 1000, channels: [{ id: x, path: $.x, unit: mm, min: -1000, max: 1000 }] }
rules:
  - { id: high, type: threshold, event: It is high, input: d/x, direction: above,
      ladder: [{ severity: Severe, at: 10, clear: 8, holdMs: 0, clearHoldMs: 1000 }] }
`,
  join(folder, 'site.yaml'),
  '0'.repeat(64),
);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { site } = loaded;
const startMs = Date.UTC(2001, 0, 1);
const source = (more: Partial<ReplaySource> & { file: string }): ReplaySource => ({
  startMs,
  timeZone: 'UTC',
  maps: ['x=d/x'],
  header: 'auto',
  ...more,
});

async function lines(from: ReplaySource): Promise<{ out: string[]; refused: number; readings: number }> {
  const out: string[] = [];
  const summary = await replay(from, site, {
    effect(effect) {
      const line = effectLine(effect, false);
      if (line !== undefined) out.push(line);
    },
    refused() {},
  });
  return { out, refused: summary.refused.PAYLOAD_MALFORMED ?? 0, readings: summary.readings };
}
const at = (out: string[]) =>
  out
    .map((line) => JSON.parse(line) as { at: string; what?: string })
    .map((line) => [line.at.slice(11, 19), line.what]);
const expected = [
  ['00:00:02', 'raise'],
  ['00:00:04', 'recover'],
  ['00:00:05', 'clear'],
];

describe('the same recording, however it is written, says the same', () => {
  const values = [1, 2, 12, 12, 3, 3, 3];
  const rows = (join: (i: number, v: number) => string) => values.map((v, i) => join(i, v)).join('\n');
  test.each<[string, string, Partial<ReplaySource>]>([
    ['ISO times, commas', `t,x\n${rows((i, v) => `2001-01-01T00:00:0${i}Z,${v}`)}`, { time: 't' }],
    [
      'local dates of a zone, semicolons',
      `t;x\n${rows((i, v) => `2001-01-01 01:00:0${i};${v}`)}`,
      { time: 't', timeZone: 'Europe/Vienna' },
    ],
    ['seconds from the start, tabs', `t\tx\n${rows((i, v) => `${i}\t${v}`)}`, { time: 't:s' }],
    ['milliseconds, no header, blanks', rows((i, v) => `  ${i * 1000}   ${v}`), { time: '1:ms', maps: ['2=d/x'] }],
    ['a fixed interval, no time at all', `x\n${rows((_, v) => String(v))}`, { everyMs: 1000 }],
    ['metres, converted', `t,x\n${rows((i, v) => `${i},${v / 1000}`)}`, { time: 't:s', maps: ['x=d/x:m'] }],
    ['day first, quoted', `"t","x"\n${rows((i, v) => `"01.01.2001 00:00:0${i}","${v}"`)}`, { time: 't:dmy' }],
    ['fixed widths', rows((i, v) => `0${i}${String(v).padStart(3)}`), { time: '1:s', maps: ['2=d/x'], widths: [2, 3] }],
    ['R’s nameless row numbers', `"t","x"\n${rows((i, v) => `"${i}",${i},${v}`)}`, { time: 't:s' }],
    ['a date spread over columns', rows((i, v) => `2001 1 1 0 0 ${i} ${v}`), { time: '1+2+3+4+5+6', maps: ['7=d/x'] }],
  ])('%s', async (name, text, more) => {
    const { out, readings } = await lines(source({ file: file(`${name.replaceAll(/\W/g, '-')}.csv`, text), ...more }));
    expect(readings).toBe(7);
    expect(at(out)).toEqual(expected);
  });
});

test('two runs print identical bytes, and a bad cell costs only itself', async () => {
  const from = source({ file: file('bad.csv', 't,x\n0,1\n1,oops\nnever,5\n2,12\n3,NaN\n4,12\n'), time: 't:s' });
  const [one, two] = [await lines(from), await lines(from)];
  expect(one.out.join('\n')).toBe(two.out.join('\n'));
  expect(one).toMatchObject({ refused: 3, readings: 3 });
  expect(at(one.out)[0]).toEqual(['00:00:02', 'raise']);
});

test.each<[string, Partial<ReplaySource>, string]>([
  ['an unknown column names those there are', { time: 'tt:s' }, 'The header has: t, x.'],
  ['an unknown device names those there are', { time: 't:s', maps: ['x=e/x'] }, 'It has: d.'],
  ['an unknown channel names those there are', { time: 't:s', maps: ['x=d/y'] }, 'It has: x.'],
  ['a wrong unit says so', { time: 't:s', maps: ['x=d/x:Cel'] }, 'cannot be turned into'],
  ['a missing file says so', { time: 't:s', file: join(folder, 'nowhere.csv') }, 'nowhere.csv'],
])('%s', async (_name, more, text) => {
  const from = source({ file: file('small.csv', 't,x\n0,1\n'), ...more });
  const failure = await lines(from).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Fault);
  expect(String(failure)).toContain(text);
});

test('times, columns and lengths are read as they are written', () => {
  expect(timeColumn('Time:s')).toEqual({ columns: ['Time'], form: 's' });
  expect(timeColumn('Temp[C]:x')).toEqual({ columns: ['Temp[C]:x'], form: 'auto' });
  expect(timeReader({ form: 'auto', startMs: 0, timeZone: 'UTC' })('1600000000')).toBe(1_600_000_000_000);
  expect(timeReader({ form: 'auto', startMs: 0, timeZone: 'UTC' })('12')).toBeUndefined();
  const vienna = timeReader({ form: 'auto', startMs: 0, timeZone: 'Europe/Vienna' });
  expect(vienna('2026-07-01 12:00')).toBe(Date.UTC(2026, 6, 1, 10));
  expect(vienna('2026-01-01 12:00')).toBe(Date.UTC(2026, 0, 1, 11));
  expect(durationMs('0.4s', 'every')).toBe(400);
  expect(() => durationMs('soon', 'every')).toThrow('Write 250ms');
  expect(splitLine('a,"b ""c"", d",e', { separator: ',' })).toEqual(['a', 'b "c", d', 'e']);
});

test('what a model asks for is one line with its people and numbers, and says what was made up', () => {
  const line = effectLine(
    {
      kind: 'remark',
      model: 'crossing',
      remark: {
        what: 'extension',
        why: 'Somebody needs 4.5 s more.',
        numbers: { extensionS: 4.5 },
        people: [{ id: 3 }],
      },
      takenAtMs: startMs,
      late: false,
      atMs: startMs,
    },
    false,
    { signal: 'made up' },
  );
  expect(JSON.parse(line!)).toEqual({
    at: '2001-01-01T00:00:00.000Z',
    kind: 'extension',
    model: 'crossing',
    why: 'Somebody needs 4.5 s more.',
    extensionS: 4.5,
    people: [{ id: 3 }],
    signal: 'made up',
  });
});
