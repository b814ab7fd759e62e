import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillJson, requestOf, requestProblems } from './template.ts';

const values = { leaseS: 10, id: 'mill.siren.1', text: 'ICE "&" \\ {leaseS}', pages: [['ICE']] };

test('numbers stay numbers in JSON, texts bring their quotes, and braces of JSON are left alone', () => {
  const { body } = requestOf({ path: '/x', json: '{"s":{leaseS},"t":{text},"p":{pages},"o":{"a":1}}' }, values);
  expect(body?.type).toBe('application/json');
  expect(JSON.parse(body!.text)).toEqual({ s: 10, t: values.text, p: [['ICE']], o: { a: 1 } });
});

test('in paths and forms whatever is filled in stays one value', () => {
  expect(requestOf({ method: 'GET', path: '/relay/0?turn=on&timer={leaseS}&note={text}' }, values)).toEqual({
    method: 'GET',
    path: '/relay/0?turn=on&timer=10&note=ICE%20%22%26%22%20%5C%20%7BleaseS%7D',
  });
  const { body } = requestOf({ path: '/x', form: 'text={text}&seconds={leaseS}' }, values);
  const form = new URLSearchParams(body!.text);
  expect([body!.type, form.get('text'), form.get('seconds')]).toEqual([
    'application/x-www-form-urlencoded',
    values.text,
    '10',
  ]);
});

test('no text leaves its place in JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(fillJson('{"a":{text},"b":1}', { text }))).toEqual({
        a: text.toWellFormed() === text ? text : JSON.parse(JSON.stringify(text)),
        b: 1,
      });
    }),
  );
});

test.each<[string, object, RegExp | undefined]>([
  ['a good one', { path: '/a', json: '{"s":{leaseS}}' }, undefined],
  ['two bodies', { path: '/a', json: '{}', form: 'a=1' }, /either json or form/],
  ['a GET with a body', { method: 'GET', path: '/a', json: '{}' }, /has no body/],
  ['an unknown placeholder', { path: '/a?x={leases}' }, /nothing here is called \{leases\}/],
  ['quotes around a placeholder of text', { path: '/a', json: '{"s":"{text}"}' }, /no JSON once/],
  ['an unknown placeholder in JSON', { path: '/a', json: '{"s":{lease}}' }, /no JSON once/],
])('a request is looked at before anything starts: %s', (_, request, says) => {
  const wrong = requestProblems(request as { path: string }, values);
  if (says === undefined) expect(wrong).toEqual([]);
  else expect(wrong.join('\n')).toMatch(says);
});
