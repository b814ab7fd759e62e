import { createHash, timingSafeEqual } from 'node:crypto';
import { topics } from '@tocsin/contracts';
import type { Grants } from './rights.ts';

/** Who may connect: one credential, bound to one client id and to the topics it may use. */
export type Account = Grants & {
  username: string;
  clientId: string;
  /** SHA-256 of the secret, in hexadecimal. */
  secretSha256: string;
  /** Filters it may publish on. */
  publish: readonly string[];
  /** Filters that contain every filter it may subscribe to. */
  subscribe: readonly string[];
  /** Filters it may publish retained messages on; they must be in `publish` too. */
  retain: readonly string[];
  /** Filters its will may use; they must be in `publish` too. Left out: wherever it may publish. */
  will?: readonly string[];
};

/** Where accounts come from. `find` is asked at each log-in and again on `refreshAccounts()`. */
export type Accounts = { find(username: string): Account | undefined };

/** The form in which a secret is kept, in hexadecimal. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const decoy = createHash('sha256').update('nobody').digest();

/**
 * True when `secret` is the account's. Secrets are random tokens of at least 128 bits that a machine keeps, not words
 * that a person chose: nobody can try enough of them to need a slow hash, and a fast one cannot be used to exhaust
 * the broker. `timingSafeEqual` keeps the comparison from telling how much of a guess was right, and an unknown user
 * costs the same work as a wrong secret.
 */
export function secretMatches(account: Account | undefined, secret: Uint8Array | undefined): boolean {
  const given = createHash('sha256')
    .update(secret ?? '')
    .digest();
  const kept = Buffer.from(account?.secretSha256 ?? '', 'hex');
  const usable = kept.length === given.length;
  const same = timingSafeEqual(given, usable ? kept : decoy);
  return same && usable && secret !== undefined && secret.length > 0;
}

/** Tells accounts apart: a session may go on only while this text stays the same. */
export function accountMark(account: Account): string {
  const { username, clientId, secretSha256, publish, subscribe, retain, will } = account;
  const whole = JSON.stringify([username, clientId, secretSha256, publish, subscribe, retain, will]);
  return createHash('sha256').update(whole).digest('base64');
}

/** The rights of a gateway on the cloud broker: speaks for its own site only, hears only what is said to it. */
export function siteAccount(site: string, secretSha256: string): Account {
  const state = [topics.descriptor(site), topics.status(site)];
  const lanes = [topics.up(site, 'urgent'), topics.up(site, 'live'), topics.up(site, 'backlog')];
  return {
    username: site,
    clientId: site,
    secretSha256,
    publish: [...state, ...lanes, topics.picture(site), topics.view(site)],
    subscribe: [topics.downAll(site)],
    retain: state,
    will: [topics.status(site)],
  };
}
