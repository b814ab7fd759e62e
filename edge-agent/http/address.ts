import { Secret } from '@tocsin/contracts';
import Type from 'typebox';

/** Who the gateway is to a camera or another device; the password is named, never written. */
export const loginFields = {
  username: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, pattern: '^[^:\\u0000-\\u001f]+$', description: 'Who logs in.' }),
  ),
  password: Type.Optional(Secret),
};

/** An address with a password that is named, as several kinds have it. */
export type Address = { url: string; username?: string; password?: Secret };

/** What is wrong with an address beyond its schema; never repeats a secret. */
export function addressProblems({ url, username, password }: Address): string[] {
  const wrong: string[] = [];
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '') wrong.push('/url: url is no address; write it as in a browser');
  else if (parsed.username !== '' || parsed.password !== '')
    wrong.push('/url: url holds a login, and a secret never stands in this file; use username and password');
  if ((username === undefined) !== (password === undefined))
    wrong.push('username and password belong together; give both or neither');
  return wrong;
}

/** The part of an address that may be told: a path or query can hold a token. */
export function placeOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'the device' : `${parsed.protocol}//${parsed.host}`;
}
