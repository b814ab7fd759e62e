import { formatProblems, loadSite } from '@tocsin/edge-agent/site';
import { type CliCommand, fileArgument } from '../command.ts';

const usage = 'tocsin check SITE.yaml';

export const check: CliCommand = {
  name: 'check',
  usage,
  example: 'tocsin check site.yaml',
  options: { json: { type: 'boolean' } },
  help: { json: { says: 'Problems as JSON.' } },
  async run({ args, options, io }) {
    const file = fileArgument(args, 'site file', usage);
    const result = loadSite(file);
    if (!result.ok) {
      if (options.json) io.out(`${JSON.stringify({ ok: false, problems: result.problems })}\n`);
      else io.err(`${formatProblems(result.problems)}\n`);
      return 2;
    }
    const { site, devices, cameras, rules, actuators, mode } = result.site;
    if (options.json) io.out(`${JSON.stringify({ ok: true, site, warnings: result.warnings })}\n`);
    else {
      if (result.warnings.length > 0) io.err(`${formatProblems(result.warnings)}\n`);
      const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
      io.out(
        `${file}: good. Site ${site}: ${count(devices.length - cameras.length, 'device')}, ` +
          (cameras.length > 0 ? `${count(cameras.length, 'camera')}, ` : '') +
          `${count(rules.length, 'rule')}, ` +
          `${count(actuators.length, 'actuator')}, mode ${mode}.\n`,
      );
    }
    return 0;
  },
};
