import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Fault } from '@tocsin/contracts';

export type Answer = { type: string; body: string | Uint8Array; headers?: Record<string, string> };

/** Stands in the built page where each answer's own nonce goes. */
const placeholder = '__CSP_NONCE__';
const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page may load its own files and nothing else; Mantine's two style elements pass by a fresh nonce each time. */
const pagePolicy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The built calibration page; paths are looked up in a list made at the start, so that none leads outside. */
export function readPage(webDir: string): (path: string) => Answer | undefined {
  const index = join(webDir, 'calibrate.html');
  if (!existsSync(index)) {
    throw new Fault('FILE_UNREADABLE', `The page of the calibration has not been built (${index}).`, {
      remedy: 'Run: npm run build:web',
    });
  }
  const html = readFileSync(index, 'utf8');
  const files = new Map(readdirSync(join(webDir, 'assets')).map((name) => [`/assets/${name}`, join('assets', name)]));
  files.set('/favicon.svg', 'favicon.svg');
  return (path) => {
    if (path === '/') {
      const nonce = randomBytes(16).toString('base64');
      return {
        type: 'text/html; charset=utf-8',
        body: html.replaceAll(placeholder, nonce),
        headers: { 'content-security-policy': pagePolicy(nonce) },
      };
    }
    const file = files.get(path);
    const type = types[extname(path)];
    return file && type ? { type, body: readFileSync(join(webDir, file)) } : undefined;
  };
}
