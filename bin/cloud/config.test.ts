import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { brokerUrl, loadCloudFile, readTls } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (text: string) => {
  const path = join(dir, 'cloud.yaml');
  writeFileSync(path, text);
  return path;
};
const withTls = 'dataDir: d\nmqtt: { host: 0.0.0.0, port: 8883, tls: { certFile: keys/c.crt, keyFile: /etc/c.key } }\n';

test('every path of a cloud file counts from the file, wherever the program stands', () => {
  const { dataDir, mqtt } = loadCloudFile(file(withTls), '/somewhere/else');
  expect(dataDir).toBe(join(dir, 'd'));
  expect(mqtt.tls).toEqual({ certFile: join(dir, 'keys/c.crt'), keyFile: '/etc/c.key' });
});

test('a certificate that is not there is named with its path', () => {
  const { mqtt } = loadCloudFile(file(withTls), '/');
  const problem = { code: 'FILE_UNREADABLE', detail: `${join(dir, 'keys/c.crt')} (ENOENT).` };
  expect(() => readTls(mqtt.tls!)).toThrow(expect.objectContaining(problem));
});

test('a certificate that is none is refused before anything listens', () => {
  const certFile = join(dir, 'bad.crt');
  writeFileSync(certFile, 'no certificate');
  const attempt = () => readTls({ certFile, keyFile: certFile });
  expect(attempt).toThrow(expect.objectContaining({ code: 'CLOUD_FILE_INVALID' }));
});

test.each([
  ['127.0.0.1', false, 'mqtt://127.0.0.1:1'],
  ['cloud.example', true, 'mqtts://cloud.example:1'],
  ['0.0.0.0', true, 'mqtts://<this host>:1'],
  ['::', false, 'mqtt://<this host>:1'],
  ['::1', false, 'mqtt://[::1]:1'],
])('a broker on %s (TLS: %s) is reached at %s', (host, isSecure, url) => {
  const tls = isSecure ? { tls: { certFile: 'c', keyFile: 'k' } } : {};
  expect(brokerUrl({ host, port: 1, ...tls })).toBe(url);
});
