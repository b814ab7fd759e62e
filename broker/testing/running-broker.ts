import { type Clock, silentLogger, systemClock } from '@tocsin/contracts';
import {
  type Account,
  type Broker,
  type BrokerLimits,
  createBroker,
  hashSecret,
  type Message,
  siteAccount,
} from '../broker.ts';

/** A broker on a free loopback port with accounts whose secret is `<user>-secret`. */
export type RunningBroker = {
  broker: Broker;
  port: number;
  accounts: Map<string, Account>;
  /** What `onPublish` was handed. */
  heard: Message[];
  /** Log lines of warnings. */
  warnings: { fields: object; text: string }[];
};

/** `hill` and `dale` are gateways; `field` may use everything below `field/`; `reader` only subscribes there. */
export async function runningBroker(
  limits: Partial<BrokerLimits> = {},
  clock: Clock = systemClock,
): Promise<RunningBroker> {
  const accounts = new Map<string, Account>();
  const put = (account: Account) => accounts.set(account.username, account);
  for (const site of ['hill', 'dale']) put(siteAccount(site, hashSecret(`${site}-secret`)));
  put(fieldAccount('field', ['field/#'], ['field/#']));
  put(fieldAccount('reader', [], ['field/#']));
  put(fieldAccount('reader2', [], ['field/#']));
  const heard: Message[] = [];
  const warnings: RunningBroker['warnings'] = [];
  const broker = createBroker({
    listen: { host: '127.0.0.1', port: 0 },
    accounts: { find: (username) => accounts.get(username) },
    limits,
    clock,
    logger: { ...silentLogger, warn: (fields, text) => void warnings.push({ fields, text }) },
    onPublish: (message) => void heard.push(message),
  });
  const { port } = await broker.start();
  return { broker, port, accounts, heard, warnings };
}

/** An account whose name is also its client id. */
export function fieldAccount(name: string, publish: string[], subscribe: string[]): Account {
  return {
    username: name,
    clientId: name,
    secretSha256: hashSecret(`${name}-secret`),
    publish,
    subscribe,
    retain: ['field/state/+'],
  };
}
