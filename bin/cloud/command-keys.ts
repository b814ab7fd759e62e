import { generateKeyPairSync } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, isName, Name } from '@tocsin/contracts';
import { publicKeyOf } from '@tocsin/rules/signing';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { readPrivate, writePrivate } from './private-file.ts';

/**
 * The keys that sign the cloud's commands (Ed25519). One signs; new ones wait until every gateway knows them; a retired one has lost its
 * private half and is only remembered. All are in one file, so that each change is one step.
 */
const Key = Type.Object({
  name: Name,
  state: Type.Union([Type.Literal('signing'), Type.Literal('waiting'), Type.Literal('retired')]),
  madeAtMs: Type.Number(),
  publicKeyBase64: Type.String(),
  privateKeyPem: Type.Optional(Type.String()),
  retiredAtMs: Type.Optional(Type.Number()),
});
export type StoredKey = Static<typeof Key>;
const Keys = Type.Object({ v: Type.Literal(1), keys: Type.Array(Key) });

/** The file of keys, in the data directory of the cloud. */
export const commandKeysFile = (dataDir: string) => join(dataDir, 'command-keys.json');
/** Where the only key was kept before keys could be exchanged; it is taken over. */
const singleKeyFile = (dataDir: string) => join(dataDir, 'command-key.pem');

function write(dataDir: string, keys: readonly StoredKey[]): StoredKey[] {
  writePrivate(commandKeysFile(dataDir), `${JSON.stringify({ v: 1, keys }, null, 2)}\n`);
  return readKeys(dataDir);
}

function readKeys(dataDir: string): StoredKey[] {
  const path = commandKeysFile(dataDir);
  const text = readPrivate(path);
  let keys: StoredKey[];
  try {
    ({ keys } = Value.Parse(Keys, JSON.parse(text)));
  } catch (cause) {
    throw new Fault('FILE_UNREADABLE', `${path} does not hold keys.`, { remedy: 'Restore it from a backup.', cause });
  }
  const signing = keys.filter(({ state, privateKeyPem }) => state === 'signing' && privateKeyPem !== undefined);
  if (signing.length === 1) return keys;
  throw new Fault('FILE_UNREADABLE', `${path} has ${signing.length} keys that sign, not 1.`, {
    remedy: 'Restore it from a backup.',
  });
}

function made(name: string, state: 'signing' | 'waiting', madeAtMs: number): StoredKey {
  const privateKeyPem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { name, state, madeAtMs, publicKeyBase64: publicKeyOf(privateKeyPem), privateKeyPem };
}

/**
 * Every key of a cloud, the oldest first; the first one is made when there is none. Throws SECRET_EXPOSED when others can read the file,
 * FILE_UNREADABLE when it is damaged.
 */
export function listKeys(dataDir: string, nowMs = 0): StoredKey[] {
  if (existsSync(commandKeysFile(dataDir))) return readKeys(dataDir);
  const single = singleKeyFile(dataDir);
  if (!existsSync(single)) return write(dataDir, [made('key-1', 'signing', nowMs)]);
  const privateKeyPem = readPrivate(single);
  const publicKeyBase64 = publicKeyOf(privateKeyPem);
  const keys = write(dataDir, [{ name: 'key-1', state: 'signing', madeAtMs: nowMs, publicKeyBase64, privateKeyPem }]);
  rmSync(single);
  return keys;
}

/** The key that signs the cloud's commands now, made on first use; and its public half for site files. */
export function commandKey(dataDir: string): { name: string; privateKeyPem: string; publicKeyBase64: string } {
  const { name, privateKeyPem, publicKeyBase64 } = listKeys(dataDir).find(({ state }) => state === 'signing')!;
  return { name, privateKeyPem: privateKeyPem!, publicKeyBase64 };
}

/** Makes a key that waits: gateways must know it before it signs. Throws ARGUMENT_INVALID for a name that is taken or none. */
export function addKey(dataDir: string, name: string | undefined, nowMs: number): StoredKey {
  const keys = listKeys(dataDir, nowMs);
  const chosen = name ?? `key-${keys.length + 1}`;
  if (!isName(chosen))
    throw new Fault('ARGUMENT_INVALID', `"${chosen}" is no name.`, {
      remedy: 'Use letters, digits, dot, underscore, hyphen.',
    });
  if (keys.some((key) => key.name === chosen))
    throw new Fault('ARGUMENT_INVALID', `There is a key ${chosen} already.`, { remedy: 'Choose another name.' });
  const key = made(chosen, 'waiting', nowMs);
  write(dataDir, [...keys, key]);
  return key;
}

function known(keys: readonly StoredKey[], name: string): StoredKey {
  const key = keys.find((one) => one.name === name);
  if (key !== undefined) return key;
  throw new Fault('ARGUMENT_INVALID', `There is no key ${name}.`, { remedy: 'See: tocsin key list' });
}

/** Lets a key sign from now on; the one that signed before waits, for the case that it has to be taken back. */
export function useKey(dataDir: string, name: string): StoredKey {
  const keys = listKeys(dataDir);
  const key = known(keys, name);
  if (key.state === 'retired')
    throw new Fault('ARGUMENT_INVALID', `${name} is retired.`, { remedy: 'Make a new one.' });
  const state = (one: StoredKey) => (one.name === name ? 'signing' : one.state === 'signing' ? 'waiting' : one.state);
  write(
    dataDir,
    keys.map((one) => ({ ...one, state: state(one) })),
  );
  return { ...key, state: 'signing' };
}

/** Forgets the private half of a key for ever; the key that signs cannot be retired. */
export function retireKey(dataDir: string, name: string, nowMs: number): StoredKey {
  const keys = listKeys(dataDir);
  const key = known(keys, name);
  if (key.state === 'signing')
    throw new Fault('ARGUMENT_INVALID', `${name} signs now.`, {
      remedy: 'First let another one sign: tocsin key use NAME',
    });
  const { privateKeyPem: _gone, ...rest } = key;
  const retired: StoredKey = { ...rest, state: 'retired', retiredAtMs: key.retiredAtMs ?? nowMs };
  write(
    dataDir,
    keys.map((one) => (one === key ? retired : one)),
  );
  return retired;
}

/** What belongs in the `cloud` part of every site file: the keys that sign or will sign, under their names. */
export function siteFileKeys(keys: readonly StoredKey[], indent = '    '): string {
  const lines = keys
    .filter(({ state }) => state !== 'retired')
    .map(({ name, publicKeyBase64 }) => `${indent}  - { name: ${name}, key: ${publicKeyBase64} }`);
  return [`${indent}commandKeys:`, ...lines].join('\n');
}
