import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import Compile from 'typebox/compile';
import { afterAll, expect, test } from 'vitest';
import mistakes from './cases/mistakes.json' with { type: 'json' };
import { generated } from './generated.ts';
import { checkSite, formatProblems, loadSite, type Problem, readSecret, siteFileSchema } from './load.ts';

const docs = readFileSync(new URL('../../docs/site-file.md', import.meta.url), 'utf8');
/** The worked example of the manual is the good file that every mistake below is made in. */
const example = /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';
const schema = Compile(siteFileSchema());
const folder = mkdtempSync(join(tmpdir(), 'site-'));
afterAll(() => rmSync(folder, { recursive: true }));

const say = ({ line, column, message, remedy }: Problem) =>
  `${line}:${column} ${message}${remedy ? ` → ${remedy}` : ''}`;
const problemsOf = (text: string) => {
  const loaded = checkSite(text, 'site.yaml', '');
  return loaded.ok ? [] : loaded.problems;
};

test('the worked example of the manual is good, without a warning, and complete', () => {
  const loaded = checkSite(example, 'site.yaml', 'hash');
  expect(loaded.ok ? loaded.warnings : loaded.problems.map(say)).toEqual([]);
  if (!loaded.ok) return;
  const { configHash, ...site } = loaded.site;
  expect(configHash).toBe('hash');
  expect(schema.Check(site)).toBe(true);
  expect(site.journal).toEqual({ commitEveryMs: 100, bytesMax: 1_000_000_000 });
  expect(site.devices[0]).toMatchObject({
    latenessMs: 60_000,
    clockSkewMs: 300_000,
    channels: [{ spike: { mad: 5, floor: 2 } }],
  });
  expect(site.actuators[0]).toMatchObject({ irreversible: [], interlocks: [], readBackWithinMs: 2000 });
  expect(site.responses[0]).toMatchObject({ hold: 'whileActive' });
});

test('the sites of the demonstration town are good, without a warning', () => {
  const sites = fileURLToPath(new URL('../../simulators/town/sites/', import.meta.url));
  const files = readdirSync(sites).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const loaded = loadSite(join(sites, name));
    expect(loaded.ok ? loaded.warnings : loaded.problems.map(say), name).toEqual([]);
  }
});

type Mistake = { title: string; change: string[]; says: string[] };
for (const { title, change, says } of mistakes as Mistake[]) {
  test(`a mistake is named with line and remedy: ${title}`, () => {
    const [from = '', to = ''] = change;
    expect(example).toContain(from);
    expect(problemsOf(example.replace(from, () => to)).map(say)).toEqual(says);
  });
}

test('all mistakes are told at once, in the order of the file', () => {
  let text = example;
  const single = (mistakes as Mistake[]).filter(
    ({ says, change }) => says.length === 1 && !change[1]?.includes('\n') && !says[0]?.includes('Plain'),
  );
  for (const { change } of single) text = text.replace(change[0] ?? '', () => change[1] ?? '');
  const problems = problemsOf(text);
  expect(problems.length).toBeGreaterThan(15);
  expect(problems.map(({ line }) => line)).toEqual([...problems.map(({ line }) => line)].sort((a, b) => a - b));
});

