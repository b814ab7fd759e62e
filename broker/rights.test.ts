import { expect, test } from 'vitest';
import { siteAccount } from './accounts.ts';
import { isFilter, isTopic, mayPublish, mayReceive, mayRetain, maySubscribe, mayWill, rightsOf } from './rights.ts';

const rights = rightsOf(siteAccount('hill', '00'));

test('A gateway may publish what the contract names for its site and nothing else.', () => {
  for (const leaf of ['descriptor', 'status', 'up/urgent', 'up/live', 'up/backlog', 'up/picture', 'up/view']) {
    expect(mayPublish(rights, `tocsin/v1/hill/${leaf}`), leaf).toBe(true);
  }
  for (const topic of [
    'tocsin/v1/dale/status',
    'tocsin/v1/hill/up/other',
    'tocsin/v1/hill/up',
    'tocsin/v1/hill/down/command',
    'tocsin/v1/dale/up/picture',
    'tocsin/v1/dale/up/view',
    'tocsin/v1/hill/up/picture/x',
    'tocsin/v1/hill/down/picture',
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
  const leaves = ['descriptor', 'status', 'up/live', 'up/picture', 'up/view'];
  const of = (right: typeof mayRetain) => leaves.filter((leaf) => right(rights, `tocsin/v1/hill/${leaf}`));
  expect(of(mayRetain)).toEqual(['descriptor', 'status']);
  expect(of(mayWill)).toEqual(['status']);
  expect(maySubscribe(rights, 'tocsin/v1/hill/down/+')).toBe(true);
  expect(maySubscribe(rights, 'tocsin/v1/hill/down/ack')).toBe(true);
  expect(mayReceive(rights, 'tocsin/v1/hill/down/picture')).toBe(true);
  expect(mayReceive(rights, 'tocsin/v1/dale/down/picture')).toBe(false);
  expect(mayReceive(rights, 'tocsin/v1/hill/up/picture')).toBe(false);
  for (const filter of [
    '#',
    '+/+',
    '+/v1/hill/down/+',
    'tocsin/v1/+/down/+',
    'tocsin/v1/hill/#',
    'tocsin/v1/hill/up/picture',
    'tocsin/v1/+/up/picture',
    'tocsin/v1/dale/down/picture',
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
