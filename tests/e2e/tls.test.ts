/** Goal: a gateway trusts a cloud whose certificate its own authority signed, and nobody else's. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger, systemClock, topics } from '@tocsin/contracts';
import { createMqttTransport } from '@tocsin/edge-agent';
import { readCertificates } from '@tocsin/edge-agent/site';
import { expect, test } from 'vitest';
import { freePort, runProgram, startProgram, workFolder } from './processes.ts';

/** Runs openssl, or says how to get it. */
function openssl(cwd: string, words: string): void {
  try {
    execFileSync('openssl', words.split(' '), { cwd, stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('This test needs the program openssl. Install it (apt-get install openssl).');
  }
}

/** An authority in `ca.crt` and a certificate for localhost that it signed. */
function makeCertificates(cwd: string, san: string): void {
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(cwd, `req -x509 ${key} -keyout ca.key -out ca.crt -days 2 -subj /CN=test-authority`);
  openssl(cwd, `req ${key} -keyout cloud.key -out cloud.csr -subj /CN=cloud -addext subjectAltName=${san}`);
  openssl(cwd, 'x509 -req -in cloud.csr -CA ca.crt -CAkey ca.key -out cloud.crt -days 2 -copy_extensions copy');
}

/** What a gateway with these certificates meets: `connected`, or why not. */
function meet(url: string, password: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const said = (what: string) => void transport.stop().then(() => resolve(what));
    const transport = createMqttTransport({
      url,
      clientId: 'hillside',
      username: 'hillside',
      password,
      ...(ca === undefined ? {} : { ca }),
      subscribe: [topics.downAll('hillside')],
      clock: systemClock,
      random: Math.random,
      logger: { ...silentLogger, warn: (fields) => said(String((fields as { why: string }).why)) },
    });
    transport.start({ connected: () => said('connected'), closed() {}, message() {} });
  });
}

test('a cloud under TLS is reached with the authority of its certificate, and not without or with another', async () => {
  using folder = workFolder();
  mkdirSync(join(folder.path, 'other'));
  makeCertificates(folder.path, 'IP:127.0.0.1');
  makeCertificates(join(folder.path, 'other'), 'IP:127.0.0.1');
  const ports = { mqtt: await freePort(), http: await freePort() };
  const tls = 'tls: { certFile: cloud.crt, keyFile: cloud.key }';
  const file = folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { port: ${ports.mqtt}, ${tls} }\nhttp: { port: ${ports.http} }\n`,
  );
  const enrolled = await runProgram(['enroll', 'hillside', '--cloud', file, '--json']);
  const { token } = JSON.parse(enrolled.out) as { token: string };
  const cloud = await startProgram(['up', file, '--json', '--log-level', 'error']);
  try {
    const url = `mqtts://127.0.0.1:${ports.mqtt}`;
    const ca = readCertificates(join(folder.path, 'ca.crt'));
    expect(await meet(url, token, ca)).toBe('connected');
    expect(await meet(url, token, undefined)).toMatch(/unable to verify|self-signed|local issuer/);
    const stranger = readCertificates(join(folder.path, 'other/ca.crt'));
    expect(await meet(url, token, stranger)).toMatch(/unable to verify|signature|local issuer/);
    expect(await meet(`mqtts://localhost:${ports.mqtt}`, token, ca)).toMatch(/altnames|Hostname/);
  } finally {
    await cloud.kill('SIGTERM');
  }
}, 40_000);

test('a whole gateway finds its way to a cloud under TLS by the caFile beside its site file', async () => {
  using folder = workFolder();
  makeCertificates(folder.path, 'IP:127.0.0.1');
  const ports = { mqtt: await freePort(), http: await freePort(), field: await freePort() };
  const cloudFile = folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { port: ${ports.mqtt}, tls: { certFile: cloud.crt, keyFile: cloud.key } }\nhttp: { port: ${ports.http} }\n`,
  );
  const { token } = JSON.parse((await runProgram(['enroll', 'hillside', '--cloud', cloudFile, '--json'])).out);
  folder.file('cloud-token', token);
  const site = folder.file(
    'site.yaml',
    `site: hillside
name: Hillside
dataDir: ./edge
broker: { listen: { host: 127.0.0.1, port: ${ports.field} }, users: [] }
cloud: { url: "mqtts://127.0.0.1:${ports.mqtt}", password: { file: cloud-token }, caFile: ca.crt }
devices: []
`,
  );
  const cloud = await startProgram(['up', cloudFile, '--json', '--log-level', 'error']);
  const edge = await startProgram(['edge', site, '--json', '--log-level', 'info']);
  try {
    await expect.poll(edge.stderr, { timeout: 15_000 }).toContain('Connected to the cloud.');
  } finally {
    await edge.kill('SIGTERM');
    await cloud.kill('SIGTERM');
  }
}, 40_000);