test('a secret never reaches a message', () => {
  const text = example.replaceAll(/\{ env: \w+ \}/g, 'hunter2').replace('mqtts://', 'mqtts://me:hunter2@');
  const problems = problemsOf(text);
  expect(problems.length).toBeGreaterThan(4);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

test('a device that no user may speak for is a warning', () => {
  const loaded = checkSite(example.replace('publish: [field/ext-1/state]', 'publish: [field/ext-1]'), 'site.yaml', '');
  expect(loaded.ok && loaded.warnings.map(say)).toEqual([
    '23:12 No user of the broker may publish on “field/ext-1/state”, so ext-1 can never be heard.' +
      ' → Add the topic to publish of its user.',
  ]);
});

test('problems are printed one per line, as editors and terminals understand them', () => {
  const problem = { file: 'a.yaml', line: 3, column: 7, path: '/x', message: 'It is wrong.', remedy: 'Mend it.' };
  expect(formatProblems([problem, { ...problem, line: 4, remedy: '' }])).toBe(
    'a.yaml:3:7  It is wrong.  → Mend it.\na.yaml:4:7  It is wrong.',
  );
});

test('files that are no site files are refused in bounded time', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(8)}]`),
  ].join('\n');
  const texts = [
    '',
    'hello',
    '[]',
    '{',
    bomb,
    '['.repeat(100_000),
    '{a: '.repeat(20_000),
    '\u0000',
    'x: *y',
    '- '.repeat(5_000),
  ];
  for (const text of texts) expect(problemsOf(text).length, text.slice(0, 20)).toBeGreaterThan(0);
});

test('a file that is missing, a folder, too large or not text is refused with its name', () => {
  const large = join(folder, 'large.yaml');
  writeFileSync(large, 'x'.repeat(1_048_577));
  const binary = join(folder, 'binary.yaml');
  writeFileSync(binary, Uint8Array.of(0x73, 0xff, 0xfe));
  for (const path of [join(folder, 'none.yaml'), folder, large, binary]) {
    expect(loadSite(path)).toMatchObject({ ok: false, problems: [{ file: path, line: 1, column: 1 }] });
  }
});

test('the hash of a site is that of the bytes of its file, and paths start at its folder', () => {
  const path = join(folder, 'site.yaml');
  writeFileSync(path, example);
  const loaded = loadSite(path);
  expect(loaded).toMatchObject({ ok: true, site: { dataDir: join(folder, 'data') } });
  expect(loaded.ok && loaded.site.configHash).toMatch(/^[0-9a-f]{64}$/);
});

test('a secret file is read without its line end, and refused while others may read it', () => {
  const secret = join(folder, 'cloud.key');
  writeFileSync(secret, 's3cret\n', { mode: 0o600 });
  const path = join(folder, 'with-secret.yaml');
  writeFileSync(path, example.replace('{ env: CLOUD_PASSWORD }', '{ file: cloud.key }'));
  const loaded = loadSite(path);
  expect(loaded.ok && loaded.site.cloud && readSecret(loaded.site.cloud.password, {})).toBe('s3cret');
  chmodSync(secret, 0o644);
  expect(loadSite(path)).toMatchObject({
    ok: false,
    problems: [{ line: 17, message: expect.stringContaining('0644') }],
  });
  expect(() => readSecret({ file: secret }, {})).toThrow(/chmod 600/);
  rmSync(secret);
  expect(loadSite(path)).toMatchObject({
    ok: true,
    warnings: [{ line: 17, message: expect.stringContaining('no secret file') }],
  });
});

test('secrets and certificates of actuators count from the site file and are looked at', () => {
  const text = readFileSync(new URL('../../docs/examples/actuators/http-siren.yaml', import.meta.url), 'utf8');
  const path = join(folder, 'siren.yaml');
  writeFileSync(path, text);
  const absent = loadSite(path);
  expect(absent.ok && absent.site.actuators[0]).toMatchObject({
    http: { caFile: join(folder, 'siren.pem'), password: { file: join(folder, 'siren.secret') } },
  });
  expect(absent.ok && absent.warnings).toHaveLength(2);
  writeFileSync(join(folder, 'siren.secret'), 's3cret\n', { mode: 0o644 });
  expect(loadSite(path)).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('0644') }] });
  rmSync(join(folder, 'siren.secret'));
  rmSync(path);
});

test('a secret of the environment must be set', () => {
  expect(readSecret({ env: 'KEY' }, { KEY: 'x' })).toBe('x');
  expect(() => readSecret({ env: 'KEY' }, { KEY: '' })).toThrow(/KEY is not set/);
});

test('random changes of a good file never throw, and what is accepted fits the published schema', () => {
  const lines = example.split('\n');
  let good = 0;
  let bad = 0;
  const junk = fc.constantFrom(
    '',
    '-1',
    'null',
    '~',
    '[]',
    '{}',
    "'x'",
    '1e999',
    '.inf',
    'true',
    '*a',
    '&a',
    '!!x',
    ':',
    '- -',
    '%',
    '\t',
    '{{',
    '"',
    '__proto__: 1',
    '<<: 1',
    '999999999999',
    'ext-1/displacement',
  );
  const change = fc.record({
    line: fc.nat(lines.length - 1),
    kind: fc.constantFrom('drop', 'double', 'value', 'swap', 'cut'),
    other: fc.nat(lines.length - 1),
    junk,
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = [...lines];
      for (const { line, kind, other, junk } of changes) {
        if (kind === 'drop') text[line] = '';
        else if (kind === 'double') text.splice(line, 0, text[other] ?? '');
        else if (kind === 'value') text[line] = (text[line] ?? '').replace(/:\s.*$/, () => `: ${junk}`);
        else if (kind === 'swap') [text[line], text[other]] = [text[other] ?? '', text[line] ?? ''];
        else text.splice(line);
      }
      const loaded = checkSite(text.join('\n'), 'site.yaml', '');
      if (loaded.ok) {
        good += 1;
        const { configHash: _, ...site } = loaded.site;
        expect(schema.Errors(site)).toEqual([]);
      } else {
        bad += 1;
        for (const { line, column, message } of loaded.problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).toMatch(/[.!?]$/);
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(Math.min(good, bad), 'The run must do enough to mean something.').toBeGreaterThan(5);
});

test('what is made from schemas is fresh (node edge-agent/site/write-docs.ts makes it so)', () => {
  for (const { path, present, wanted } of generated()) expect(present === wanted && wanted !== '', path).toBe(true);
});
