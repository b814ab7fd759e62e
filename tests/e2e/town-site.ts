import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import mqtt, { type IClientOptions } from 'mqtt';
import { commandKey, enrollGateway } from '../../bin/cloud/secrets.ts';
import { freePort, startProgram, workFolder } from './processes.ts';

const sites = resolve(import.meta.dirname, '../../simulators/town/sites');

/** One site of the demonstration with a cloud, as real processes on free ports; `edit` changes its file. */
export async function townSite(
  site: 'hillside' | 'mill-house' | 'station-street',
  edit: (text: string) => string,
  more: Record<string, string> = {},
) {
  const folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort(), field: await freePort() };
  const secrets = {
    ...more,
    TOWN_FIELD_SECRET: randomBytes(16).toString('hex'),
    TOWN_CLOUD_SECRET: randomBytes(32).toString('hex'),
  };
  folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${ports.mqtt} }\nhttp: { host: 127.0.0.1, port: ${ports.http} }\n`,
  );
  const { publicKeyBase64 } = commandKey(join(folder.path, 'cloud'));
  enrollGateway(join(folder.path, 'cloud'), site, 0, secrets.TOWN_CLOUD_SECRET);
  for (const name of readdirSync(sites).filter((each) => each.startsWith(`${site}-`)))
    copyFileSync(join(sites, name), join(folder.path, name));
  const text = readFileSync(join(sites, `${site}.yaml`), 'utf8')
    .replace(/listen: \{ host: 127\.0\.0\.1, port: \d+ \}/, `listen: { host: 127.0.0.1, port: ${ports.field} }`)
    .replace('mqtt://127.0.0.1:18830', `mqtt://127.0.0.1:${ports.mqtt}`)
    .replace(/^( *)password: \{ env: TOWN_CLOUD_SECRET \}$/m, `$&\n$1commandKeys: [${publicKeyBase64}]`);
  const file = folder.file('site.yaml', edit(text));
  const start = (args: string[]) => startProgram([...args, '--json', '--log-level', 'warn'], secrets);
  /** A device of the field, with its own credential. */
  const client = (username: string, options: IClientOptions = {}) => {
    const made = mqtt.connect({
      ...options,
      ...{ host: '127.0.0.1', port: ports.field, clientId: username, username },
      ...{ password: secrets.TOWN_FIELD_SECRET, reconnectPeriod: 100, queueQoSZero: false },
    });
    made.on('error', () => {});
    return made;
  };
  return {
    folder,
    ports,
    startCloud: () => start(['up', join(folder.path, 'cloud.yaml')]),
    startEdge: () => start(['edge', file, '--data', join(folder.path, 'edge')]),
    client,
  };
}
