import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Name } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

/** A gateway that may connect; only the hash of its token is kept. */
const Gateway = Type.Object({
  site: Name,
  secretSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  enrolledAtMs: Type.Number(),
});
export type Gateway = Static<typeof Gateway>;
const Gateways = Type.Array(Gateway);

/** Writes a file that only its owner can read, in one step, so that a crash leaves the old or the new one. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** The file of enrolled gateways. */
export const gatewaysFile = (dataDir: string) => join(dataDir, 'gateways.json');

/** The gateways enrolled so far; a damaged file is an error, never an empty list. */
export function readGateways(dataDir: string): Gateway[] {
  const path = gatewaysFile(dataDir);
  return existsSync(path) ? Value.Parse(Gateways, JSON.parse(readFileSync(path, 'utf8'))) : [];
}

/** SHA-256 in hex; tokens are 256 random bits, so a slow hash would add nothing. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Gives a site a new token (replacing an older one) and answers it; it is shown once and stored only as a hash. */
export function enrollGateway(
  dataDir: string,
  site: string,
  atMs: number,
  token = randomBytes(32).toString('base64url'),
): string {
  const others = readGateways(dataDir).filter((gateway) => gateway.site !== site);
  writePrivate(
    gatewaysFile(dataDir),
    JSON.stringify([...others, { site, secretSha256: sha256Hex(token), enrolledAtMs: atMs }], null, 2),
  );
  return token;
}

/** The key that signs the cloud's commands (Ed25519, PEM, mode 0600), made on first use; and its public half for site files. */
export function commandKey(dataDir: string): { privateKeyPem: string; publicKeyBase64: string } {
  const path = join(dataDir, 'command-key.pem');
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writePrivate(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const privateKeyPem = readFileSync(path, 'utf8');
  const publicKey = createPublicKey(createPrivateKey(privateKeyPem));
  return { privateKeyPem, publicKeyBase64: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') };
}
