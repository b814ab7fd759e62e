import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertTransition, Fault } from '@tocsin/contracts';
import type { PipelineEffect } from '@tocsin/edge-agent/pipeline';
import type { Site } from '@tocsin/edge-agent/site';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplaySource } from '../rows.ts';
import { plotFile } from './file.ts';
import { placeLabels } from './layout.ts';
import { createPlot } from './plot.ts';
import { addSample, emptySeries, pointsOf, rangeOf, spansOf } from './series.ts';
import { elapsedAxis, utcAxis, valueAxis } from './ticks.ts';

const startMs = Date.UTC(2026, 2, 1);
const hourMs = 3_600_000;
const siteOf = (models: Site['models'] = [], name = 'A slope') => ({ name, models }) as unknown as Site;

function stored(stream: string, value: number, takenAtMs: number, unit = 'mm'): PipelineEffect {
  const [device, channel] = stream.split('/') as [string, string];
  return { kind: 'store', reading: { device, channel, value, takenAtMs, quality: 0 }, unit, late: false };
}

function transition(
  kind: AlertTransition['kind'],
  decidedAtMs: number,
  more: Partial<AlertTransition> = {},
): PipelineEffect {
  const planes = { condition: kind === 'clear' ? 'normal' : 'active', latch: 'none', class: 'alarm' };
  const names = {
    key: 's/creep/e1',
    rule: 'creep',
    subject: 'e1',
    event: 'The slope moves faster',
    severity: 'Severe',
  };
  const row = { kind, ...planes, ...names, decidedAtMs, takenAtMs: decidedAtMs, ...more };
  return { kind: 'alert', transition: row as AlertTransition };
}

