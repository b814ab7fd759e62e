import { createHash } from 'node:crypto';

/** A challenge of `WWW-Authenticate`: its scheme and its parameters, names in lower case. */
export type Challenge = { scheme: string; parameters: Map<string, string> };

export type Login = { username: string; password: string };

/** What changes from request to request; `count` is how often the nonce was used, this time included. */
export type DigestUse = { method: string; path: string; count: number; cnonce: string };

/** Longest header that is read; cameras send a few hundred characters. */
const headerCharactersMax = 4_096;
/** Hashes of RFC 7616 §3.2 that cameras speak, strongest first; without a name MD5 is meant. */
const hashes = new Map([
  ['sha-256', 'sha256'],
  ['md5', 'md5'],
]);

/** Reads every challenge out of the values of `WWW-Authenticate` (RFC 9110 §11.6.1); what cannot be read is left out. */
export function parseChallenges(values: readonly string[]): Challenge[] {
  const challenges: Challenge[] = [];
  for (const value of values) {
    if (value.length > headerCharactersMax) continue;
    // Either a parameter, or a word that begins the next challenge.
    const words = value.matchAll(/([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g);
    for (const [, word, quoted, plain] of words) {
      const text = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
      if (text === undefined) challenges.push({ scheme: word!.toLowerCase(), parameters: new Map() });
      else challenges.at(-1)?.parameters.set(word!.toLowerCase(), text);
    }
  }
  return challenges;
}

function hashOf({ parameters }: Challenge): { hash: string; isSession: boolean } | undefined {
  const [, name = '', session] = /^(.*?)(-sess)?$/.exec((parameters.get('algorithm') ?? 'md5').toLowerCase()) ?? [];
  const hash = hashes.get(name);
  return hash === undefined ? undefined : { hash, isSession: session !== undefined };
}

/** The challenge to answer: Digest with the strongest hash before Basic; undefined when none of them is spoken here. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const digests = challenges.filter((one) => {
    const qop = one.parameters.get('qop');
    const isSpoken =
      qop === undefined ||
      qop
        .toLowerCase()
        .split(/[\s,]+/)
        .includes('auth');
    return one.scheme === 'digest' && one.parameters.has('nonce') && isSpoken && hashOf(one) !== undefined;
  });
  for (const hash of hashes.values()) {
    const found = digests.find((one) => hashOf(one)?.hash === hash);
    if (found !== undefined) return found;
  }
  return challenges.find(({ scheme }) => scheme === 'basic');
}

/** The value of `Authorization` for a challenge of `chooseChallenge`: Basic (RFC 7617) or Digest (RFC 7616, and RFC 2069 without qop). */
export function answerChallenge(challenge: Challenge, { username, password }: Login, use: DigestUse): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const { parameters } = challenge;
  const { hash, isSession } = hashOf(challenge)!;
  const digest = (text: string) => createHash(hash).update(text).digest('hex');
  const realm = parameters.get('realm') ?? '';
  const nonce = parameters.get('nonce') ?? '';
  const count = use.count.toString(16).padStart(8, '0');
  const own = digest(`${username}:${realm}:${password}`);
  const a1 = isSession ? digest(`${own}:${nonce}:${use.cnonce}`) : own;
  const a2 = digest(`${use.method}:${use.path}`);
  const hasQop = parameters.has('qop');
  const response = digest(hasQop ? `${a1}:${nonce}:${count}:${use.cnonce}:auth:${a2}` : `${a1}:${nonce}:${a2}`);
  const quote = (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
  const fields = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(use.path)}`,
    `response="${response}"`,
  ];
  const algorithm = parameters.get('algorithm');
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  const opaque = parameters.get('opaque');
  if (opaque !== undefined) fields.push(`opaque=${quote(opaque)}`);
  if (hasQop || isSession) fields.push(`cnonce="${use.cnonce}"`);
  if (hasQop) fields.push('qop=auth', `nc=${count}`);
  return `Digest ${fields.join(', ')}`;
}
