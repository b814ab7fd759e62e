import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Api } from '../schemas.ts';

/** Stands in the built page where each answer's own nonce goes. */
const placeholder = '__CSP_NONCE__';

/**
 * The page may load its own files and nothing else. Mantine writes its theme into two <style> elements; each answer
 * lets exactly those through by a fresh nonce. Style attributes need no leave: React sets them through the DOM.
 */
const pagePolicy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Serves the built console from `webDir`; without one, says how to build it. */
export function pageRoutes(app: Api, webDir: string | undefined): void {
  const index = webDir === undefined ? undefined : join(webDir, 'index.html');
  if (webDir === undefined || index === undefined || !existsSync(index)) {
    const text = 'The console has not been built yet. Run: npm run build:web\n';
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.code(503).type('text/plain').send(text));
    return;
  }
  const html = readFileSync(index, 'utf8');
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', pagePolicy(nonce))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(placeholder, nonce));
  });
  // File names hold a hash of their content.
  app.register(fastifyStatic, {
    root: join(webDir, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    immutable: true,
    maxAge: '365d',
  });
  const icon = join(webDir, 'favicon.svg');
  if (!existsSync(icon)) return;
  const svg = readFileSync(icon);
  app.get('/favicon.svg', { schema: { hide: true } }, (_request, reply) => reply.type('image/svg+xml').send(svg));
}
