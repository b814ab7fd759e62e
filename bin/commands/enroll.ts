import { Fault, isName, systemClock } from '@tocsin/contracts';
import { listKeys, siteFileKeys } from '../cloud/command-keys.ts';
import { brokerUrl, loadCloudFile } from '../cloud/config.ts';
import { enrollGateway } from '../cloud/secrets.ts';
import { commandLineActor, openStateLedger } from '../cloud/state-ledger.ts';
import { type CliCommand, fileArgument } from '../command.ts';

const usage = 'tocsin enroll SITE [--cloud CLOUD.yaml]';

/** Gives the site a new token; the ledger says so, or there is no new token. */
function enrolled(dataDir: string, site: string): string {
  const atMs = systemClock.nowMs();
  const ledger = openStateLedger(dataDir);
  try {
    const entry = { atMs, kind: 'security', actor: commandLineActor(), body: { act: 'site.enroll', site } } as const;
    return ledger.record(entry, () => enrollGateway(dataDir, site, atMs));
  } finally {
    ledger.close();
  }
}

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
    if (site === 'cloud') {
      throw new Fault('ARGUMENT_INVALID', '"cloud" is the name under which the cloud speaks of itself.', {
        remedy: 'Choose another id for the site.',
      });
    }
    if (!isName(site))
      throw new Fault('ARGUMENT_INVALID', `"${site}" is no site id.`, {
        remedy: 'Use letters, digits, dot, underscore, hyphen.',
      });
    const { dataDir, mqtt } = loadCloudFile(options.cloud as string | undefined, io.cwd);
    const token = enrolled(dataDir, site);
    const keys = listKeys(dataDir, systemClock.nowMs()).filter(({ state }) => state !== 'retired');
    if (options.json) {
      const commandKeys = keys.map(({ name, publicKeyBase64: key }) => ({ name, key }));
      io.out(`${JSON.stringify({ site, token, commandKeys })}\n`);
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
        `    url: ${brokerUrl(mqtt)}`,
        '    password: { file: cloud-token }',
        siteFileKeys(keys),
        ...(mqtt.tls
          ? ['    caFile: ca.crt   # only when no public authority signed the certificate of the cloud']
          : []),
        '',
      ].join('\n'),
    );
    return 0;
  },
};
