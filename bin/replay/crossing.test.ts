import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { afterAll, describe, expect, test } from 'vitest';
import { type CrossingOptions, prepareCrossing } from './crossing.ts';
import { mergedRows } from './merge.ts';
import { replay } from './replay.ts';
import type { ReplaySource } from './rows.ts';
import { readSignalLog } from './signal-log.ts';
import { planChanges, planFor } from './signal-plan.ts';
import { scanTracks } from './track-scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-crossing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const startMs = Date.UTC(2001, 0, 1);
const source = (path: string, more: Partial<ReplaySource> = {}): ReplaySource => ({
  file: path,
  startMs,
  timeZone: 'UTC',
  maps: [],
  header: 'auto',
  tracks: { spec: '1,2,3,4:m', fps: 10 },
  ...more,
});

type Spot = { frame: number; id: number; xM: number; yM: number };

/** People who walk 14 m along x, one every 20 s; the next is 1 m further along y. Every second one comes back the other way. */
function walkers(count: number, speedMps = 1.4): Spot[] {
  const spots: Spot[] = [];
  for (let id = 1; id <= count; id += 1) {
    for (let frame = 0; frame <= (14 / speedMps) * 10; frame += 1) {
      const walked = (frame / 10) * speedMps;
      spots.push({ frame: id * 200 + frame, id, xM: id % 2 === 0 ? 12 - walked : walked - 2, yM: id % 4 });
    }
  }
  return spots;
}
const table = (spots: readonly Spot[], write = ({ frame, id, xM, yM }: Spot) => `${frame} ${id} ${xM} ${yM}`) =>
  spots.map(write).join('\n');

describe('a first look over tracks', () => {
  const spots = walkers(8);

  test('lays the crossing along the way people take, whichever way that is', async () => {
    for (const turnDeg of [0, 30, 90, 135, 260]) {
      const [c, s] = [Math.cos((turnDeg * Math.PI) / 180), Math.sin((turnDeg * Math.PI) / 180)];
      const turned = table(spots, ({ frame, id, xM, yM }) => `${frame} ${id} ${c * xM - s * yM} ${s * xM + c * yM}`);
      const { place } = await scanTracks(source(file('turned.txt', turned)), 'camera');
      const [from, to] = [place!.from, place!.to].map(([x, y]) => [c * x + s * y, c * y - s * x]);
      const ends = [from![0]!, to![0]!].sort((a, b) => a - b);
      expect(ends[0], `turned by ${turnDeg}°`).toBeCloseTo(-0.6, 0);
      expect(ends[1]).toBeCloseTo(10.6, 0);
      expect(Math.abs(from![1]! - to![1]!), 'It runs straight along.').toBeLessThan(0.3);
      expect(place!.widthM).toBeCloseTo(3, 1);
    }
  });

  test('finds pace, rhythm and order', async () => {
    const scan = await scanTracks(source(file('plain.txt', table(spots))), 'camera');
    expect(scan).toMatchObject({ people: 8, isDated: false, isSorted: true, frameMs: 100 });
    expect(scan.paceMps).toBeCloseTo(1.4, 5);
    const byPerson = [...spots.filter(({ id }) => id % 2 === 0), ...spots.filter(({ id }) => id % 2 === 1)];
    expect((await scanTracks(source(file('people.txt', table(byPerson))), 'camera')).isSorted).toBe(false);
    const dated = table(
      spots,
      ({ frame, id, xM, yM }) => `${new Date(startMs + frame * 100).toISOString()},${id},${xM},${yM}`,
    );
    const tracks = { spec: '1,2,3,4' };
    expect(await scanTracks(source(file('dated.csv', dated), { tracks }), 'camera')).toMatchObject({ isDated: true });
  });

  test('says so when rows hold no tracks, or when nobody goes anywhere', async () => {
    await expect(scanTracks(source(file('words.txt', 'a b c d\ne f g h\n')), 'camera')).rejects.toThrow('no row holds');
    const still = table(spots, ({ frame, id }) => `${frame} ${id} 3 4`);
    await expect(prepare(source(file('still.txt', still)))).rejects.toThrow('Nobody in the tracks walks');
  });
});

