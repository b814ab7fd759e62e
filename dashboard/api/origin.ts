import { Fault } from '@tocsin/contracts';
import type { FastifyRequest } from 'fastify';

/** A header no form and no link can send; a script of another origin would need our leave to. */
export const consoleHeader = 'x-tocsin-console';

/**
 * Refuses what another page could have made the browser send. Reading needs no more than not being cross-site;
 * changing needs our own header, JSON, and a browser that says that the request comes from our origin.
 */
export function checkOrigin(request: FastifyRequest): void {
  const { headers, method } = request;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse('It came from another site.');
  if (method === 'GET' || method === 'HEAD') return;
  if (headers[consoleHeader] !== '1') refuse(`The header ${consoleHeader} is missing.`);
  if (headers.origin === undefined && site !== 'same-origin') refuse('Neither Origin nor Sec-Fetch-Site says so.');
  if (headers.origin !== undefined && !isOwn(headers.origin, request.host)) refuse('It came from another origin.');
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  const isJson = /^application\/json(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '');
  if (hasBody && headers['content-length'] !== '0' && !isJson) refuse('Its content is not JSON.');
}

/** Both sides are read as addresses, because a default port may be written or left out. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  const own = `${protocol}//${host}`;
  return from !== '' && URL.canParse(own) && new URL(own).host === from;
}

function refuse(why: string): never {
  throw new Fault('ORIGIN_WRONG', why, { remedy: 'Use the console under its own address.' });
}