/** A strict little reader: throws on anything that is not well-formed, answers the text of all elements of each name. */
function readXml(text: string): Map<string, string[]> {
  const open: { name: string; text: string }[] = [];
  const found = new Map<string, string[]>();
  const close = ({ name, text: inner }: { name: string; text: string }) =>
    found.set(name, [...(found.get(name) ?? []), inner]);
  const plain = (part: string) => {
    if (/[<>]|&(?!(amp|lt|gt|quot|#39);)/.test(part)) throw new Error(`raw markup in ${JSON.stringify(part)}`);
    const marks: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
    return part.replace(/&([^;]+);/g, (_, mark: string) => marks[mark]!);
  };
  let at = 0;
  for (const match of text.matchAll(/<(\/?)([A-Za-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/g)) {
    const [all, end, name, attributes, empty] = match as unknown as string[];
    const between = plain(text.slice(at, match.index));
    if (open.length > 0) open.at(-1)!.text += between;
    for (const [, value] of attributes!.matchAll(/="([^"]*)"/g)) plain(value!);
    if (end) {
      const top = open.pop();
      if (top?.name !== name) throw new Error(`${name} closes ${top?.name}`);
      close(top!);
    } else if (empty) close({ name: name!, text: '' });
    else open.push({ name: name!, text: '' });
    at = match.index + all!.length;
  }
  if (open.length > 0 || text.slice(at).trim() !== '') throw new Error('it does not end');
  return found;
}

describe('the plot of a replay', () => {
  const models = [
    { id: 'm', type: 'slope', input: 'e1/displacement' },
    { id: 'level', type: 'slope-level', sensors: ['m'] },
  ];
  const draw = (effects: readonly PipelineEffect[], more = {}) => {
    const plot = createPlot(siteOf(models), { title: 'Creep', ...more });
    for (const effect of effects) plot.take(effect);
    return plot.svg();
  };
  const story = Array.from({ length: 100 }, (_, i) => [
    stored('e1/displacement', i * i * 0.01, startMs + i * hourMs),
    stored('m/velocity', i * 0.5, startMs + i * hourMs, 'mm/d'),
    stored('m/failureFrom', 5, startMs + i * hourMs, 'd'),
    stored('m/failureTo', 7, startMs + i * hourMs, 'd'),
    stored('level/level', i < 40 ? 0 : i < 70 ? 2 : 3, startMs + i * hourMs, '{state}'),
  ]).flat();

  test('shows states by name, quantities with their unit, alerts and acts with words, on one axis of dates', () => {
    const command = { device: 'siren', action: 'on', notBeforeMs: startMs + 41 * hourMs };
    const receipt = { device: 'barrier', action: 'down', state: 'refused', why: 'held', atMs: startMs + 42 * hourMs };
    const remark = { what: 'extension', why: 'Somebody is slow.', numbers: { extensionS: 4.25 } };
    const svg = draw([
      ...story,
      transition('raise', startMs + 40 * hourMs),
      transition('escalate', startMs + 70 * hourMs, { severity: 'Extreme' }),
      transition('clear', startMs + 90 * hourMs),
      { kind: 'command', command } as PipelineEffect,
      { kind: 'receipt', receipt } as PipelineEffect,
      { kind: 'remark', model: 'x', remark, takenAtMs: startMs, late: false, atMs: startMs } as PipelineEffect,
    ]);
    const { text = [], title = [], desc = [] } = Object.fromEntries(readXml(svg));
    for (const word of ['blue', 'orange', 'red', 'Severe', 'Extreme']) expect(text).toContain(word);
    for (const heading of ['Displacement, mm', 'Velocity, mm/d', 'Time to failure, d']) expect(text).toContain(heading);
    expect(text).toEqual(
      expect.arrayContaining([
        'Severe: The slope moves faster',
        '↑ Extreme: The slope moves faster',
        'cleared: The slope moves faster',
        'order: siren on',
        'refused: barrier down: held',
        'extension: 4.25 s',
        '2 Mar',
        'UTC, 2026',
      ]),
    );
    expect(title[0] ?? '').not.toBe('');
    expect(title).toContain('Creep');
    expect(desc[0]).toContain('2026-03-02 16:00:00 UTC: Severe: The slope moves faster.');
  });

  test('counts time from the start where a recording has no dates, and says when nothing was measured', () => {
    const { text = [] } = Object.fromEntries(readXml(draw(story.slice(0, 25), { originMs: startMs })));
    expect(text).toContain('Time in min');
    expect(Object.fromEntries(readXml(draw([]))).text).toEqual(
      expect.arrayContaining([expect.stringContaining('Nothing was measured.')]),
    );
  });

  test('shows what is known from elsewhere, and whose data these are', () => {
    const note = { atMs: startMs + 120 * hourMs, text: 'collapse', failure: true };
    const { text = [] } = Object.fromEntries(
      readXml(draw(story, { notes: [note], credit: 'After somebody, CC BY 4.0.' })),
    );
    expect(text).toEqual(expect.arrayContaining(['collapse', 'After somebody, CC BY 4.0.']));
  });

  test('text from outside is only ever text', () => {
    const elements = ['svg', 'title', 'desc', 'style', 'rect', 'text', 'line', 'g', 'path', 'clipPath'];
    const hostile = fc.oneof(
      fc.constantFrom(
        'valueOf',
        '<script>alert(1)</script>',
        '"/><g onload="x()">',
        ']]>',
        '&amp;&#0;',
        '\u0000\ud800',
        '--><!--',
        "' x='",
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, title, event) => {
        const plot = createPlot(siteOf([], name), { title, credit: name, notes: [{ atMs: startMs, text: name }] });
        plot.take(stored(`${name.replaceAll('/', '')}x/${event}`, 1, startMs, name));
        plot.take(transition('raise', startMs + 1, { event, rule: name, subject: title, key: event }));
        const svg = plot.svg();
        const found = readXml(svg);
        expect([...found.keys()].filter((each) => !elements.includes(each))).toEqual([]);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
        expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
        expect(Buffer.from(svg).toString()).toBe(svg);
      }),
      { numRuns: 200 },
    );
  });

  test('a million points, a hundred streams and thousands of alarms stay within 200 KB', () => {
    const plot = createPlot(siteOf(models), { title: 'Long' });
    for (let i = 0; i < 1_000_000; i += 1) {
      plot.take(stored(`d/c${i % 100}`, Math.sin(i * 1.7) * (i % 100), startMs + i * 1000, i % 2 === 0 ? 'mm' : 'Cel'));
      if (i % 100 === 0) plot.take(stored('level/level', (i / 100) % 4, startMs + i * 1000, '{state}'));
      if (i % 200 === 0)
        plot.take(
          transition(i % 400 === 0 ? 'raise' : 'clear', startMs + i * 1000, { key: `k${i % 3000}`, rule: `r${i % 7}` }),
        );
    }
    const svg = plot.svg();
    readXml(svg);
    expect(Buffer.byteLength(svg)).toBeLessThan(200_000);
    expect(svg).toContain('more marks');
  });
});

describe('a series in bounded memory', () => {
  const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: -1000, max: 1000 })), {
    minLength: 1,
    maxLength: 3000,
  });

  test('loses neither the ends nor the extremes, and its points are in order', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 8, max: 2000 }), (all, most) => {
        const series = emptySeries();
        for (const [atMs, value] of all) addSample(series, atMs, value);
        const values = all.map(([, value]) => value);
        expect(series.buckets.length).toBeLessThanOrEqual(1024);
        expect(rangeOf(series)).toEqual({ min: Math.min(...values), max: Math.max(...values) });
        const points = pointsOf(series, most);
        expect(points.length).toBeLessThanOrEqual(most);
        expect(points.map(([atMs]) => atMs)).toEqual(points.map(([atMs]) => atMs).toSorted((a, b) => a - b));
        expect(Math.max(...points.map(([, value]) => value))).toBe(Math.max(...values));
        expect(points.at(-1)![0]).toBe(Math.max(...all.map(([atMs]) => atMs)));
      }),
      { numRuns: 100 },
    );
  });

  test('a short series is drawn exactly', () => {
    const series = emptySeries();
    for (let i = 0; i < 50; i += 1) addSample(series, i * 86_400_000, i % 7);
    expect(pointsOf(series, 100)).toEqual(Array.from({ length: 50 }, (_, i) => [i * 86_400_000, i % 7]));
  });

  test('one second of alarm in a year of seconds is still there', () => {
    const series = emptySeries();
    for (let i = 0; i < 100_000; i += 1) addSample(series, i * 315_000, i === 54_321 ? 3 : 0);
    expect(spansOf(series, 1e11, 100).map(({ value }) => value)).toEqual([0, 3, 0]);
  });
});

