import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fault } from '@tocsin/contracts';
import { commonPasswords } from './common-passwords.ts';

/** OWASP's minimum for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const tagLength = 32;
const saltLength = 16;
/** Each hash holds 19 MiB and a core, so that few run at once and few wait. */
const runningMax = 2;
const waitingMax = 32;

export const passwordLengthMin = 8;
export const passwordLengthMax = 256;

let running = 0;
const waiting: (() => void)[] = [];

async function withSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= runningMax) {
    if (waiting.length >= waitingMax) {
      throw new Fault('TOO_MANY_REQUESTS', 'Too many people log in at this moment.', { remedy: 'Try again shortly.' });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

type Cost = { memory: number; passes: number; parallelism: number };

function derive(password: string, salt: Buffer, at: Cost): Promise<Buffer> {
  const options = { message: password.normalize('NFC'), nonce: salt, tagLength, ...at };
  return withSlot(
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', options, (error, tag) => (error ? reject(error) : resolve(tag)));
      }),
  );
}

const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

/** Hashes a password with Argon2id into a PHC string (`$argon2id$v=19$m=…,t=…,p=…$salt$tag`). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const tag = await derive(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(salt)}$${plain(tag)}`;
}

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Nobody's password: checked when a name is unknown, so that the answer takes as long as for a known one. */
const nobody = `$argon2id$v=19$m=19456,t=2,p=1$${plain(Buffer.alloc(saltLength, 7))}$${plain(Buffer.alloc(tagLength))}`;

/** True when the password fits the PHC string; without one it takes the same time and answers false. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const match = phc.exec(stored ?? nobody);
  if (!match) throw new Fault('STORE_DAMAGED', 'A password hash cannot be read.');
  const [, memory, passes, parallelism, salt, tag] = match as unknown as [string, ...string[]];
  const at = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const answer = await derive(password, Buffer.from(salt!, 'base64'), at);
  const expected = Buffer.from(tag!, 'base64');
  return stored !== undefined && expected.length === answer.length && timingSafeEqual(expected, answer);
}

/** Refuses a password that is too short, too long, among the commonest, or made of the user's own name. */
export function checkPassword(password: string, userName: string): void {
  const remedy = 'Take a few words that do not belong together; 15 characters or more are best.';
  const refuse = (why: string) => {
    throw new Fault('PASSWORD_REFUSED', why, { remedy });
  };
  const length = [...password].length;
  if (length < passwordLengthMin) refuse(`It needs at least ${passwordLengthMin} characters.`);
  if (length > passwordLengthMax) refuse(`It may have at most ${passwordLengthMax} characters.`);
  const bare = password.toLowerCase();
  if (commonPasswords.has(bare)) refuse('It is one of the commonest passwords.');
  if (new Set(bare).size < 4) refuse('It repeats the same few characters.');
  const name = userName.toLowerCase().replaceAll(' ', '');
  if (name.length >= 3 && bare.replaceAll(' ', '').replace(name, '').length < 4) refuse('It is little but your name.');
}
