import { type Clock, isName } from '@tocsin/contracts';
import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import { type Account, type Accounts, accountMark, secretMatches } from './accounts.ts';
import type { CounterName } from './counters.ts';
import { type FailedLogins, noteFailure } from './failed-logins.ts';
import type { BrokerLimits } from './limits.ts';
import { mayRetain, mayWill, rightsOf } from './rights.ts';
import type { Session, Sessions } from './sessions.ts';

/** Return codes of CONNACK (MQTT 3.1.1, 3.2.2.3). */
const identifierRejected = 2;
const badUserNameOrPassword = 4;
const notAuthorized = 5;

export type GateDeps = {
  accounts: Accounts;
  limits: BrokerLimits;
  clock: Clock;
  sessions: Sessions;
  count(name: CounterName): void;
  warn(why: CounterName, fields: object, text: string): void;
  /** Called when a log-in finds another session under its client id; calls `proceed` once that one has ended. */
  takeOver(older: Session, proceed: () => void): void;
};

type Authenticated = Parameters<NonNullable<AedesOptions['authenticate']>>[3];

/** The log-in: who may connect, under which client id and with which will. Nobody gets in without an account. */
export function createGate(deps: GateDeps): Required<Pick<AedesOptions, 'preConnect' | 'authenticate'>> {
  const failures: FailedLogins = new Map();
  let refusalsWaiting = 0;

  /** Answers after a wait that grows with each failure, or closes without an answer when too many already wait. */
  function refuseLate(session: Session, username: string, done: Authenticated): void {
    deps.count('refusedLogins');
    deps.warn('refusedLogins', { address: session.address, username: printable(username) }, 'log-in refused');
    const keys = [`account ${username.slice(0, 64)}`, `address ${session.address}`];
    const delayMs = noteFailure(failures, keys, deps.clock.monotonicMs());
    if (refusalsWaiting >= deps.limits.refusalsWaitingMax) {
      deps.sessions.cut(session, 'refusedLoginsUnanswered');
      return;
    }
    refusalsWaiting += 1;
    const cancel = deps.clock.after(delayMs, () =>
      done(refusal(badUserNameOrPassword, 'bad user name or password'), false),
    );
    session.stream.once('close', () => {
      refusalsWaiting -= 1;
      cancel();
    });
  }

  return {
    preConnect(client, packet, done) {
      const session = deps.sessions.of(client);
      // A password without a user name breaks the protocol (3.1.2-22).
      const broken = packet.password !== undefined && packet.username === undefined;
      if (session === undefined || session.cut || broken) {
        deps.count('refusedLogins');
        done(new Error('CONNECT breaks the protocol'), false);
        return;
      }
      session.asked = { clientId: packet.clientId, ...(packet.will ? { will: packet.will } : {}) };
      done(null, true);
    },
    authenticate(client, username, password, done) {
      const session = deps.sessions.of(client);
      if (session?.asked === undefined || session.cut) return done(refusal(notAuthorized, 'not authorized'), false);
      const account = isName(username) ? deps.accounts.find(username) : undefined;
      if (!secretMatches(account, password) || account === undefined) {
        return refuseLate(session, username ?? '', done);
      }
      const problem = misfit(account, session.asked, deps);
      if (problem !== undefined) {
        deps.warn('refusedLogins', { username, address: session.address }, problem.message);
        return done(problem, false);
      }
      admit({ deps, session, account, client }, done);
    },
  };
}

/** Why an account with the right secret still may not connect like this. */
function misfit(account: Account, asked: NonNullable<Session['asked']>, deps: GateDeps): AuthenticateError | undefined {
  if (!isName(asked.clientId) || asked.clientId !== account.clientId) {
    deps.count('refusedLogins');
    return refusal(identifierRejected, 'the client id is not the account’s');
  }
  const { will } = asked;
  if (will === undefined) return undefined;
  const rights = rightsOf(account);
  if ((will.qos ?? 0) < 2 && mayWill(rights, will.topic) && (!will.retain || mayRetain(rights, will.topic)))
    return undefined;
  deps.count('refusedWills');
  return refusal(notAuthorized, 'the will is not allowed');
}

type Admission = { deps: GateDeps; session: Session; account: Account; client: Client };

function admit({ deps, session, account, client }: Admission, done: Authenticated): void {
  const enter = () => {
    if (session.cut || client.closed) return;
    const { username, clientId } = account;
    session.login = { username, clientId, mark: accountMark(account), rights: rightsOf(account) };
    session.guard.bytesMax = deps.limits.packetBytesMax;
    deps.sessions.logIn(session);
    deps.count('logins');
    done(null, true);
  };
  const older = deps.sessions.byClientId(account.clientId);
  if (older === undefined) enter();
  else deps.takeOver(older, enter);
}

function refusal(returnCode: number, text: string): AuthenticateError {
  return Object.assign(new Error(text), { returnCode }) as AuthenticateError;
}

/** A name from a stranger, fit for a log line. */
function printable(text: string): string {
  return isName(text) ? text : '(not a name)';
}
