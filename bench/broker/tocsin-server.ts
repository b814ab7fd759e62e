/** A process with our broker: an account for every client, rights on every topic and all limits at their defaults. */
import { type Account, createBroker, hashSecret, siteAccount } from '@tocsin/broker';
import { silentLogger, systemClock } from '@tocsin/contracts';

const broker = createBroker({
  listen: { host: '127.0.0.1', port: 0 },
  accounts: { find },
  // All clients of the bench come from one address.
  limits: { connectionsPerAddressMax: 10_000 },
  clock: systemClock,
  logger: silentLogger,
  onPublish() {},
});

/** Publishers `p<n>`, one `reader` of all of them, and gateways by any other name. */
function find(username: string): Account | undefined {
  const secretSha256 = hashSecret(`${username}-secret`);
  const account = { username, clientId: username, secretSha256, publish: [], subscribe: [], retain: [] };
  if (/^p\d+$/.test(username)) return { ...account, publish: [`bench/${username}`] };
  if (username === 'reader') return { ...account, subscribe: ['bench/+'] };
  return siteAccount(username, secretSha256);
}

process.send!(await broker.start());
process.on('message', () => process.send!(broker.counters()));
process.on('disconnect', () => process.exit(0));
