import { createPublicKey } from 'node:crypto';
import { say } from './conform-leaf.ts';
import { isRecord, type Outline } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';

/** Everything about brokers, keys and the time zone that the schema cannot say. */
export function checkConnections(
  file: Record<string, unknown>,
  outline: Outline,
  findings: Findings,
  warnings: Findings,
): void {
  const { broker, cloud, timeZone } = file;
  if (isRecord(broker)) {
    checkUrl(broker.url, ['broker', 'url'], findings);
    if (Array.isArray(broker.users)) checkUsers(broker.users, outline, findings, warnings);
  }
  if (isRecord(cloud)) {
    checkUrl(cloud.url, ['cloud', 'url'], findings);
    if (cloud.caFile !== undefined && typeof cloud.url === 'string' && /^mqtt:/.test(cloud.url)) {
      const remedy = 'Write mqtts:// in url, or leave caFile out.';
      findings.add(['cloud', 'caFile'], 'Certificates mean nothing on a link without TLS.', remedy);
    }
    const keys = Array.isArray(cloud.commandKeys) ? cloud.commandKeys : [];
    checkKeys(keys, findings);
  }
  if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    const zones = Intl.supportedValuesOf('timeZone');
    findings.add(
      ['timeZone'],
      `There is no time zone ${say(timeZone)}.`,
      suggest(timeZone, zones, 'Use a name such as Europe/Vienna;'),
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Keys must be keys, have names of their own, and a time in which they count. */
function checkKeys(keys: unknown[], findings: Findings): void {
  const names = new Map<string, number>();
  keys.forEach((given, i) => {
    const place = ['cloud', 'commandKeys', i];
    const { key, name, from, until } = isRecord(given) ? given : { key: given };
    if (typeof key === 'string' && !isEd25519(key)) {
      const remedy = 'Give its SPKI form in base64, on one line.';
      findings.add(isRecord(given) ? [...place, 'key'] : place, `${say(key)} is no Ed25519 public key.`, remedy);
    }
    if (typeof name === 'string') {
      const before = names.get(name);
      if (before !== undefined)
        findings.add(
          [...place, 'name'],
          `There are two keys called ${say(name)}.`,
          `Rename one; entry ${before + 1} has it too.`,
        );
      names.set(name, i);
    }
    if (findings.below(place)) return;
    for (const [field, text] of Object.entries({ from, until }))
      if (typeof text === 'string' && Number.isNaN(Date.parse(text)))
        findings.add([...place, field], `${say(text)} is no instant.`, 'Write it as 2026-03-01T00:00:00Z.');
    if (Date.parse(String(from)) >= Date.parse(String(until)))
      findings.add(
        [...place, 'until'],
        'The key ends before it begins, so it never counts.',
        'Exchange from and until.',
      );
  });
}

function isEd25519(base64: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

function checkUrl(url: unknown, place: Place, findings: Findings): void {
  if (typeof url !== 'string' || !/^mqtts?:\/\//.test(url)) return;
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '') {
    findings.add(place, `${say(url)} is no address.`, 'Write mqtt://host:1883 or mqtts://host:8883.');
  } else if (parsed.password !== '' || parsed.username !== '') {
    const remedy =
      'Give username and password as fields of their own, the password as { env: NAME } or { file: path }.';
    // The address itself is not repeated: it would carry the secret into logs.
    findings.add(place, 'The address holds a user name or password; a secret never stands in this file.', remedy);
  }
}

function checkUsers(users: unknown[], { devices, cameras }: Outline, findings: Findings, warnings: Findings): void {
  const names = new Map<string, number>();
  const mayPublish: string[] = [];
  users.forEach((user, i) => {
    if (!isRecord(user)) return;
    const place = ['broker', 'users', i];
    const before = names.get(String(user.username));
    if (before !== undefined) {
      findings.add(
        [...place, 'username'],
        `There are two users called ${say(user.username)}.`,
        `Rename one; entry ${before + 1} has it too.`,
      );
    }
    names.set(String(user.username), i);
    for (const right of ['publish', 'subscribe'] as const) {
      const filters = Array.isArray(user[right]) ? user[right] : [];
      filters.forEach((filter, k) => {
        if (typeof filter !== 'string') return;
        if (!isFilter(filter)) {
          const remedy = 'Use + for one whole level and # for all at the end.';
          findings.add([...place, right, k], `${say(filter)} is no topic filter.`, remedy);
        } else if (right === 'publish') mayPublish.push(filter);
      });
    }
  });
  if (findings.below(['broker'])) return;
  const speakers = [
    ...devices.map(({ value: { topic }, place, id }) => ({ topic, place: [...place, 'topic'], id })),
    ...cameras.map(({ value: { source }, place, id }) => {
      return { topic: isRecord(source) ? source.topic : undefined, place: [...place, 'source', 'topic'], id };
    }),
  ];
  for (const { topic, place, id } of speakers) {
    if (typeof topic !== 'string' || findings.below(place)) continue;
    if (mayPublish.some((filter) => matches(filter, topic))) continue;
    const says = `No user of the broker may publish on ${say(topic)}, so ${id} can never be heard.`;
    warnings.add(place, says, 'Add the topic to publish of its user.');
  }
}

/** True for a legal MQTT topic filter (MQTT 3.1.1 §4.7). */
function isFilter(filter: string): boolean {
  const levels = filter.split('/');
  return (
    filter !== '' &&
    !filter.includes('\u0000') &&
    levels.every((level, i) => !/[+#]/.test(level) || level === '+' || (level === '#' && i === levels.length - 1))
  );
}

/** True when a topic falls under a filter. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
