import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Fault, systemClock } from '@tocsin/contracts';
import { type OpenAccounts, openAccounts, type Role, roles, type User, userId } from '@tocsin/dashboard';
import { loadCloudFile } from '../cloud/config.ts';
import { commandLineActor, openStateLedger } from '../cloud/state-ledger.ts';
import type { CliCommand, Io } from '../command.ts';

const usage = 'tocsin user add|role|password|remove NAME [--role ROLE] [--sites a,b], or tocsin user list';
const acts = ['add', 'role', 'password', 'remove', 'list'] as const;
type Act = (typeof acts)[number];
type Options = Parameters<CliCommand['run']>[0]['options'];
type Asked = { act: Exclude<Act, 'list'>; name: string; options: Options; io: Io };

/** The password comes from standard input or the environment, never from the command line, where everybody could read it. */
async function passwordFrom({ name, io }: Asked): Promise<string> {
  const { env } = io;
  if (env.TOCSIN_USER_PASSWORD !== undefined) return env.TOCSIN_USER_PASSWORD;
  if (io.terminal) io.err(`Password for ${name}: `);
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const line of lines) return line;
  throw new Fault('ARGUMENT_INVALID', 'No password given.', {
    remedy: 'Type it on standard input or set TOCSIN_USER_PASSWORD.',
  });
}

function roleFrom({ role }: Options): Role {
  if (roles.includes(role as Role)) return role as Role;
  throw new Fault('ARGUMENT_INVALID', `--role must be one of ${roles.join(', ')}.`);
}

/** The sites that were asked for; without any word about them, those of `before`. */
function sitesFrom(options: Options, before: readonly string[] | undefined): { sites?: readonly string[] } {
  const all = options['all-sites'] === true;
  if (all && options.sites !== undefined) {
    throw new Fault('ARGUMENT_INVALID', 'Give --sites or --all-sites, not both.');
  }
  const sites = all ? undefined : ((options.sites as string | undefined)?.split(',') ?? before);
  return sites ? { sites } : {};
}

/** Does what was asked and answers the person as they are now, or as they were when they are gone. */
async function perform(accounts: OpenAccounts, asked: Asked): Promise<User> {
  const { act, name, options } = asked;
  const by = commandLineActor();
  if (act === 'add') {
    const access = { role: roleFrom(options), ...sitesFrom(options, undefined) };
    return accounts.create({ name, password: await passwordFrom(asked), ...access }, by);
  }
  const before = accounts.find(userId(name));
  if (!before) {
    throw new Fault('ARGUMENT_INVALID', `There is no user called ${name}.`, { remedy: 'See: tocsin user list' });
  }
  if (act === 'remove') accounts.remove(before.id, by);
  else if (act === 'password') await accounts.setPassword(before.id, await passwordFrom(asked), by);
  else accounts.setAccess(before.id, { role: roleFrom(options), ...sitesFrom(options, before.sites) }, by);
  return accounts.find(before.id) ?? before;
}

const scope = ({ sites }: User) => (sites ? `at ${sites.join(', ')}` : 'at every site');

function said({ act }: Asked, user: User): string {
  if (act === 'remove') return `${user.name} is removed; their sessions have ended.\n`;
  if (act === 'password') return `${user.name} has a new password; their sessions have ended.\n`;
  const ended = act === 'role' ? '; their sessions have ended' : '';
  return `${user.name} may log in as ${user.role} ${scope(user)}${ended}.\n`;
}

const shown = ({ name, role, sites }: User) => ({ name, role, ...(sites ? { sites } : {}) });

function demandUsers(usersFile: string): void {
  if (existsSync(usersFile)) return;
  throw new Fault('FILE_UNREADABLE', `${usersFile} does not exist.`, {
    remedy: 'There is no user yet, or --cloud must name the file of another cloud.',
  });
}

function list(usersFile: string, { io, json }: { io: Io; json: boolean }): void {
  const accounts = openAccounts({ usersFile, clock: systemClock });
  try {
    const users = accounts.list();
    if (json) io.out(`${JSON.stringify(users.map(shown))}\n`);
    else for (const user of users) io.out(`${user.name}: ${user.role} ${scope(user)}\n`);
  } finally {
    accounts.close();
  }
}

export const user: CliCommand = {
  name: 'user',
  usage,
  example:
    'tocsin user add night-desk --role dispatcher < password-file\ntocsin user role night-desk --role viewer --sites hillside',
  options: {
    role: { type: 'string' },
    sites: { type: 'string' },
    'all-sites': { type: 'boolean' },
    cloud: { type: 'string' },
    json: { type: 'boolean' },
  },
  help: {
    role: { value: 'ROLE', says: `With add and role: one of ${roles.join(', ')}.` },
    sites: {
      value: 'LIST',
      says: 'Only these sites; without it add gives every site and role leaves them as they are.',
    },
    'all-sites': { says: 'With role: every site from now on.' },
    cloud: { value: 'FILE', says: 'The cloud’s file; default is the cloud in ./data/cloud.' },
    json: { says: 'The user or the users as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, name, ...rest] = args;
    const isList = act === 'list';
    if (!acts.includes(act as Act) || isList !== (name === undefined) || rest.length > 0) {
      throw new Fault('ARGUMENT_INVALID', 'Say what to do with whom.', { remedy: `Usage: ${usage}` });
    }
    const { dataDir } = loadCloudFile(options.cloud as string | undefined, io.cwd);
    const usersFile = join(dataDir, 'users.sqlite');
    if (act !== 'add') demandUsers(usersFile);
    if (isList) {
      list(usersFile, { io, json: options.json === true });
      return 0;
    }
    const asked: Asked = { act: act as Asked['act'], name: name!, options, io };
    const ledger = openStateLedger(dataDir);
    try {
      const accounts = openAccounts({ usersFile, clock: systemClock, ledger });
      try {
        const person = await perform(accounts, asked);
        io.out(options.json ? `${JSON.stringify(shown(person))}\n` : said(asked, person));
      } finally {
        accounts.close();
      }
    } finally {
      ledger.close();
    }
    return 0;
  },
};
