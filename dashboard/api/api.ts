/**
 * The console's API. It decides nothing: it checks who asks and what for, hands acts to the desk, and streams what the desk says.
 * `start` answers the set-up code while there is no user; it is shown to whoever started the cloud, and to nobody else.
 */
import { fileURLToPath } from 'node:url';
import type { Clock, Desk, Ledger, Logger, Orders, PictureReader, SeriesReader } from '@tocsin/contracts';
import { buildApp } from './app.ts';
import { guardedHealth, type Health, wellHealth } from './health.ts';
import { listenOn } from './listen.ts';
import { sweepExports } from './routes/series.ts';
import type { Api } from './schemas.ts';
import { createFanOut } from './stream/fan-out.ts';
import { type Accounts, createAccounts } from './users/accounts.ts';
import { openOrBeginUsers, openUsersDatabase } from './users/database.ts';
import { createLoginGuard } from './users/login-guard.ts';
import { createSessions } from './users/sessions.ts';
import { createSetupCode, type SetupCode } from './users/setup-code.ts';

export type { Health } from './health.ts';
export { type Accounts, type NewUser, type Role, roles, type User, userId } from './users/accounts.ts';

/** Where `vite build dashboard/web` puts the console. */
export const builtWebDir = fileURLToPath(new URL('../web/dist', import.meta.url));

/** A cloud without pictures. */
const noPictures: PictureReader = {
  read: async () => undefined,
  cameras: () => [],
  scene: async () => undefined,
};

export type DashboardOptions = {
  desk: Desk;
  /** Where orders to actuators leave; left out, there are no routes for them. */
  orders?: Orders;
  series: SeriesReader;
  /** Frames of alerts and what cameras see now; leave out where there are none. */
  pictures?: PictureReader;
  ledger: Ledger;
  /** SQLite file of users and sessions; made when missing. */
  usersFile: string;
  /** Exports pass through here and never stay. */
  exportDir: string;
  clock: Clock;
  logger: Logger;
  /** The built console; leave out to serve the API alone. */
  webDir?: string;
  listen: { host: string; port: number };
  /** True behind TLS: the cookie is then bound to this host and never sent in the clear. */
  secureCookies?: boolean;
  /** Addresses of reverse proxies whose X-Forwarded-For is believed. */
  trustProxy?: string[];
  /** Called with what a person has to know of the file of users, such as that it was damaged. */
  onTrouble?(text: string): void;
  /** How the cloud is: the public health check says whether something is wrong, the consoles whether alerts stand still. */
  health?: () => Health;
};

export type Dashboard = {
  /** Listens, and answers the port and, while there is no user, the one-time set-up code. */
  start(): Promise<{ port: number; setupCode?: string }>;
  stop(): Promise<void>;
  /** The Fastify instance after `start`, for requests without a socket. */
  readonly app: Api;
  /** People and their rights. */
  readonly accounts: Accounts;
};

export type OpenAccounts = Accounts & { close(): void };

/** The console's server. Nothing is opened before `start`. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { desk, clock, ledger, logger, secureCookies = false } = options;
  const health = guardedHealth(options.health ?? wellHealth);
  let running: { app: Api; accounts: Accounts; close(): Promise<void> } | undefined;
  const demand = () => {
    if (!running) throw new Error('The dashboard has not been started.');
    return running;
  };
  return {
    async start() {
      const db = openOrBeginUsers(options.usersFile, {
        nowMs: clock.nowMs(),
        onSetAside(name) {
          const text = `The file of users was damaged and set aside as ${name}; the first user is made anew with the set-up code.`;
          logger.error({ name }, text);
          const body = { code: 'STORE_DAMAGED', text };
          ledger.append({ atMs: clock.nowMs(), kind: 'security', actor: 'console', body });
          options.onTrouble?.(text);
        },
      });
      const accounts = createAccounts({ db, clock, ledger });
      const sessions = createSessions({ db, clock });
      const fanOut = createFanOut({ desk, clock, health, logger });
      let setupCode: SetupCode | undefined;
      try {
        await sweepExports(options.exportDir);
        const guard = createLoginGuard(clock);
        const parts = { pictures: noPictures, ...options, accounts, sessions, fanOut, guard, secureCookies, health };
        const app = await buildApp({ ...parts, setupCode: () => setupCode });
        running = {
          app,
          accounts,
          async close() {
            fanOut.stop();
            await app.close();
            db.close();
          },
        };
        if (accounts.count() === 0) setupCode = createSetupCode(clock);
        fanOut.start();
        const port = await listenOn(app, options.listen);
        return { port, ...(setupCode ? { setupCode: setupCode.text } : {}) };
      } catch (error) {
        await (running ? running.close() : db.close());
        running = undefined;
        throw error;
      }
    },
    async stop() {
      await running?.close();
      running = undefined;
    },
    get app() {
      return demand().app;
    },
    get accounts() {
      return demand().accounts;
    },
  };
}

/** People and their rights for the command line, with nothing running or beside a running cloud. Close it after use. */
export function openAccounts(deps: { usersFile: string; clock: Clock; ledger?: Ledger }): OpenAccounts {
  const db = openUsersDatabase(deps.usersFile);
  return { ...createAccounts({ ...deps, db }), close: () => db.close() };
}
