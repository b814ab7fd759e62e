import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import {
  type Clock,
  type Desk,
  Fault,
  type Ledger,
  type Logger,
  type Orders,
  type PictureReader,
  type SeriesReader,
} from '@tocsin/contracts';
import fastify from 'fastify';
import type { Health } from './health.ts';
import { checkOrigin } from './origin.ts';
import { answerProblems } from './problems.ts';
import { alertRoutes } from './routes/alerts.ts';
import { orderRoutes } from './routes/orders.ts';
import { pageRoutes } from './routes/page.ts';
import { pictureRoutes } from './routes/pictures.ts';
import { seriesRoutes } from './routes/series.ts';
import { cookieName, type SessionDeps, sessionRoutes } from './routes/session.ts';
import { siteRoutes } from './routes/sites.ts';
import { streamRoutes } from './routes/stream.ts';
import { type Api, validatorCompiler } from './schemas.ts';
import type { FanOut } from './stream/fan-out.ts';

/** The largest request is a note of 500 characters or a password; this leaves room for both in any script. */
const bodyBytesMax = 16_384;
/** A console polls a dozen cards every two seconds and the cameras in sight twice a second; several stand behind one address. */
const requestsPerMinuteMax = 6_000;
/** Log-in and set-up cost a hash of 19 MiB each. */
const loginsPerMinuteMax = 60;

export type AppDeps = SessionDeps & {
  desk: Desk;
  orders?: Orders | undefined;
  series: SeriesReader;
  pictures: PictureReader;
  ledger: Ledger;
  clock: Clock;
  logger: Logger;
  fanOut: FanOut;
  exportDir: string;
  webDir?: string | undefined;
  trustProxy?: string[] | undefined;
  health(): Health;
};

/** Builds the whole API without listening, so that tests can inject requests. */
export async function buildApp(deps: AppDeps): Promise<Api> {
  const app: Api = fastify({
    bodyLimit: bodyBytesMax,
    trustProxy: deps.trustProxy ?? false,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 64 },
    logger: false,
  });
  app.setValidatorCompiler(validatorCompiler);
  answerProblems(app, deps.logger);
  await protect(app, deps);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tocsin', description: 'What the console asks and is told.', version: '1' },
      components: {
        securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: cookieName(deps.secureCookies) } },
      },
    },
  });
  sessionRoutes(app, deps);
  alertRoutes(app, deps);
  if (deps.orders !== undefined) orderRoutes(app, { ...deps, orders: deps.orders });
  pictureRoutes(app, deps);
  siteRoutes(app, deps);
  seriesRoutes(app, deps);
  streamRoutes(app, deps);
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  pageRoutes(app, deps.webDir);
  return app;
}

/** Everything that stands in front of the routes. */
async function protect(app: Api, { sessions, secureCookies }: AppDeps): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: secureCookies,
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: (request) => (request.method === 'POST' && isLogin(request.url) ? loginsPerMinuteMax : requestsPerMinuteMax),
    keyGenerator: (request) => `${request.ip} ${request.method === 'POST' && isLogin(request.url)}`,
    timeWindow: 60_000,
    cache: 10_000,
    errorResponseBuilder: (_request, { after }) =>
      new Fault('TOO_MANY_REQUESTS', '', { remedy: `Try again in ${after}.` }),
  });
  app.decorateRequest('user', undefined);
  app.decorateRequest('sessionId', undefined);
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()');
    if (!request.url.startsWith('/api/')) return;
    void reply.header('cache-control', 'no-store');
    checkOrigin(request);
    const id = request.cookies[cookieName(secureCookies)];
    if (id === undefined || id.length > 64) return;
    request.user = sessions.user(id);
    if (request.user) request.sessionId = id;
  });
}

const isLogin = (url: string) => /^\/api\/(session|setup)\b/.test(url);
