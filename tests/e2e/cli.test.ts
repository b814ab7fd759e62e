import { expect, test } from 'vitest';
import { commands } from '../../bin/commands/index.ts';
import { runProgram, workFolder } from './processes.ts';

test.each(commands.map(({ name }) => name))('tocsin %s --help explains itself with an example', async (name) => {
  const { code, out } = await runProgram([name, '--help']);
  expect(code).toBe(0);
  for (const part of ['Usage: tocsin', 'Options:', 'Example:', 'Exit status: 0 done, 1 failed, 2 bad input.'])
    expect(out).toContain(part);
});

test('an unknown command and an unknown option are bad input with a pointer', async () => {
  const command = await runProgram(['replai']);
  expect(command).toMatchObject({ code: 2 });
  expect(command.err).toContain('Did you mean "replay"?');
  const option = await runProgram(['check', '--frobnicate']);
  expect(option).toMatchObject({ code: 2 });
  expect(option.err).toContain('tocsin check --help');
});

test('a wrong site file is answered with every mistake at once, with line and remedy', async () => {
  using folder = workFolder();
  const file = folder.file(
    'site.yaml',
    'site: "bad name"\nname: X\ndevices:\n  - id: d1\n    format: jsonpath\n    topic: t\n    intervalMs: 1000\n',
  );
  const { code, err } = await runProgram(['check', file]);
  expect(code).toBe(2);
  expect(err).toMatch(/site\.yaml:1:/);
  expect(err).toMatch(/site\.yaml:5:/);
  expect(err).toContain('json-path');
});

test('a missing file is bad input, in one line without a stack', async () => {
  for (const words of [
    ['check', 'nowhere.yaml'],
    ['decode', 'nowhere.cbor'],
    ['edge', 'nowhere.yaml'],
    ['ledger', 'verify', 'nowhere.sqlite'],
  ]) {
    const { code, err } = await runProgram(words);
    expect(code, words.join(' ')).toBe(2);
    expect(err.trim().split('\n').length, err).toBe(1);
  }
});
