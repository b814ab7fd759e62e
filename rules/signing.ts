import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Command, commandText, Fault } from '@tocsin/contracts';

/**
 * Ed25519 over `commandText`: the cloud signs with its private key (PEM, PKCS 8), a site file names the public keys
 * (base64 of SPKI DER) whose commands count. The edge agent and the cloud use the same few lines.
 */
export type SignCommand = (command: Command) => Command;

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

/**
 * A function that is true for commands signed by one of the public keys; throws ARGUMENT_INVALID for a key that is
 * none.
 */
export function commandVerifier(publicKeys: readonly string[]): (command: Command) => boolean {
  const keys = publicKeys.map((text) => {
    const der = { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' } as const;
    return ed25519(() => createPublicKey(der), 'public key for commands');
  });
  return (command) => {
    if (command.signature === undefined) return false;
    const signature = Buffer.from(command.signature, 'base64');
    const text = Buffer.from(commandText(command));
    return keys.some((key) => verify(null, text, key, signature));
  };
}

/** True when one of the public keys signed the command; for many commands keep a `commandVerifier`. */
export function verifyCommand(command: Command, publicKeys: readonly string[]): boolean {
  return commandVerifier(publicKeys)(command);
}
