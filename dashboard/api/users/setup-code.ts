import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@tocsin/contracts';

/** Crockford's base 32: no letter that could be read as a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Seven groups of four: 28 characters of 5 bits are 140 bits. */
const groups = 7;
const groupLength = 4;
/** A code left on a screen overnight is dead the next day. */
export const setupCodeLivesMs = 24 * 3_600_000;

/** The one-time code that makes the first user; it lives in memory only, so that a restart makes another. */
export type SetupCode = { text: string; fits(candidate: string): boolean; spend(): void };

/** Makes a set-up code that fits until it is spent or 24 hours have passed. */
export function createSetupCode(clock: Clock): SetupCode {
  const letters = Array.from(randomBytes(groups * groupLength), (byte) => alphabet[byte % alphabet.length]).join('');
  const digest = hash(letters);
  const madeAtMs = clock.monotonicMs();
  let spent = false;
  return {
    text: letters.match(/.{4}/g)!.join('-'),
    fits: (candidate) =>
      !spent && clock.monotonicMs() - madeAtMs < setupCodeLivesMs && timingSafeEqual(hash(bare(candidate)), digest),
    spend() {
      spent = true;
    },
  };
}

/** What a person meant: letters O, I and L are read as the digits they look like. */
function bare(text: string): string {
  const letters = text.toUpperCase().replace(/[\s-]/g, '');
  return letters.replaceAll('O', '0').replace(/[IL]/g, '1');
}

const hash = (text: string) => createHash('sha256').update(text).digest();
