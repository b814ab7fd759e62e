import { randomBytes, X509Certificate } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { resolve } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import type { Secret } from '@tocsin/contracts';
import { certificateFileProblem, readCertificates } from '../site/certificates.ts';
import { type Address, addressProblems, placeOf } from './address.ts';
import { answerChallenge, type Challenge, chooseChallenge, parseChallenges } from './digest.ts';

export type HttpAddress = Address & { caFile?: string };

/** What a client needs of its host: where relative files are, and the secrets that are named. */
export type HttpHost = { directory: string; readSecret(secret: Secret): string };

export type HttpRequest = {
  /** GET by default. */
  method?: string;
  /** Path and query; those of the address by default. */
  path?: string;
  accept?: string;
  body?: { type: string; text: string };
  /** On a connection of its own, so that it can neither wait behind another request nor be sent twice by a connection that was closed. */
  alone?: boolean;
};

/** What went wrong on the way to a device, in a sentence that repeats nothing of what was sent. */
export class HttpFailure extends Error {
  readonly detail: string;
  readonly remedy: string | undefined;
  /** False when surely nothing of the request reached the device, or the device turned it away. */
  readonly left: boolean;

  constructor(detail: string, { remedy, left = false }: { remedy?: string; left?: boolean } = {}) {
    super(remedy === undefined ? detail : `${detail} ${remedy}`);
    this.name = 'HttpFailure';
    this.detail = detail;
    this.remedy = remedy;
    this.left = left;
  }
}

export type HttpClient = {
  /**
   * Asks once and answers with the response, whatever its status, whose body has not been read; a login that is asked for is given.
   * Throws HttpFailure, or what reading the secret or the certificates throws. Ends, whatever the device does, when `signal` aborts.
   */
  ask(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
};

/** What is wrong with an HTTP address beyond its schema. */
export function httpProblems(address: HttpAddress, { directory }: { directory: string }): string[] {
  const wrong = addressProblems(address);
  const { caFile } = address;
  if (caFile === undefined) return wrong;
  if (!address.url.startsWith('https:')) wrong.push('/caFile: caFile means nothing without https; remove it');
  const problem = certificateFileProblem(resolve(directory, caFile));
  if (problem !== undefined)
    wrong.push(`/caFile: ${problem.detail.replace(/\.$/, '')}; copy the device’s certificate there as PEM text`);
  return wrong;
}

/** A device that answers HTTP or HTTPS; its connection is kept between requests, and redirects are never followed. */
export function createHttpClient(address: HttpAddress, host: HttpHost): HttpClient {
  const url = new URL(address.url);
  const place = placeOf(address.url);
  const isTls = url.protocol === 'https:';
  let agent: http.Agent | undefined;
  let challenge: Challenge | undefined;
  let count = 0;
  let secret: string | undefined;

  function agentOf(keepAlive: boolean): http.Agent {
    const more = { keepAlive, maxSockets: 1 };
    return isTls ? new https.Agent({ ...more, ...trustOf(address, host) }) : new http.Agent(more);
  }

  function authorization(method: string, path: string): { authorization?: string } {
    const { username, password } = address;
    if (challenge === undefined || username === undefined || password === undefined) return {};
    count += 1;
    secret ??= host.readSecret(password);
    const use = { method, path, count, cnonce: randomBytes(8).toString('hex') };
    return { authorization: answerChallenge(challenge, { username, password: secret }, use) };
  }

  function askOnce(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method = 'GET', path = `${url.pathname}${url.search}`, accept = '*/*', body, alone = false } = request;
    const length = body && { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) };
    const headers = { accept, ...length, ...authorization(method, path) };
    agent ??= agentOf(true);
    const options = { method, path, headers, agent: alone ? agentOf(false) : agent };
    return new Promise((found, failed) => {
      let isAnswered = false;
      let left = false;
      const asked = (isTls ? https : http).request(url, options, (response) => {
        isAnswered = true;
        // It may break while nobody reads; whoever reads hears of it all the same.
        response.on('error', () => {});
        found(response);
      });
      asked.on('socket', (socket) => {
        if (asked.reusedSocket) left = true;
        else socket.once(isTls ? 'secureConnect' : 'connect', () => (left = true));
      });
      // Not the option `signal`: Node 24 lets its error escape from the socket when a body has come but has not been read.
      const end = () => asked.destroy();
      signal.addEventListener('abort', end, { once: true });
      asked.on('close', () => signal.removeEventListener('abort', end));
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // A device may close a kept connection just as it is used again; that is no failure, and a new one is not `reused`.
        const isRace = asked.reusedSocket && error.code === 'ECONNRESET' && !isAnswered && !signal.aborted;
        if (isRace) found(askOnce(request, signal));
        else failed(unreachable(place, error, { signal, left }));
      });
      asked.end(body?.text);
      if (signal.aborted) end();
    });
  }

  async function ask(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const first = await askOnce(request, signal);
    if (first.statusCode !== 401) return first;
    // Its body may be endless; the connection is given up with it.
    first.destroy();
    challenge = chooseChallenge(parseChallenges(first.headersDistinct['www-authenticate'] ?? []));
    count = 0;
    if (address.password === undefined)
      throw new HttpFailure(`${place} asks who logs in.`, { remedy: 'Give username and password.' });
    if (challenge === undefined) throw new HttpFailure(`${place} wants a login that is neither Basic nor Digest.`);
    return askOnce(request, signal);
  }

  return { ask, close: () => agent?.destroy() };
}

