import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, silentLogger, systemClock } from '@tocsin/contracts';
import { commandSigner, commandVerifier } from '@tocsin/rules/signing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { key } from '../commands/key.ts';
import { startCloud } from './cloud.ts';
import { addKey, commandKey, commandKeysFile, listKeys, retireKey, siteFileKeys, useKey } from './command-keys.ts';
import { loadCloudFile } from './config.ts';
import { writePrivate } from './private-file.ts';
import { openStateLedger } from './state-ledger.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const states = () => listKeys(dir).map(({ name, state }) => `${name} ${state}`);

const command: Command = {
  ...{ v: 1, id: 'c', number: 1, site: 'hill', device: 'siren', action: 'on', issuer: 'Ada', reason: 'test' },
  ...{ notBeforeMs: 0, expiresAtMs: 1, mode: 'live' },
};

test('the first key is made on first use, and its file is its owner’s alone', () => {
  const made = commandKey(dir);
  expect(commandKey(dir)).toEqual(made);
  expect(statSync(commandKeysFile(dir)).mode & 0o777).toBe(0o600);
});

test('a key from before keys could be exchanged is taken over and not left lying about', () => {
  const old = commandKey(dir);
  rmSync(commandKeysFile(dir));
  writePrivate(join(dir, 'command-key.pem'), old.privateKeyPem);
  expect(commandKey(dir).publicKeyBase64).toBe(old.publicKeyBase64);
  expect(existsSync(join(dir, 'command-key.pem'))).toBe(false);
});

test('a new key waits until it is told to sign, and site files accept both in the meantime', () => {
  const before = commandKey(dir);
  addKey(dir, 'spring', 5);
  expect(states()).toEqual(['key-1 signing', 'spring waiting']);
  expect(commandKey(dir)).toEqual(before);
  const { commandKeys } = parse(siteFileKeys(listKeys(dir))) as { commandKeys: { name: string; key: string }[] };
  const verify = commandVerifier(commandKeys);
  const sign = () => commandSigner(commandKey(dir).privateKeyPem)(command);
  expect(verify(sign(), 0)).toEqual({ ok: true, key: 'key-1' });
  useKey(dir, 'spring');
  expect(verify(sign(), 0)).toEqual({ ok: true, key: 'spring' });
  expect(states()).toEqual(['key-1 waiting', 'spring signing']);
});

test('a retired key has no private half any more and never signs again', () => {
  const { privateKeyPem } = commandKey(dir);
  expect(() => retireKey(dir, 'key-1', 9)).toThrow('signs now');
  addKey(dir, undefined, 5);
  useKey(dir, 'key-2');
  retireKey(dir, 'key-1', 9);
  expect(states()).toEqual(['key-1 retired', 'key-2 signing']);
  const secret = privateKeyPem.split('\n')[1]!;
  expect(readFileSync(commandKeysFile(dir), 'utf8')).not.toContain(secret);
  expect(siteFileKeys(listKeys(dir))).not.toContain('key-1');
  expect(() => useKey(dir, 'key-1')).toThrow('is retired');
  expect(() => addKey(dir, 'key-1', 9)).toThrow('already');
});

test.each([
  ['a name that is none', () => addKey(dir, 'two words', 0)],
  ['a key that is not there', () => useKey(dir, 'nobody')],
  ['a key that is not there', () => retireKey(dir, 'nobody', 0)],
])('%s is refused and changes nothing', (_what, act) => {
  listKeys(dir);
  const before = readFileSync(commandKeysFile(dir), 'utf8');
  expect(act).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  expect(readFileSync(commandKeysFile(dir), 'utf8')).toBe(before);
});

test.each(['{', '{"v":1,"keys":[]}', '{"v":2,"keys":[]}'])(
  'a damaged file (%s) is said, never replaced by a new key',
  (text) => {
    writePrivate(commandKeysFile(dir), text);
    expect(() => commandKey(dir)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
    expect(readFileSync(commandKeysFile(dir), 'utf8')).toBe(text);
  },
);

test.each([0o640, 0o604, 0o620, 0o601])(
  'the cloud does not start while others have rights (%o) on its keys',
  async (mode) => {
    const config = { ...loadCloudFile(undefined, dir), dataDir: dir };
    commandKey(dir);
    chmodSync(commandKeysFile(dir), mode);
    const start = startCloud({ config, clock: systemClock, logger: silentLogger });
    await expect(start).rejects.toMatchObject({ code: 'SECRET_EXPOSED', remedy: expect.stringContaining('chmod 600') });
    expect(existsSync(join(dir, 'log.sqlite')), 'Nothing was opened.').toBe(false);
  },
);

test('the command line makes, uses and retires keys, says what belongs in site files, and the ledger has every step', async () => {
  writeFileSync(join(dir, 'cloud.yaml'), 'dataDir: .\n');
  const said: string[] = [];
  const io = { out: (text: string) => said.push(text), err() {}, terminal: false, env: {}, cwd: dir };
  const run = (...args: string[]) => key.run({ args, options: { cloud: join(dir, 'cloud.yaml') }, io });
  for (const words of [['new', 'spring'], ['use', 'spring'], ['retire', 'key-1'], ['list']])
    expect(await run(...words)).toBe(0);
  expect(said[0]).toContain('tocsin key use spring');
  expect(said[0]).toContain(siteFileKeys(listKeys(dir)).split('\n')[1]);
  expect(said.join('')).not.toContain('PRIVATE');
  await expect(run('retire', 'spring')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  await expect(run('use')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  const ledger = openStateLedger(dir);
  const acts = ledger.entries(0, 99).map(({ kind, body }) => [kind, JSON.parse(body)]);
  ledger.close();
  expect(acts).toEqual([
    ['security', { act: 'key.new', key: 'spring' }],
    ['security', { act: 'key.use', key: 'spring' }],
    ['security', { act: 'key.retire', key: 'key-1' }],
  ]);
});
