import { randomBytes, X509Certificate } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { resolve } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { Fault } from '@tocsin/contracts';
import { certificateFileProblem, readCertificates } from '../../../site/certificates.ts';
import type { SourceHost } from '../../types.ts';
import { type Address, addressProblems, placeOf } from '../address.ts';
import { answerChallenge, type Challenge, chooseChallenge, parseChallenges } from './digest.ts';

export type HttpAddress = Address & { caFile?: string };

export type HttpCamera = {
  /**
   * Asks once and answers with a response of status 200 whose body has not been read. Throws CAMERA_UNREACHABLE, or what reading
   * the secret or the certificates throws. Ends, whatever the camera does, when `signal` aborts.
   */
  get(signal: AbortSignal): Promise<IncomingMessage>;
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
    wrong.push(`/caFile: ${problem.detail.replace(/\.$/, '')}; copy the camera’s certificate there as PEM text`);
  return wrong;
}

/** A camera that answers HTTP or HTTPS; its connection is kept between requests, and redirects are never followed. */
export function createHttpCamera(address: HttpAddress, host: SourceHost): HttpCamera {
  const url = new URL(address.url);
  const place = placeOf(address.url);
  const isTls = url.protocol === 'https:';
  let agent: http.Agent | undefined;
  let challenge: Challenge | undefined;
  let count = 0;
  let secret: string | undefined;

  function agentOf(): http.Agent {
    const more = { keepAlive: true, maxSockets: 1 };
    return isTls ? new https.Agent({ ...more, ...trustOf(address, host) }) : new http.Agent(more);
  }

  function authorization(): string | undefined {
    const { username, password } = address;
    if (challenge === undefined || username === undefined || password === undefined) return undefined;
    count += 1;
    secret ??= host.readSecret(password);
    const use = { method: 'GET', path: `${url.pathname}${url.search}`, count, cnonce: randomBytes(8).toString('hex') };
    return answerChallenge(challenge, { username, password: secret }, use);
  }

  function ask(signal: AbortSignal): Promise<IncomingMessage> {
    const login = authorization();
    agent ??= agentOf();
    const options = {
      agent,
      headers: {
        accept: 'image/jpeg, multipart/x-mixed-replace',
        ...(login === undefined ? {} : { authorization: login }),
      },
    };
    return new Promise((found, failed) => {
      let isAnswered = false;
      const request = (isTls ? https : http).get(url, options, (response) => {
        isAnswered = true;
        // It may break while nobody reads; whoever reads hears of it all the same.
        response.on('error', () => {});
        found(response);
      });
      // Not the option `signal`: Node 24 lets its error escape from the socket when a body has come but has not been read.
      const end = () => request.destroy();
      signal.addEventListener('abort', end, { once: true });
      request.on('close', () => signal.removeEventListener('abort', end));
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A camera may close a kept connection just as it is used again; that is no failure, and a new one is not `reused`.
        const isRace = request.reusedSocket && error.code === 'ECONNRESET' && !isAnswered && !signal.aborted;
        if (isRace) found(ask(signal));
        else failed(unreachable(place, error, signal));
      });
      if (signal.aborted) end();
    });
  }

  async function get(signal: AbortSignal): Promise<IncomingMessage> {
    const first = await ask(signal);
    if (first.statusCode !== 401) return accept(first);
    // Its body may be endless; the connection is given up with it.
    first.destroy();
    challenge = chooseChallenge(parseChallenges(first.headersDistinct['www-authenticate'] ?? []));
    count = 0;
    if (address.password === undefined) throw failure(`${place} asks who logs in.`, 'Give username and password.');
    if (challenge === undefined) throw failure(`${place} wants a login that is neither Basic nor Digest.`);
    return accept(await ask(signal));
  }

  function accept(response: IncomingMessage): IncomingMessage {
    const { statusCode: status = 0 } = response;
    if (status === 200) return response;
    response.destroy();
    if (status === 401 || status === 403) throw failure(`${place} refuses the login (${status}).`);
    if (status >= 300 && status < 400) throw failure(`${place} redirects (${status}).`, 'Write the final address.');
    if (status === 404) throw failure(`${place} has nothing at this address (404).`);
    throw failure(`${place} answers with status ${status}.`);
  }

  return { get, close: () => agent?.destroy() };
}

/** Whom an https connection trusts: the public authorities, or the named certificates. A camera that is named itself needs no host name. */
function trustOf({ caFile }: HttpAddress, { directory }: SourceHost): https.AgentOptions {
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

function failure(detail: string, remedy?: string): Fault {
  return new Fault('CAMERA_UNREACHABLE', detail, remedy === undefined ? {} : { remedy });
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

/** Says what went wrong on the way to a camera, without a word of what was sent; `signal` is that of `get`. */
export function unreachable(place: string, error: Error, signal: AbortSignal): Fault {
  // What is cut off by its time limit looks as if the camera had cut it off.
  if (signal.aborted) return failure(`${place} does not answer in time.`);
  const { code = error.name } = error as NodeJS.ErrnoException;
  const known = reasons[code];
  if (known !== undefined) return failure(`${place} ${known}.`);
  if (code.startsWith('HPE_')) return failure(`${place} does not answer in HTTP (${code}).`);
  if (/CERT|SIGNED|SIGNATURE|TLS/.test(code))
    return failure(`The certificate of ${place} is not trusted (${code}).`, 'Name it with caFile.');
  return failure(`${place} failed (${code}).`);
}
