import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Name } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { writePrivate } from './private-file.ts';

export { commandKey } from './command-keys.ts';
export { writePrivate } from './private-file.ts';

/** A gateway that may connect; only the hash of its token is kept. */
const Gateway = Type.Object({
  site: Name,
  secretSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  enrolledAtMs: Type.Number(),
});
export type Gateway = Static<typeof Gateway>;
const Gateways = Type.Array(Gateway);

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
