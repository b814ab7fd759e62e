import { expect, test } from 'vitest';
import { siteAccount } from './accounts.ts';
import { isFilter, isTopic, mayPublish, mayRetain, maySubscribe, mayWill, rightsOf } from './rights.ts';

const rights = rightsOf(siteAccount('hill', '00'));

test('A gateway may publish what the contract names for its site and nothing else.', () => {
  for (const leaf of ['descriptor', 'status', 'up/urgent', 'up/live', 'up/backlog']) {
    expect(mayPublish(rights, `tocsin/v1/hill/${leaf}`), leaf).toBe(true);
  }
  for (const topic of [
    'tocsin/v1/dale/status',
    'tocsin/v1/hill/up/other',
    'tocsin/v1/hill/up',
    'tocsin/v1/hill/down/command',
    'tocsin/v1/Hill/status',
    'tocsin/v1/hill/status/',
    '/tocsin/v1/hill/status',
    'tocsin/v1/x/../hill/status',
    'tocsin/v1/hill/status\u0000',
    '$SYS/hill',
    '__proto__',
  ]) {
    expect(mayPublish(rights, topic), topic).toBe(false);
  }
});

test('A gateway may retain its state, will its status, and subscribe only within what is said to it.', () => {
  expect(['descriptor', 'status', 'up/live'].map((leaf) => mayRetain(rights, `tocsin/v1/hill/${leaf}`))).toEqual([
    true,
    true,
    false,
  ]);
  expect(['descriptor', 'status'].map((leaf) => mayWill(rights, `tocsin/v1/hill/${leaf}`))).toEqual([false, true]);
  expect(maySubscribe(rights, 'tocsin/v1/hill/down/+')).toBe(true);
  expect(maySubscribe(rights, 'tocsin/v1/hill/down/ack')).toBe(true);
  for (const filter of [
    '#',
    '+/+',
    '+/v1/hill/down/+',
    'tocsin/v1/+/down/+',
    'tocsin/v1/hill/#',
    'tocsin/v1/hill/down/#',
    '$SYS/#',
    '$share/g/#',
  ]) {
    expect(maySubscribe(rights, filter), filter).toBe(false);
  }
});

test('An answer stays the same when it is asked again, and after more topics than are remembered.', () => {
  const wide = rightsOf({ publish: ['a/#'], subscribe: [], retain: ['not a filter/#'] });
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 1000; n += 1) expect(mayPublish(wide, `a/${n}`)).toBe(true);
    expect(mayPublish(wide, 'b/1')).toBe(false);
    expect(mayRetain(wide, 'a/1')).toBe(false);
  }
});

test('Sixteen levels of sixty-four characters are the most a topic may have.', () => {
  const level = 'x'.repeat(64);
  const longest = Array(16).fill(level).join('/');
  expect([isTopic(longest), isTopic(`${longest}/x`), isTopic(`${level}x`), isFilter(`${longest}/#`)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
