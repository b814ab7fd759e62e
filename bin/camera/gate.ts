import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the gate looks at of a request. */
export type Asked = { method: string; url: URL; headers: IncomingHttpHeaders };
/** `enter`: the address of the terminal was used, set the cookie and go to the page. */
export type Admission = { kind: 'pass' } | { kind: 'enter'; cookie?: string } | { kind: 'refused'; says: string };

const stranger = 'This page is only for whoever started it. Use the address that the terminal shows.';
const refused = (says: string): Admission => ({ kind: 'refused', says });
const isSame = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * Lets in only the browser that was given the address with the token: the token works once and is exchanged for a
 * cookie of this server alone. Other Host headers (a page that rebinds its name to loopback), other origins and
 * requests that another site made the browser send are refused, also with the cookie.
 */
export function createGate() {
  const token = randomBytes(24).toString('base64url');
  const session = randomBytes(24).toString('base64url');
  let isSpent = false;

  /** `port` is where the server listens; a tunnel must use the same one. */
  function admit({ method, url, headers }: Asked, port: number): Admission {
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    if (!hosts.includes(headers.host ?? '')) return refused(`Only ${hosts[0]} is served here.`);
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return refused('It came from another site.');
    if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
      return refused('It came from another origin.');
    }
    const name = `tocsin-calibrate-${port}`;
    const given = headers.cookie?.split('; ').find((part) => part.startsWith(`${name}=`));
    const isKnown = given !== undefined && isSame(given.slice(name.length + 1), session);
    if (method === 'GET') {
      const offered = url.pathname === '/' ? url.searchParams.get('token') : null;
      if (offered === null) return isKnown ? { kind: 'pass' } : refused(stranger);
      if (!isSame(offered, token)) return refused(stranger);
      if (isKnown) return { kind: 'enter' };
      if (isSpent) return refused('This address was used before, in another browser. Start the command again.');
      isSpent = true;
      return { kind: 'enter', cookie: `${name}=${session}; Path=/; HttpOnly; SameSite=Strict` };
    }
    if (!isKnown) return refused(stranger);
    if (method !== 'POST') return refused('Only GET and POST are served here.');
    if (headers.origin === undefined) return refused('It does not say where it comes from.');
    if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) return refused('Its content is not JSON.');
    return { kind: 'pass' };
  }
  return { token, admit };
}
