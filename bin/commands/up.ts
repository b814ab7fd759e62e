import { systemClock } from '@tocsin/contracts';
import { startCloud } from '../cloud/cloud.ts';
import { brokerUrl, loadCloudFile } from '../cloud/config.ts';
import type { CliCommand } from '../command.ts';
import { createLogger } from '../logger.ts';
import { untilStopped } from '../start-all.ts';

export const up: CliCommand = {
  name: 'up',
  usage: 'tocsin up [CLOUD.yaml]',
  example: 'tocsin up\ntocsin up cloud.yaml',
  options: { json: { type: 'boolean' }, 'log-level': { type: 'string' } },
  help: {
    json: { says: 'Print the addresses and the set-up code as one line of JSON.' },
    'log-level': { value: 'LEVEL', says: 'info (default), warn or error.' },
  },
  async run({ args, options, io }) {
    const config = loadCloudFile(args[0], io.cwd);
    const cloud = await startCloud({
      config,
      clock: systemClock,
      logger: createLogger('cloud', (options['log-level'] as string | undefined) ?? 'info'),
    });
    const { httpPort, mqttPort, setupCode } = cloud;
    if (options.json) io.out(`${JSON.stringify({ httpPort, mqttPort, setupCode })}\n`);
    else {
      io.out(
        `Console: http://${config.http.host}:${httpPort}/\nGateways connect to ${brokerUrl({ ...config.mqtt, port: mqttPort })}\n`,
      );
      if (setupCode) io.out(`There is no user yet. Set-up code for the first one (once, 24 hours): ${setupCode}\n`);
    }
    await untilStopped();
    await cloud.stop();
    return 0;
  },
};