const day = Date.UTC(2026, 4, 4, 10);
/** Three cycles of 60 s: phase 2 walks 7 s and clears 10 s, phase 4 is green while it waits, phase 6 runs beside it. */
function logText(
  write = (atS: number, event: number, parameter: number) =>
    `${new Date(day + atS * 1000).toISOString()},17,${event},${parameter}`,
) {
  const rows: [number, number, number][] = [];
  for (const atS of [0, 60, 120]) {
    rows.push([atS, 1, 2], [atS, 1, 6], [atS, 11, 4], [atS, 21, 2], [atS + 7, 22, 2], [atS + 17, 23, 2]);
    rows.push(
      [atS + 20, 8, 2],
      [atS + 20, 8, 6],
      [atS + 23, 10, 2],
      [atS + 23, 10, 6],
      [atS + 25, 11, 2],
      [atS + 25, 11, 6],
    );
    rows.push(
      [atS + 25, 1, 4],
      [atS + 50, 8, 4],
      [atS + 53, 9, 4],
      [atS + 53, 10, 4],
      [atS + 30, 43, 4],
      [atS + 31, 82, 9],
    );
  }
  rows.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return `TimeStamp,DeviceId,EventId,Parameter\n${rows.map((row) => write(...row)).join('\n')}\n`;
}
const log = (text: string, more = {}) => readSignalLog({ file: file('log.csv', text), timeZone: 'UTC', ...more });

describe('a controller’s event log', () => {
  test('tells the states of the crossing and chooses the phases it is about', async () => {
    const read = await log(logText());
    expect(read).toMatchObject({ source: { phase: 2, vehiclePhase: 4 }, walks: 3, clearanceMs: 10_000, refused: [] });
    const first = read.changes.filter(({ atMs }) => atMs >= day && atMs < day + 60_000);
    expect(first.map(({ atMs, signal, state }) => [(atMs - day) / 1000, signal, state])).toEqual([
      [0, 'vehicle', 0],
      [0, 'phase', 1],
      [7, 'phase', 2],
      [17, 'phase', 0],
      [25, 'vehicle', 1],
      [50, 'vehicle', 2],
      [53, 'vehicle', 3],
    ]);
  });

  test.each<[string, string]>([
    [
      'columns in another order and other letters',
      logText(
        (atS, event, parameter) => `${parameter};${new Date(day + atS * 1000).toISOString()};${event};17`,
      ).replace('TimeStamp,DeviceId,EventId,Parameter', 'PARAMETER;timestamp;eventid;DEVICEID'),
    ],
    [
      'the names and dates of an older export',
      logText(
        (atS, event, parameter) =>
          `17,5/4/2026 10:0${Math.floor(atS / 60)}:${String(atS % 60).padStart(2, '0')}.000,${event},${parameter}`,
      ).replace('TimeStamp,DeviceId,EventId,Parameter', 'SignalID,Timestamp,EventCode,EventParam'),
    ],
    ['rows in any order', `${logText().split('\n')[0]}\n${logText().trim().split('\n').slice(1).reverse().join('\n')}`],
  ])('says the same with %s', async (_name, text) => {
    expect((await log(text)).changes).toEqual((await log(logText())).changes);
  });

  test.each<[string, string, object, string]>([
    ['another table', 'a,b\n1,2\n', {}, 'An event log begins with a line'],
    ['no walk', logText().replaceAll(',21,', ',99,'), {}, 'no phase ever shows walk'],
    ['a phase that never walks', logText(), { phase: 8 }, 'Phases that do, with how often: 2 (3)'],
    ['vehicles that never move', logText(), { vehiclePhase: 9 }, 'Phases that do: 2, 4, 6'],
    ['several controllers', logText().replace(',17,22,', ',18,22,'), {}, 'Say which with --controller: 17, 18'],
    ['a controller that is not there', logText(), { controller: '5' }, 'the log has 17'],
    ['nothing', '', {}, 'is empty'],
  ])('with %s says what is wrong and what to do', async (_name, text, more, says) => {
    const failure = await log(text, more).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Fault);
    expect(`${(failure as Fault).message} ${(failure as Fault).remedy ?? ''}`).toContain(says);
  });

  test('bad lines cost only themselves and are counted', async () => {
    const read = await log(`${logText()}soon,17,21,2\n2026-05-04T10:05:00Z,17,walk,2\n`);
    expect(read.refused.map(({ why }) => why)).toEqual(['"soon" is no time', 'event or parameter is no number']);
    expect(read.walks).toBe(3);
  });

  test('where no entry is logged, the input of a pre-emption is taken for it', async () => {
    const extra = (code: number, atS: number) => `${new Date(day + atS * 1000).toISOString()},17,${code},1\n`;
    const preempt = async (text: string) =>
      (await log(text)).changes.flatMap(({ atMs, signal, state }) =>
        signal === 'preempt' ? [[(atMs - day) / 1000, state]] : [],
      );
    expect(await preempt(logText() + extra(102, 30) + extra(104, 40))).toEqual([
      [30, 1],
      [40, 0],
    ]);
    expect(await preempt(logText() + extra(102, 30) + extra(105, 33) + extra(104, 40) + extra(111, 44))).toEqual([
      [33, 1],
      [44, 0],
    ]);
  });
});

