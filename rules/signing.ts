import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Command, commandText, Fault } from '@tocsin/contracts';

/**
 * Ed25519 over `commandText`: the cloud signs with its private key (PEM, PKCS 8), a site file names the public keys
 * (base64 of SPKI DER) whose commands count. The edge agent and the cloud use the same few lines.
 */
export type SignCommand = (command: Command) => Command;

/** A public key whose commands count, from an instant and until another one (ISO 8601), under a name that people know. */
export type CommandKey = { key: string; name?: string; from?: string; until?: string };

/** Whose signature a command carries, or why it counts for nothing: `early` and `over` are authentic, out of the time of their key. */
export type SignatureVerdict =
  | { ok: true; key: string }
  | { ok: false; why: 'unsigned' | 'altered' }
  | { ok: false; why: 'early' | 'over'; key: string };

/** Length of an Ed25519 signature (RFC 8032). */
const signatureBytes = 64;

function ed25519(load: () => KeyObject, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = load();
  } catch (cause) {
    throw new Fault('ARGUMENT_INVALID', `The ${what} cannot be read.`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Fault('ARGUMENT_INVALID', `The ${what} is ${key.asymmetricKeyType}, not ed25519.`);
}

/** A function that signs commands with a private key; throws ARGUMENT_INVALID when the key is not an Ed25519 key. */
export function commandSigner(privateKeyPem: string): SignCommand {
  const key = ed25519(() => createPrivateKey(privateKeyPem), 'private key for commands');
  return (command) => ({
    ...command,
    signature: sign(null, Buffer.from(commandText(command)), key).toString('base64'),
  });
}

/** The public half of a private key as a site file names it: base64 of SPKI DER. */
export function publicKeyOf(privateKeyPem: string): string {
  const key = ed25519(() => createPrivateKey(privateKeyPem), 'private key for commands');
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** A name for a key that has none: the first 40 bits of its SHA-256, in hex. */
export function keyFingerprint(publicKeyBase64: string): string {
  return createHash('sha256').update(Buffer.from(publicKeyBase64, 'base64')).digest('hex').slice(0, 10);
}

function opened(given: string | CommandKey) {
  const { key: text, name, from, until } = typeof given === 'string' ? { key: given } : given;
  const der = { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' } as const;
  return {
    key: ed25519(() => createPublicKey(der), 'public key for commands'),
    name: name ?? keyFingerprint(text),
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from),
    untilMs: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  };
}

/** The bytes of a signature, or undefined when it is not exactly what the cloud writes: base64 has several spellings of the same bytes. */
function signatureOf({ signature }: Command): Buffer | undefined {
  const bytes = Buffer.from(signature ?? '', 'base64');
  return bytes.length === signatureBytes && bytes.toString('base64') === signature ? bytes : undefined;
}

/**
 * Makes a function that tells which of the public keys signed a command; `atMs` is when it came, and a key counts from its `from` until
 * just before its `until`. Throws ARGUMENT_INVALID for a key that is none.
 */
export function commandVerifier(
  publicKeys: readonly (string | CommandKey)[],
): (command: Command, atMs: number) => SignatureVerdict {
  const keys = publicKeys.map(opened);
  return (command, atMs) => {
    if (command.signature === undefined) return { ok: false, why: 'unsigned' };
    const signature = signatureOf(command);
    if (signature === undefined) return { ok: false, why: 'altered' };
    const text = Buffer.from(commandText(command));
    let out: SignatureVerdict = { ok: false, why: 'altered' };
    for (const { key, name, fromMs, untilMs } of keys) {
      if (!verify(null, text, key, signature)) continue;
      // One key may stand twice with different times, as after a rotation that was taken back.
      if (atMs >= fromMs && atMs < untilMs) return { ok: true, key: name };
      out = { ok: false, why: atMs < fromMs ? 'early' : 'over', key: name };
    }
    return out;
  };
}

/** True when one of the public keys signed the command, whatever its time; for many commands keep a `commandVerifier`. */
export function verifyCommand(command: Command, publicKeys: readonly string[]): boolean {
  return commandVerifier(publicKeys)(command, 0).ok;
}