test('labels of one row never touch, and the most important are placed first', () => {
  const label = fc.record({
    x: fc.integer({ min: 66, max: 986 }),
    width: fc.integer({ min: 10, max: 300 }),
    rank: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(label, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (labels, rows) => {
      const { placed, leftOut } = placeLabels(labels, rows);
      expect(placed.length + leftOut).toBe(labels.length);
      for (const a of placed)
        for (const b of placed) {
          if (a === b || a.row !== b.row) continue;
          const span = ({ label: { x, width }, side }: typeof a) =>
            side === 'right' ? [x, x + width] : [x - width, x];
          const [[a0, a1], [b0, b1]] = [span(a), span(b)] as [number[], number[]] as [
            [number, number],
            [number, number],
          ];
          expect(a1 < b0 || b1 < a0).toBe(true);
        }
      const first = labels.toSorted((a, b) => a.rank - b.rank || a.x - b.x)[0];
      if (first) expect(placed.map(({ label: one }) => one)).toContain(first);
    }),
  );
});

test.each<[string, number, number, string[], string]>([
  ['minutes of an afternoon', 0, 10 * 60_000, ['1 Jan', '00:01'], 'UTC, 1970'],
  ['days of two years', Date.UTC(2025, 11, 28), Date.UTC(2026, 0, 5), ['31 Dec', '1 Jan'], 'UTC, 2025–2026'],
  ['months of years', Date.UTC(2024, 0, 1), Date.UTC(2026, 0, 1), ['Apr 2024', 'Jan 2026'], 'UTC'],
  ['centuries', 0, Date.UTC(2400, 0, 1), ['2000'], 'UTC'],
])('the axis of %s has round dates', (_, fromMs, toMs, some, title) => {
  const axis = utcAxis(fromMs, toMs, 12);
  expect(axis.ticks.map(({ text }) => text)).toEqual(expect.arrayContaining(some));
  expect(axis.ticks.length).toBeLessThanOrEqual(14);
  expect(axis.title).toBe(title);
});

test('axes of values are round whatever the range', () => {
  expect(valueAxis(0, 100, 5).ticks.map(({ text }) => text)).toEqual(['0', '20', '40', '60', '80', '100']);
  expect(elapsedAxis(startMs, startMs + 200_000, { originMs: startMs, most: 5 }).ticks[1]).toEqual({
    at: startMs + 50_000,
    text: '50',
  });
  const number = fc.double({ noNaN: true, min: -1e12, max: 1e12 });
  fc.assert(
    fc.property(number, number, (a, b) => {
      const { ticks } = valueAxis(Math.min(a, b), Math.max(a, b), 5);
      expect(ticks.length).toBeLessThanOrEqual(21);
    }),
  );
});

describe('the file of --svg', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-plot-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const source = { file: 'logs/creep.csv', startMs, timeZone: 'UTC', maps: [], header: 'auto' } as const;
  const drawn = (more: Partial<ReplaySource>, dated = false): string[] => {
    const path = join(folder, 'plot.svg');
    const plot = plotFile(path, { source: { ...source, ...more }, site: siteOf(), dated });
    for (let i = 0; i < 10; i += 1) plot.take(stored('e1/displacement', i, startMs + i * 60_000));
    plot.write();
    return readXml(readFileSync(path, 'utf8')).get('text') ?? [];
  };

  test.each<[string, Partial<ReplaySource>, boolean, string]>([
    ['dates are shown in UTC', { time: 'date' }, false, 'UTC, 2026'],
    ['seconds from the start are counted', { time: 'TIME:s' }, false, 'Time in s'],
    ['rows without a time are counted', { everyMs: 60_000 }, false, 'Time in s'],
    ['seconds from a known start are shown in UTC', { time: 'TIME:s' }, true, 'UTC, 2026'],
  ])('%s', (_, more, dated, axis) => {
    expect(drawn(more, dated)).toEqual(expect.arrayContaining(['creep.csv', axis]));
  });

  test('a path that cannot be written is refused before the replay begins', () => {
    const begin = () => plotFile(join(folder, 'nowhere', 'plot.svg'), { source, site: siteOf(), dated: false });
    expect(begin).toThrow(Fault);
    expect(begin).toThrow('--svg');
  });
});