test('a plan that is made up keeps the least times, however long the crossing', () => {
  for (const lengthM of [3, 12, 28, 60]) {
    const plan = planFor({ lengthM });
    expect(plan.clearanceMs).toBeGreaterThanOrEqual((lengthM / 1.07) * 1000);
    const changes: [number, string, number][] = [];
    for (const { atMs, signal, state } of planChanges(plan, 0)) {
      if (atMs > plan.cycleMs * 2) break;
      changes.push([atMs, signal, state]);
    }
    const times = changes.map(([atMs]) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const at = (signal: string, state: number) =>
      changes.find((change) => change[1] === signal && change[2] === state)![0];
    expect(at('vehicle', 2) - at('vehicle', 1), 'vehicle green').toBeGreaterThanOrEqual(7000);
    expect(at('vehicle', 1) - at('phase', 0), 'steady hand before it').toBe(3000);
  }
});

const prepare = (from: ReplaySource, more: Partial<CrossingOptions> = {}) =>
  prepareCrossing(from, { facts: [], isStartGiven: false, ...more });

async function rowsOf(from: ReplaySource, more: Partial<CrossingOptions> = {}) {
  const prepared = await prepare(from, more);
  const rows: { atMs: number; made?: string; said?: string }[] = [];
  for await (const row of mergedRows(prepared.source, prepared.site)) {
    if ('why' in row) continue;
    const said = row.values.map(({ device, channel, value }) => `${device}/${channel} ${value}`).join();
    rows.push({ atMs: row.atMs, ...(row.made ? { made: row.made } : {}), ...(said ? { said } : {}) });
  }
  return { ...prepared, rows };
}

describe('tracks and signal together', () => {
  const tracks = () => source(file('tracks.txt', table(walkers(8))));

  test('come in the order of time, with a picture for every instant at which nobody was there', async () => {
    const { rows, notes, marks } = await rowsOf(tracks());
    const times = rows.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const pictures = rows.filter(({ made }) => made !== 'signal' && made !== 'again').map(({ atMs }) => atMs);
    const gaps = new Set(pictures.slice(1).map((atMs, i) => Math.round(atMs - pictures[i]!)));
    expect([...gaps], 'The camera never pauses.').toEqual([100]);
    expect(rows[0], 'The walk begins with the first picture.').toMatchObject({ made: 'signal' });
    expect(marks).toEqual({ signal: 'made up' });
    expect(notes.join(' ')).toMatch(/--fact from=.*--fact to=.*--fact widthM=.*The signal is made up: walk 7 s/s);
  });

  test('a file that lists one person after the other says the same as one in the order of time', async () => {
    const byPerson = [...walkers(8)].sort((a, b) => (a.id % 2) - (b.id % 2));
    const names = table(byPerson, ({ frame, id, xM, yM }) => `${frame} ped_${id} ${xM} ${yM}`);
    const { rows } = await rowsOf(source(file('by-person.txt', names)));
    expect(rows).toEqual((await rowsOf(tracks())).rows);
  });

  test('tracks without a date are placed at the first walk of the log, and the reader is told', async () => {
    const path = file('log.csv', logText());
    const { rows, notes, marks, site } = await rowsOf(tracks(), { log: { file: path } });
    expect(rows[1]).toEqual({ atMs: day, made: 'signal', said: 'signal/phase 1' });
    expect(notes.join(' ')).toContain('placed at the first walk of the log, 2026-05-04T10:00:00.000Z');
    expect(marks).toEqual({});
    expect(site.models[0]).toMatchObject({ clearanceMs: 10_000 });
  });

  test('with --start the tracks stay where they were put, and what does not meet is said', async () => {
    const log = { file: file('log.csv', logText()) };
    const { notes } = await rowsOf(tracks(), { log, isStartGiven: true });
    expect(notes.join(' ')).toContain('do not meet in time');
  });

  test('a state that began before the recording is told once, when it began', async () => {
    const log = { file: file('log.csv', logText()) };
    const late = { ...tracks(), startMs: day + 65_000 - 20_000 };
    const { rows } = await rowsOf(late, { log, isStartGiven: true });
    const before = rows.filter(({ made, atMs }) => made === 'signal' && atMs < day + 65_000);
    expect(before.filter(({ said }) => said?.startsWith('signal/phase'))).toEqual([
      { atMs: day + 60_000, made: 'signal', said: 'signal/phase 1' },
    ]);
  });

  test('what the log says holds until it changes, and nobody knows after the log ends', async () => {
    const log = { file: file('short-log.csv', logText().split('\n').slice(0, 19).join('\n')) };
    const { rows } = await rowsOf(tracks(), { log });
    const again = rows.filter(({ made, said }) => made === 'again' && said?.startsWith('signal/phase'));
    const lastEventMs = Math.max(...rows.filter(({ made }) => made === 'signal').map(({ atMs }) => atMs));
    expect(again.length).toBeGreaterThan(1);
    for (const { atMs } of again) expect(atMs).toBeLessThanOrEqual(lastEventMs);
  });

  test('facts that are given are not made up, and a pace that nobody has is told', async () => {
    const facts = ['from=0,1.5', 'to=10,1.5', 'widthM=4', 'clearanceMs=9000'];
    const given = await prepare(tracks(), { facts });
    expect(given.site.models[0]).toMatchObject({ from: [0, 1.5], to: [10, 1.5], widthM: 4, clearanceMs: 9000 });
    expect(given.notes).toHaveLength(1);
    const slow = await prepare(source(file('tracks.txt', table(walkers(8))), { tracks: { spec: '1,2,3,4' } }));
    expect(slow.notes.join(' ')).toContain('look at --fps');
    await expect(prepare(tracks(), { facts: ['from=0,1'] })).rejects.toThrow('was not said');
    await expect(prepare(tracks(), { facts: ['wide=3'] })).rejects.toThrow('no fact "wide"');
  });

  test('the whole of it is decided without a site file, and twice the same', async () => {
    const run = async () => {
      const { source: from, site } = await prepare(source(file('slow.txt', table(walkers(8, 0.7)))));
      const effects: string[] = [];
      const summary = await replay(from, site, {
        effect: (effect) => effect.kind !== 'store' && effects.push(JSON.stringify(effect)),
        refused() {},
      });
      return { effects, summary };
    };
    const [one, two] = [await run(), await run()];
    expect(one).toEqual(two);
    expect(one.effects.length).toBeGreaterThan(0);
    expect(one.summary.emptyFrames).toBe(0);
    expect(one.summary.signals).toBeGreaterThan(3);
  });
});
