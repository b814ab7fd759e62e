import { join } from 'node:path';
import { encodeBatch } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { fixtureSite } from './fixture-site.ts';
import { eventually, runProgram } from './processes.ts';

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
