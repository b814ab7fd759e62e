import { expect, test } from 'vitest';
import { type Asked, createGate } from './gate.ts';

const port = 4_321;
const host = `127.0.0.1:${port}`;
const asked = (path: string, headers: Asked['headers'] = {}, method = 'GET'): Asked => ({
  method,
  url: new URL(path, 'http://127.0.0.1'),
  headers: { host, ...headers },
});

function entered() {
  const gate = createGate();
  const first = gate.admit(asked(`/?token=${gate.token}`), port);
  if (first.kind !== 'enter' || !first.cookie) throw new Error('The token of the gate was refused.');
  return { gate, cookie: first.cookie.split(';')[0]!, whole: first.cookie };
}

test('the address of the terminal lets one browser in, and no second one', () => {
  const { gate, cookie, whole } = entered();
  expect(whole).toMatch(/; HttpOnly; SameSite=Strict$/);
  expect(gate.admit(asked('/api/session', { cookie }), port)).toEqual({ kind: 'pass' });
  expect(gate.admit(asked(`/?token=${gate.token}`), port)).toMatchObject({ kind: 'refused' });
  expect(gate.admit(asked(`/?token=${gate.token}`, { cookie }), port)).toEqual({ kind: 'enter' });
});

const post = { 'content-type': 'application/json', origin: `http://${host}` };
test.each<[string, string, Asked['headers'], string?]>([
  ['no cookie', '/', {}],
  ['a wrong token', '/?token=guess', {}],
  ['a token on another path', '/api/picture?token=TOKEN', {}],
  ['a wrong cookie', '/', { cookie: `tocsin-calibrate-${port}=guess` }],
  ['a name that was made to point here', '/', { host: `evil.example:${port}`, cookie: 'OURS' }],
  ['another port', '/', { host: '127.0.0.1:80', cookie: 'OURS' }],
  ['no Host', '/', { host: undefined, cookie: 'OURS' }],
  ['a page of another site', '/api/picture', { 'sec-fetch-site': 'cross-site', cookie: 'OURS' }],
  ['a page of another port', '/api/picture', { 'sec-fetch-site': 'same-site', cookie: 'OURS' }],
  ['a post without cookie', '/api/save', post, 'POST'],
  ['a post of another origin', '/api/save', { ...post, origin: 'http://127.0.0.1:9', cookie: 'OURS' }, 'POST'],
  ['a post of no origin', '/api/save', { ...post, origin: undefined, cookie: 'OURS' }, 'POST'],
  ['a post of the origin null', '/api/save', { ...post, origin: 'null', cookie: 'OURS' }, 'POST'],
  ['a form', '/api/save', { ...post, 'content-type': 'text/plain', cookie: 'OURS' }, 'POST'],
  ['another method', '/api/save', { ...post, cookie: 'OURS' }, 'DELETE'],
])('%s is refused', (_what, path, headers, method) => {
  const { gate, cookie } = entered();
  const own = { ...headers, ...(headers.cookie === 'OURS' ? { cookie } : {}) };
  expect(gate.admit(asked(path.replace('TOKEN', gate.token), own, method), port)).toMatchObject({ kind: 'refused' });
});

test('a post of the page itself passes, also through a tunnel that ends at localhost', () => {
  const { gate, cookie } = entered();
  expect(gate.admit(asked('/api/save', { ...post, cookie }, 'POST'), port)).toEqual({ kind: 'pass' });
  const local = { ...post, host: `localhost:${port}`, origin: `http://localhost:${port}`, cookie };
  expect(gate.admit(asked('/api/save', local, 'POST'), port)).toEqual({ kind: 'pass' });
});
