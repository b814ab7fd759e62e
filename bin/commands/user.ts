import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Fault, systemClock } from '@tocsin/contracts';
import { createUser, type Role, roles } from '@tocsin/dashboard';
import { loadCloudFile } from '../cloud/config.ts';
import type { CliCommand } from '../command.ts';

const usage = 'tocsin user add NAME --role ROLE [--sites a,b]';

/** The password comes from standard input or the environment, never from the command line, where everybody could read it. */
async function passwordFrom(env: Record<string, string | undefined>): Promise<string> {
  if (env.TOCSIN_USER_PASSWORD !== undefined) return env.TOCSIN_USER_PASSWORD;
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const line of lines) return line;
  throw new Fault('ARGUMENT_INVALID', 'No password given.', {
    remedy: 'Type it on standard input or set TOCSIN_USER_PASSWORD.',
  });
}

export const user: CliCommand = {
  name: 'user',
  usage,
  example: 'tocsin user add night-desk --role dispatcher < password-file',
  options: {
    role: { type: 'string' },
    sites: { type: 'string' },
    cloud: { type: 'string' },
    json: { type: 'boolean' },
  },
  help: {
    role: { value: 'ROLE', says: `One of ${roles.join(', ')}.` },
    sites: { value: 'LIST', says: 'Only these sites; default is all of them.' },
    cloud: { value: 'FILE', says: 'The cloud’s file; default is the cloud in ./data/cloud.' },
    json: { says: 'The user as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, name, ...rest] = args;
    if (act !== 'add' || name === undefined || rest.length > 0) {
      throw new Fault('ARGUMENT_INVALID', 'Say whom to add.', { remedy: `Usage: ${usage}` });
    }
    const role = options.role as Role | undefined;
    if (role === undefined || !roles.includes(role)) {
      throw new Fault('ARGUMENT_INVALID', `--role must be one of ${roles.join(', ')}.`);
    }
    const { dataDir } = loadCloudFile(options.cloud as string | undefined, io.cwd);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const sites = (options.sites as string | undefined)?.split(',');
    if (io.terminal && io.env.TOCSIN_USER_PASSWORD === undefined) io.err(`Password for ${name}: `);
    const made = await createUser(
      { usersFile: join(dataDir, 'users.sqlite'), clock: systemClock },
      { name, password: await passwordFrom(io.env), role, ...(sites ? { sites } : {}), by: 'command line' },
    );
    io.out(
      options.json
        ? `${JSON.stringify({ name: made.name, role: made.role })}\n`
        : `${made.name} may log in as ${made.role}.\n`,
    );
    return 0;
  },
};
