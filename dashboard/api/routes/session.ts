import { type Clock, Fault, type Ledger } from '@tocsin/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { personOf } from '../access.ts';
import { type Api, answers, closed, Empty } from '../schemas.ts';
import { type Accounts, roles, type User, userId } from '../users/accounts.ts';
import type { LoginGuard } from '../users/login-guard.ts';
import { passwordLengthMax } from '../users/passwords.ts';
import { type Sessions, sessionLivesMs } from '../users/sessions.ts';
import type { SetupCode } from '../users/setup-code.ts';

export type SessionDeps = {
  accounts: Accounts;
  sessions: Sessions;
  guard: LoginGuard;
  clock: Clock;
  ledger: Ledger;
  secureCookies: boolean;
  setupCode(): SetupCode | undefined;
};

const Me = Type.Object({
  name: Type.String(),
  role: Type.Unsafe<User['role']>({ type: 'string', enum: [...roles] }),
  sites: Type.Optional(Type.Array(Type.String(), { description: 'Absent when every site is visible.' })),
  nowMs: Type.Number({ description: 'The clock of the cloud.' }),
});
// The bounds keep hashing cheap to refuse; the real rules answer with their own words.
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Login = Type.Object({ name: Text(128), password: Text(passwordLengthMax * 2) }, closed);
const Setup = Type.Object({ code: Text(64), name: Text(128), password: Text(passwordLengthMax * 2) }, closed);
const NewPassword = Type.Object(
  { current: Text(passwordLengthMax * 2), password: Text(passwordLengthMax * 2) },
  closed,
);

/** The name of the session cookie; `__Host-` binds it to this host and to TLS. */
export const cookieName = (secure: boolean) => (secure ? '__Host-tocsin' : 'tocsin');

/** Log-in, log-out, the first user, and a new password. */
export function sessionRoutes(app: Api, deps: SessionDeps): void {
  logInRoutes(app, deps);
  passwordRoute(app, deps);
  setUpRoutes(app, deps);
}

const told = ({ clock }: SessionDeps, { name, role, sites }: User) => ({
  ...{ name, role, nowMs: clock.nowMs() },
  ...(sites ? { sites: [...sites] } : {}),
});

function logInRoutes(app: Api, deps: SessionDeps): void {
  const { accounts, sessions, clock, ledger } = deps;
  const record = (user: User, act: 'login' | 'logout', from: string) =>
    ledger.append({ atMs: clock.nowMs(), kind: 'operator', actor: user.name, body: { act, from } });

  app.get('/api/session', { schema: { querystring: Empty, response: answers(Me) } }, (request) =>
    told(deps, personOf(request)),
  );

  app.post('/api/session', { schema: { body: Login, response: answers(Me) } }, async (request, reply) => {
    const { name, password } = request.body;
    const user = await guarded(deps, { account: userId(name), address: request.ip }, () =>
      accounts.verify(name, password),
    );
    if (!user) throw new Fault('LOGIN_FAILED', '');
    enter(deps, user, { request, reply });
    record(user, 'login', request.ip);
    return told(deps, user);
  });

  app.delete('/api/session', { schema: { response: answers(Empty) } }, (request, reply) => {
    const user = personOf(request);
    sessions.close(request.sessionId!);
    leave(deps, reply);
    record(user, 'logout', request.ip);
    return {};
  });
}

function passwordRoute(app: Api, deps: SessionDeps): void {
  const { accounts } = deps;
  app.post(
    '/api/session/password',
    { schema: { body: NewPassword, response: answers(Empty) } },
    async (request, reply) => {
      const user = personOf(request);
      const { current, password } = request.body;
      const known = await guarded(deps, { account: user.id, address: request.ip }, () =>
        accounts.verify(user.name, current),
      );
      if (!known) throw new Fault('LOGIN_FAILED', '');
      await accounts.setPassword(user.id, password, user.name);
      leave(deps, reply);
      return {};
    },
  );
}

function setUpRoutes(app: Api, deps: SessionDeps): void {
  const { accounts } = deps;
  const Needed = Type.Object({ needed: Type.Boolean() });
  app.get('/api/setup', { schema: { querystring: Empty, response: answers(Needed) } }, () => ({
    needed: accounts.count() === 0,
  }));

  app.post('/api/setup', { schema: { body: Setup, response: answers(Me) } }, async (request, reply) => {
    const { code, name, password } = request.body;
    const user = await guarded(deps, { account: ' setup', address: request.ip }, async () => {
      if (accounts.count() > 0 || !deps.setupCode()?.fits(code)) return undefined;
      return accounts.createFirst({ name, password, role: 'admin' });
    });
    const remedy = 'Restart the cloud while there is no user: it prints a new code.';
    if (!user) throw new Fault('SETUP_CODE_WRONG', '', { remedy });
    deps.setupCode()?.spend();
    enter(deps, user, { request, reply });
    return told(deps, user);
  });
}

/** Ends whatever session the browser came with and gives it a new id. */
function enter(deps: SessionDeps, user: User, exchange: { request: FastifyRequest; reply: FastifyReply }): void {
  const { sessions, secureCookies } = deps;
  if (exchange.request.sessionId) sessions.close(exchange.request.sessionId);
  exchange.reply.setCookie(cookieName(secureCookies), sessions.open(user.id), {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: secureCookies,
    maxAge: sessionLivesMs / 1_000,
  });
}

function leave({ secureCookies }: SessionDeps, reply: FastifyReply): void {
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: secureCookies } as const;
  reply.clearCookie(cookieName(secureCookies), options);
}

/** A burst is told at 5 failures and at each doubling after it, so that an attack cannot fill the ledger. */
const burstStarts = 5;
const isBurst = (failures: number) => failures >= burstStarts && Number.isInteger(Math.log2(failures / burstStarts));

/** Tries a secret under the guard; a refusal of the input itself (a weak password) is no failed try. */
async function guarded(
  { guard, ledger, clock, accounts }: SessionDeps,
  { account, address }: { account: string; address: string },
  attempt: () => Promise<User | undefined>,
): Promise<User | undefined> {
  guard.begin(account, address);
  const user = await attempt().catch((error: unknown) => {
    guard.forgive(account, address);
    throw error;
  });
  if (user) {
    guard.succeeded(account, address);
    return user;
  }
  const failures = guard.failures(account, address);
  if (!isBurst(failures)) return undefined;
  // An unknown name may be a password typed into the wrong field, so it is never recorded.
  const name = account === ' setup' ? 'set-up code' : accounts.find(account)?.name;
  const body = { act: 'login.burst', from: address, failures, ...(name ? { name } : {}) };
  ledger.append({ atMs: clock.nowMs(), kind: 'security', actor: 'cloud', body });
  return undefined;
}
