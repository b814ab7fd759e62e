import { resolve } from 'node:path';
import { systemClock } from '@tocsin/contracts';
import { formatProblems, loadSite } from '@tocsin/edge-agent/site';
import { type CliCommand, fileArgument } from '../command.ts';
import { startEdge } from '../edge/edge.ts';
import { createLogger } from '../logger.ts';
import { untilStopped } from '../start-all.ts';

const usage = 'tocsin edge SITE.yaml';

export const edge: CliCommand = {
  name: 'edge',
  usage,
  example: 'tocsin edge site.yaml',
  options: { data: { type: 'string' }, json: { type: 'boolean' }, 'log-level': { type: 'string' } },
  help: {
    data: { value: 'DIR', says: 'Keep the journal here instead of the site file’s dataDir.' },
    json: { says: 'Print the address of the field broker as one line of JSON.' },
    'log-level': { value: 'LEVEL', says: 'info (default), warn or error.' },
  },
  async run({ args, options, io }) {
    const file = fileArgument(args, 'site file', usage);
    const loaded = loadSite(file);
    if (!loaded.ok) {
      io.err(`${formatProblems(loaded.problems)}\n`);
      return 2;
    }
    if (loaded.warnings.length > 0) io.err(`${formatProblems(loaded.warnings)}\n`);
    const { site } = loaded;
    const agent = await startEdge({
      site: options.data === undefined ? site : { ...site, dataDir: resolve(io.cwd, options.data as string) },
      file: resolve(io.cwd, file),
      env: io.env,
      clock: systemClock,
      logger: createLogger(`edge:${site.site}`, (options['log-level'] as string | undefined) ?? 'info'),
    });
    if (options.json) io.out(`${JSON.stringify({ site: site.site, fieldPort: agent.fieldPort })}\n`);
    else
      io.out(
        `Site ${site.site} runs in ${site.mode} mode${agent.fieldPort ? `; devices connect to port ${agent.fieldPort}` : ''}.\n`,
      );
    await untilStopped();
    await agent.stop();
    return 0;
  },
};
