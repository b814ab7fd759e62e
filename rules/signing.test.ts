import { generateKeyPairSync } from 'node:crypto';
import type { Command } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { commandSigner, publicKeyOf, verifyCommand } from './signing.ts';

const pemOf = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }) =>
  key.export({ format: 'pem', type: 'pkcs8' }).toString();
const privateKeyPem = pemOf(generateKeyPairSync('ed25519').privateKey);
const publicKey = publicKeyOf(privateKeyPem);

const command: Command = {
  v: 1,
  id: 'c-1',
  site: 'hill',
  device: 'relay-1',
  action: 'on',
  value: 1,
  alert: 'hill/creep/slope',
  leaseMs: 5000,
  notBeforeMs: 1000,
  expiresAtMs: 2000,
  issuer: 'dispatcher',
  reason: 'test',
  mode: 'live',
};

test('a signed command is believed by who knows the key and by nobody else', () => {
  const signed = commandSigner(privateKeyPem)(command);
  const other = publicKeyOf(pemOf(generateKeyPairSync('ed25519').privateKey));
  expect(verifyCommand(signed, [other, publicKey])).toBe(true);
  expect(verifyCommand(signed, [other])).toBe(false);
  expect(verifyCommand(signed, [])).toBe(false);
  expect(verifyCommand(command, [publicKey])).toBe(false);
});

test('no field of a signed command can be changed, added or taken away', () => {
  const signed = commandSigner(privateKeyPem)(command);
  for (const field of Object.keys(command) as (keyof Command)[]) {
    const { [field]: value, ...rest } = signed;
    expect(
      verifyCommand({ ...signed, [field]: typeof value === 'number' ? value + 1 : `${value}x` }, [publicKey]),
    ).toBe(false);
    expect(verifyCommand(rest as Command, [publicKey]), `without ${field}`).toBe(false);
  }
  expect(verifyCommand({ ...signed, signature: 'AAAA' }, [publicKey])).toBe(false);
});

test('a key of another kind is refused when it is loaded, not when it is needed', () => {
  const rsa = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  expect(() => commandSigner(rsa)).toThrow('not ed25519');
  expect(() => verifyCommand(command, ['nonsense'])).toThrow('cannot be read');
});
