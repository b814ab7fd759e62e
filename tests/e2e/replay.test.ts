import { join } from 'node:path';
import { encodeBatch } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { fixtureSite } from './fixture-site.ts';
import { eventually, runProgram, workFolder } from './processes.ts';

type Line = { at: string; kind: string; what?: string; model?: string };
const linesOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

test('a recording replayed offline prints JSON lines only, the same twice; published live it raises the alarm at the gateway', {
  timeout: 60_000,
}, async () => {
  using site = await fixtureSite();
  const values = Array.from({ length: 40 }, (_, i) => (i >= 20 && i < 30 ? 60 : 20));
  const file = site.folder.file('rec.csv', `t,v\n${values.map((v, i) => `${i},${v}`).join('\n')}\n`);
  const words = [
    'replay',
    '--site',
    join(site.folder.path, 'site.yaml'),
    '--time',
    't:s',
    '--map',
    'v=sensor/value',
    file,
  ];
  const [one, two] = [await runProgram(words, site.secrets), await runProgram(words, site.secrets)];
  expect(one).toMatchObject({ code: 0 });
  expect(one.out).toBe(two.out);
  const said = one.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; what?: string; mode?: string });
  expect(said.map(({ kind, what }) => what ?? kind)).toContain('raise');
  expect(
    said.filter(({ kind }) => kind === 'command').every(({ mode }) => mode === 'shadow'),
    'a replay moves nothing',
  ).toBe(true);
  expect(one.err).toContain('40 rows');

  const edge = await site.startEdge();
  try {
    const live = await runProgram([...words, '--live', '--speed', '20'], site.secrets);
    expect(live).toMatchObject({ code: 0 });
    await eventually('the gateway has the alarm on its ledger', async () => {
      const { out } = await runProgram([
        'ledger',
        'show',
        join(site.folder.path, 'edge/journal.sqlite'),
        '--limit',
        '500',
      ]);
      return out.includes('plant/hot/sensor') || undefined;
    });
  } finally {
    await edge.kill('SIGTERM');
  }
});

describe('recorded people without a site file', () => {
  // Somebody at 0.6 m/s starts with the walk and is in the middle of a 10 m crossing when a clearance of 10 s has begun.
  const rows = Array.from({ length: 300 }, (_, i) => `${i},7,${(i / 10) * 0.6 - 1},0.5`);
  const facts = ['from=0,0', 'to=10,0', 'widthM=4'].flatMap((fact) => ['--fact', fact]);
  const at = (s: number) => new Date(Date.UTC(2026, 4, 4, 10) + s * 1000).toISOString();
  const events = [
    [0, 21],
    [7, 22],
    [17, 23],
  ].map(([s, code]) => `${at(s!)},17,${code},2`);

  test('are judged by the crossing pack, and what was made up is said and marked', async () => {
    using folder = workFolder();
    const file = folder.file('tracks.csv', rows.join('\n'));
    const words = ['replay', '--tracks', '1,2,3,4:m', '--fps', '10', ...facts, file];
    const { code, out, err } = await runProgram(words);
    expect(code).toBe(0);
    expect(err).toContain('The signal is made up: walk 7 s, clearance 10 s, every 60 s.');
    const said = linesOf(out);
    expect(said.map(({ kind }) => kind)).toContain('alert');
    for (const line of said) if (line.model !== undefined) expect(line).toMatchObject({ signal: 'made up' });
    expect((await runProgram([...words, '--quiet'])).err).toBe('');
  });

  test('a controller log beside them says when they may cross', async () => {
    using folder = workFolder();
    const file = folder.file('tracks.csv', rows.join('\n'));
    const log = folder.file('log.csv', `TimeStamp,DeviceId,EventId,Parameter\n${events.join('\n')}\n`);
    const words = ['replay', '--tracks', '1,2,3,4:m', '--fps', '10', '--phases', log, ...facts];
    const { code, out, err } = await runProgram([...words, file]);
    expect(code).toBe(0);
    expect(err).toContain('Log: pedestrian phase 2, 1 walk, ');
    expect(err).toContain('As the log times them: --fact clearanceMs=10000 --fact walkMs=7000.');
    const [first] = linesOf(out).filter(({ kind, what }) => kind === 'alert' && what === 'raise');
    expect(Date.parse(first!.at), 'Somebody needs time within the clearance.').toBeLessThan(Date.parse(at(17)));
    for (const line of linesOf(out)) expect(line).not.toHaveProperty('signal');
  });

  test.each<[string, string[], string]>([
    ['a phase without a log', ['--tracks', '1,2,3,4', '--phase', '2', 'FILE'], 'Give --phases FILE.'],
    ['a log alone', ['--phases', 'LOG'], 'shows nobody who does'],
    ['a log that is none', ['--tracks', '1,2,3,4', '--phases', 'FILE', 'FILE'], 'An event log begins with a line'],
    ['columns that are not there', ['--tracks', '1,2,3,9', 'FILE'], 'There is no column "9"'],
    ['a wrong fact', ['--tracks', '1,2,3,4', '--fact', 'width=3', 'FILE'], 'The pack crossing asks for'],
    ['nothing at all', ['--time', '1:s', '--map', '3=a/b:m', 'FILE'], 'Neither --site nor --pack was given.'],
  ])('%s is answered in one line that says what to do', async (_name, words, says) => {
    using folder = workFolder();
    const file = folder.file('tracks.csv', rows.join('\n'));
    const log = folder.file('log.csv', `TimeStamp,DeviceId,EventId,Parameter\n${events.join('\n')}\n`);
    const named = words.map((word) => (word === 'FILE' ? file : word === 'LOG' ? log : word));
    const { code, out, err } = await runProgram(['replay', ...named]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(says);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

test('tocsin decode shows a batch as JSON, and says in one line why another file is none', async () => {
  using site = await fixtureSite();
  const body = encodeBatch({
    site: 'plant',
    epoch: 'e1',
    lane: 'live',
    seq: 7,
    sentAtMs: 1_000,
    series: [{ device: 'd', channel: 'c', unit: 'Cel' }],
    columns: {
      series: Uint8Array.of(0),
      takenAtMs: Float64Array.of(500),
      value: Float64Array.of(21.5),
      quality: Uint8Array.of(1),
    },
    events: [],
  });
  const { writeFileSync } = await import('node:fs');
  const good = join(site.folder.path, 'batch.cbor');
  writeFileSync(good, body);
  const shown = await runProgram(['decode', good]);
  expect(JSON.parse(shown.out)).toMatchObject({
    site: 'plant',
    seq: 7,
    readings: [{ device: 'd', value: 21.5, unit: 'Cel', quality: ['range'] }],
  });
  const bad = await runProgram(['decode', site.folder.file('bad.cbor', 'not a batch')]);
  expect(bad.code).toBe(2);
  expect(bad.err.trim().split('\n')).toHaveLength(1);
});
