import { Fault, isName, systemClock } from '@tocsin/contracts';
import { loadCloudFile } from '../cloud/config.ts';
import { commandKey, enrollGateway } from '../cloud/secrets.ts';
import { type CliCommand, fileArgument } from '../command.ts';

const usage = 'tocsin enroll SITE [--cloud CLOUD.yaml]';

export const enroll: CliCommand = {
  name: 'enroll',
  usage,
  example: 'tocsin enroll hillside\ntocsin enroll hillside --cloud cloud.yaml',
  options: { cloud: { type: 'string' }, json: { type: 'boolean' } },
  help: {
    cloud: { value: 'FILE', says: 'The cloud’s file; default is the cloud in ./data/cloud.' },
    json: { says: 'Token and key as JSON.' },
  },
  async run({ args, options, io }) {
    const site = fileArgument(args, 'site', usage);
    if (!isName(site))
      throw new Fault('ARGUMENT_INVALID', `"${site}" is no site id.`, {
        remedy: 'Use letters, digits, dot, underscore, hyphen.',
      });
    const { dataDir, mqtt } = loadCloudFile(options.cloud as string | undefined, io.cwd);
    const token = enrollGateway(dataDir, site, systemClock.nowMs());
    const { publicKeyBase64 } = commandKey(dataDir);
    if (options.json) {
      io.out(`${JSON.stringify({ site, token, commandKey: publicKeyBase64 })}\n`);
      return 0;
    }
    io.out(
      [
        `Site ${site} may connect now; an older token of the site no longer counts. A running cloud notices within seconds.`,
        '',
        'The token is shown only this once. Put it in a file that only the gateway’s user can read:',
        `  (umask 077; printf %s '${token}' > cloud-token)`,
        '',
        'and in the site file:',
        '  cloud:',
        `    url: mqtt://${mqtt.host}:${mqtt.port}`,
        '    password: { file: cloud-token }',
        `    commandKeys: [${publicKeyBase64}]`,
        '',
      ].join('\n'),
    );
    return 0;
  },
};