/** Says what a status means that is no success. The request was turned away, but for 5xx, where the device may have done half of it. */
export function statusFailure(place: string, status: number): HttpFailure {
  if (status === 401 || status === 403) return new HttpFailure(`${place} refuses the login (${status}).`);
  if (status >= 300 && status < 400)
    return new HttpFailure(`${place} redirects (${status}).`, { remedy: 'Write the final address.' });
  if (status === 404) return new HttpFailure(`${place} has nothing at this address (404).`);
  return new HttpFailure(`${place} answers with status ${status}.`, { left: status >= 500 });
}

/** Whom an https connection trusts: the public authorities, or the named certificates. A device that is named itself needs no host name. */
function trustOf({ caFile }: HttpAddress, { directory }: HttpHost): https.AgentOptions {
  if (caFile === undefined) return {};
  const pem = readCertificates(resolve(directory, caFile));
  const named = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (text) => new X509Certificate(text).fingerprint256,
  );
  return {
    ca: pem,
    checkServerIdentity: (name, certificate) =>
      named.includes(certificate.fingerprint256) ? undefined : checkServerIdentity(name, certificate),
  };
}

const reasons: { [code: string]: string } = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'closed the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'does not answer in time',
  ENOTFOUND: 'has a name that nobody knows',
  EAI_AGAIN: 'has a name that cannot be looked up now',
};

/** Says what went wrong on the way to a device, without a word of what was sent; `signal` is that of `ask`, `left` as in HttpFailure. */
export function unreachable(
  place: string,
  error: Error,
  { signal, left = true }: { signal: AbortSignal; left?: boolean },
): HttpFailure {
  // What is cut off by its time limit looks as if the device had cut it off.
  if (signal.aborted) return new HttpFailure(`${place} does not answer in time.`, { left });
  const { code = error.name } = error as NodeJS.ErrnoException;
  const known = reasons[code];
  if (known !== undefined) return new HttpFailure(`${place} ${known}.`, { left });
  if (code.startsWith('HPE_')) return new HttpFailure(`${place} does not answer in HTTP (${code}).`, { left });
  if (/CERT|SIGNED|SIGNATURE|TLS/.test(code))
    return new HttpFailure(`The certificate of ${place} is not trusted (${code}).`, {
      remedy: 'Name it with caFile.',
      left,
    });
  return new HttpFailure(`${place} failed (${code}).`, { left });
}
