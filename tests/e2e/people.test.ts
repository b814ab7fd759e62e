/** Goal: whatever the command line does to people and gateways stands in the one ledger, beside a cloud that is running. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { verifyLedger } from '@tocsin/rules/ledger';
import { expect, test } from 'vitest';
import { freePort, runProgram, startProgram, workFolder } from './processes.ts';

const password = { TOCSIN_USER_PASSWORD: 'seven quiet herons wade' };

type Entry = { kind: string; actor: string; body: Record<string, unknown> };

/** The whole ledger of a folder's cloud; fails when its chain is broken. */
function ledgerOf(dataDir: string): Entry[] {
  const db = new DatabaseSync(join(dataDir, 'state.sqlite'), { readOnly: true });
  try {
    expect(verifyLedger(db)).toMatchObject({ ok: true });
    const rows = db.prepare('SELECT kind, actor, body FROM ledger ORDER BY number').all();
    return rows.map(({ kind, actor, body }) => ({ kind, actor, body: JSON.parse(body as string) }) as Entry);
  } finally {
    db.close();
  }
}

test('with no cloud yet, people and gateways are made and recorded, and the cloud then starts on the same ledger', async () => {
  using folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort() };
  const tls = 'tls: { certFile: none.crt, keyFile: none.key }';
  const config = (more: string) =>
    `dataDir: ./cloud\nmqtt: { host: 0.0.0.0, port: ${ports.mqtt}${more} }\nhttp: { port: ${ports.http} }\n`;
  const file = folder.file('cloud.yaml', config(`, ${tls}`));
  const dataDir = join(folder.path, 'cloud');
  const none = await runProgram(['user', 'list', '--cloud', file]);
  expect(none).toMatchObject({ code: 2 });
  const added = await runProgram(['user', 'add', 'Bob', '--role', 'viewer', '--cloud', file], password);
  expect(added.out).toBe('Bob may log in as viewer at every site.\n');
  const enrolled = await runProgram(['enroll', 'hillside', '--cloud', file]);
  expect(enrolled.out).toContain(`url: mqtts://<this host>:${ports.mqtt}\n`);
  const entries = ledgerOf(dataDir);
  expect(entries.map(({ kind, body }) => [kind, body.act, body.user ?? body.site])).toEqual([
    ['security', 'user.create', 'Bob'],
    ['security', 'site.enroll', 'hillside'],
  ]);
  expect(entries.every(({ actor }) => /^command line \(.+\)$/.test(actor))).toBe(true);
  const blocked = await runProgram(['up', file]);
  expect(blocked).toMatchObject({ code: 2 });
  expect(blocked.err).toMatch(/none\.crt \(ENOENT\)/);
  expect(blocked.err.trim().split('\n')).toHaveLength(1);
  folder.file('cloud.yaml', config(''));
  const cloud = await startProgram(['up', file, '--json', '--log-level', 'error']);
  expect(cloud.announced).not.toHaveProperty('setupCode');
  const second = await runProgram(['up', file, '--json'], {});
  expect(second.err.trim().split('\n').at(-1)).toMatch(/EADDRINUSE/);
  await cloud.kill('SIGTERM');
  expect(ledgerOf(dataDir).slice(0, 2)).toEqual(entries);
}, 40_000);

test('beside a running cloud a change ends the sessions of who it concerns, and the chain holds', async () => {
  using folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort() };
  const file = folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { port: ${ports.mqtt} }\nhttp: { port: ${ports.http} }\n`,
  );
  const cloud = await startProgram(['up', file, '--json', '--log-level', 'error']);
  const origin = `http://127.0.0.1:${ports.http}`;
  const run = (...words: string[]) => runProgram(['user', ...words, '--cloud', file], password);
  const logIn = async () => {
    const answer = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tocsin-console': '1', origin },
      body: JSON.stringify({ name: 'Bob', password: password.TOCSIN_USER_PASSWORD }),
    });
    return { status: answer.status, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const me = async (cookie: string) => {
    const answer = await fetch(`${origin}/api/session`, { headers: { cookie } });
    return { status: answer.status, ...((await answer.json()) as { role?: string; sites?: string[] }) };
  };
  try {
    expect(await run('add', 'Bob', '--role', 'viewer', '--sites', 'hillside')).toMatchObject({ code: 0 });
    const first = await logIn();
    expect(await me(first.cookie)).toMatchObject({ status: 200, role: 'viewer', sites: ['hillside'] });
    expect((await run('role', 'bob', '--role', 'engineer')).out).toMatch(/engineer at hillside; their sessions/);
    expect((await me(first.cookie)).status).toBe(401);
    const second = await logIn();
    expect(await me(second.cookie)).toMatchObject({ role: 'engineer', sites: ['hillside'] });
    expect(await run('password', 'Bob')).toMatchObject({ code: 0 });
    expect((await me(second.cookie)).status).toBe(401);
    expect((await run('role', 'Bob', '--role', 'admin', '--all-sites')).code).toBe(0);
    expect(JSON.parse((await run('list', '--json')).out)).toEqual([{ name: 'Bob', role: 'admin' }]);
    const third = await logIn();
    expect((await run('remove', 'Bob')).code).toBe(0);
    expect((await me(third.cookie)).status).toBe(401);
    expect((await logIn()).status).toBe(401);
    expect((await run('remove', 'Bob')).err).toContain('There is no user called Bob.');
    const done = ledgerOf(join(folder.path, 'cloud')).map(({ body }) => body.act);
    const byHand = ['user.create', 'user.access', 'user.password', 'user.access', 'user.remove'];
    expect(done.filter((act) => String(act).startsWith('user.'))).toEqual(byHand);
  } finally {
    await cloud.kill('SIGTERM');
  }
}, 60_000);
