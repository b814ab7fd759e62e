import { siteFileSchema } from '@tocsin/edge-agent/site';
import type { CliCommand } from '../command.ts';

export const schema: CliCommand = {
  name: 'schema',
  usage: 'tocsin schema',
  example: 'tocsin schema > site.schema.json',
  options: {},
  help: {},
  async run({ io }) {
    io.out(`${JSON.stringify(siteFileSchema(), null, 2)}\n`);
    return 0;
  },
};
