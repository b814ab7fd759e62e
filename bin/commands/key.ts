import { Fault, systemClock } from '@tocsin/contracts';
import { addKey, listKeys, retireKey, type StoredKey, siteFileKeys, useKey } from '../cloud/command-keys.ts';
import { loadCloudFile } from '../cloud/config.ts';
import { commandLineActor, openStateLedger } from '../cloud/state-ledger.ts';
import type { CliCommand } from '../command.ts';

const usage = 'tocsin key list, tocsin key new [NAME], tocsin key use|retire NAME [--cloud CLOUD.yaml]';
type Act = 'new' | 'use' | 'retire';

/** What was done, and what the reader has to do next. */
function said(act: Act, key: StoredKey, signing: string): string {
  if (act === 'new')
    return `Key ${key.name} is made. ${signing} goes on signing until you say: tocsin key use ${key.name}\n\nFirst put both in the site file of every gateway and start it again:\n  cloud:`;
  if (act === 'use')
    return `Key ${key.name} signs from now on; a running cloud notices within seconds. A gateway that does not know it refuses every order and says so.\nOrders signed before are worth ten minutes. Then retire the old key, and give it an end in the site files (until: …) or take it out.\n\nSite files have:\n  cloud:`;
  return `Key ${key.name} is retired: its private half is gone. Take it out of every site file; until then its old orders would still fit it.\n\nSite files have:\n  cloud:`;
}

function row({ name, state, madeAtMs, retiredAtMs, publicKeyBase64 }: StoredKey): string {
  const day = (atMs: number) => (atMs === 0 ? 'at the first start' : new Date(atMs).toISOString().slice(0, 10));
  const ended = retiredAtMs === undefined ? '' : `, retired ${day(retiredAtMs)}`;
  return `${name}  ${state}  ${publicKeyBase64}  made ${day(madeAtMs)}${ended}`;
}

/** Changes the keys; the ledger says so, or nothing is changed. */
function changed(dataDir: string, act: Act, name: string | undefined): StoredKey {
  const atMs = systemClock.nowMs();
  const ledger = openStateLedger(dataDir);
  // Whatever is wrong with the file is said before the ledger is written.
  const named = name ?? `key-${listKeys(dataDir, atMs).length + 1}`;
  const entry = { atMs, kind: 'security', actor: commandLineActor(), body: { act: `key.${act}`, key: named } } as const;
  try {
    return ledger.record(entry, () => {
      if (act === 'new') return addKey(dataDir, named, atMs);
      return act === 'use' ? useKey(dataDir, named) : retireKey(dataDir, named, atMs);
    });
  } finally {
    ledger.close();
  }
}

/** Exchanges the key that signs the cloud's commands, with an overlap in which gateways accept both. */
export const key: CliCommand = {
  name: 'key',
  usage,
  example: 'tocsin key new spring\ntocsin key use spring\ntocsin key retire key-1\ntocsin key list',
  options: { cloud: { type: 'string' }, json: { type: 'boolean' } },
  help: {
    cloud: { value: 'FILE', says: 'The cloud’s file; default is the cloud in ./data/cloud.' },
    json: { says: 'Names, states and public keys as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, name, ...rest] = args;
    const isRight = act === 'list' ? args.length === 1 : act === 'new' || ((act === 'use' || act === 'retire') && name);
    if (!isRight || rest.length > 0)
      throw new Fault('ARGUMENT_INVALID', 'Say what to do with which key.', { remedy: `Usage: ${usage}` });
    const { dataDir } = loadCloudFile(options.cloud as string | undefined, io.cwd);
    const done = act === 'list' ? undefined : changed(dataDir, act as Act, name);
    const keys = listKeys(dataDir);
    if (options.json) {
      const rows = keys.map(({ privateKeyPem: _secret, ...shown }) => shown);
      io.out(`${JSON.stringify({ keys: rows, ...(done ? { changed: done.name } : {}) })}\n`);
      return 0;
    }
    const signing = keys.find(({ state }) => state === 'signing')!.name;
    const head =
      done === undefined
        ? `${keys.map(row).join('\n')}\n\nSite files have:\n  cloud:`
        : said(act as Act, done, signing);
    io.out(`${head}\n${siteFileKeys(keys)}\n`);
    return 0;
  },
};
