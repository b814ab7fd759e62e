import { generateKeyPairSync } from 'node:crypto';
import type { Command } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandSigner, commandVerifier, keyFingerprint, publicKeyOf, verifyCommand } from './signing.ts';

const pemOf = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }) =>
  key.export({ format: 'pem', type: 'pkcs8' }).toString();
const privateKeyPem = pemOf(generateKeyPairSync('ed25519').privateKey);
const publicKey = publicKeyOf(privateKeyPem);

const command: Command = {
  v: 1,
  id: 'c-1',
  number: 7,
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

const anyCommand: fc.Arbitrary<Command> = fc.record(
  {
    v: fc.constant(1 as const),
    id: fc.stringMatching(/^[A-Za-z0-9._-]{1,96}$/),
    number: fc.integer({ min: 1 }),
    site: fc.stringMatching(/^[a-z]{1,8}$/),
    device: fc.stringMatching(/^[a-z]{1,8}$/),
    action: fc.stringMatching(/^[a-z]{1,8}$/),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    alert: fc.string({ maxLength: 40 }),
    leaseMs: fc.integer({ min: 100, max: 86_400_000 }),
    notBeforeMs: fc.integer({ min: 0 }),
    expiresAtMs: fc.integer({ min: 0 }),
    issuer: fc.string({ maxLength: 40, unit: 'binary' }),
    reason: fc.string({ maxLength: 40, unit: 'binary' }),
    mode: fc.constantFrom('live' as const, 'shadow' as const, 'exercise' as const),
  },
  {
    requiredKeys: ['v', 'id', 'site', 'device', 'action', 'notBeforeMs', 'expiresAtMs', 'issuer', 'reason', 'mode'],
  },
);

test('two commands that differ in any field never have the same signed text', () => {
  const sign = commandSigner(privateKeyPem);
  const fields = Object.keys(command) as (keyof Command)[];
  fc.assert(
    fc.property(anyCommand, anyCommand, fc.constantFrom(...fields), (one, other, field) => {
      const signed = sign(one);
      expect(verifyCommand(signed, [publicKey])).toBe(true);
      const changed = { ...signed, [field]: other[field] };
      if (other[field] === undefined) delete changed[field];
      expect(verifyCommand(changed as Command, [publicKey])).toBe(
        JSON.stringify(one[field]) === JSON.stringify(other[field]),
      );
    }),
    { numRuns: 300 },
  );
});

test('a signature counts in one spelling only', () => {
  const signed = commandSigner(privateKeyPem)(command);
  const text = signed.signature!;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const sibling = alphabet[alphabet.indexOf(text.at(-3)!) + 1]!;
  const spellings = [
    text.replace(/=+$/, ''),
    `${text}=`,
    ` ${text}`,
    `${text.slice(0, -3)}${sibling}==`,
    `${text.slice(0, 40)}\n${text.slice(40)}`,
    `${text}AAAA`,
    '',
  ];
  for (const signature of spellings) {
    expect(Buffer.from(signature, 'base64').subarray(0, 60), 'The spelling must be one that is decoded.').toEqual(
      Buffer.from(signature === '' ? '' : text, 'base64').subarray(0, 60),
    );
    expect(verifyCommand({ ...signed, signature }, [publicKey]), signature).toBe(false);
  }
});

test('while keys overlap each of them counts, and out of its time a key is refused under its name', () => {
  const nextPem = pemOf(generateKeyPairSync('ed25519').privateKey);
  const until = '2026-03-01T00:00:00Z';
  const from = '2026-02-01T01:00:00+01:00';
  const verify = commandVerifier([
    { key: publicKey, name: 'winter', until },
    { key: publicKeyOf(nextPem), name: 'spring', from },
  ]);
  const [winter, spring] = [commandSigner(privateKeyPem)(command), commandSigner(nextPem)(command)];
  const [fromMs, untilMs] = [Date.parse(from), Date.parse(until)];
  expect(verify(winter, fromMs - 1)).toEqual({ ok: true, key: 'winter' });
  expect(verify(spring, fromMs - 1)).toEqual({ ok: false, why: 'early', key: 'spring' });
  for (const atMs of [fromMs, untilMs - 1])
    expect([verify(winter, atMs), verify(spring, atMs)]).toEqual([
      { ok: true, key: 'winter' },
      { ok: true, key: 'spring' },
    ]);
  expect(verify(winter, untilMs)).toEqual({ ok: false, why: 'over', key: 'winter' });
  expect(verify(spring, untilMs)).toEqual({ ok: true, key: 'spring' });
  expect(commandVerifier([publicKey])(winter, 0)).toEqual({ ok: true, key: keyFingerprint(publicKey) });
});

test('a key that stands twice counts in either of its times', () => {
  const verify = commandVerifier([
    { key: publicKey, name: 'old', until: '2026-01-01T00:00:00Z' },
    { key: publicKey, name: 'again', from: '2026-06-01T00:00:00Z' },
  ]);
  const signed = commandSigner(privateKeyPem)(command);
  expect(verify(signed, Date.parse('2025-12-31'))).toEqual({ ok: true, key: 'old' });
  expect(verify(signed, Date.parse('2026-06-02'))).toEqual({ ok: true, key: 'again' });
  expect(verify(signed, Date.parse('2026-03-01'))).toMatchObject({ ok: false });
});
