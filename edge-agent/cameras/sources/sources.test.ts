import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check } from 'typebox/value';
import { expect, test } from 'vitest';
import type { Schema } from '../../site/conform-leaf.ts';
import { between, tableOf } from '../../site/reference.ts';
import { sourceOf, sources } from './index.ts';

const examples: { [kind: string]: object } = {
  snapshot: { url: 'http://cam/picture.jpg' },
  mjpeg: { url: 'https://cam/stream' },
  rtsp: { url: 'rtsp://cam/1' },
  usb: { device: '/dev/video0' },
  mqtt: { topic: 'field/cam' },
  folder: { path: 'pictures' },
  video: { path: 'clip.mp4' },
};

test('every kind has a name of its own, by which it is found', () => {
  expect(new Set(sources.map(({ kind }) => kind)).size).toBe(sources.length);
  for (const source of sources) expect(sourceOf(source.kind)).toBe(source);
  expect(sourceOf('constructor')).toBeUndefined();
});

test.each(sources.map((source) => [source.kind, source] as const))(
  '%s takes its shortest entry and refuses unknown fields, passwords that are written out and numbers out of range',
  (kind, { schema }) => {
    const entry = { kind, ...examples[kind] };
    expect(Check(schema, entry)).toBe(true);
    expect(Check(schema, { ...entry, odd: 1 })).toBe(false);
    expect(Check(schema, { ...entry, password: 'pa55word' })).toBe(false);
    expect(Check(schema, { ...entry, silenceMs: -1, everyMs: -1, framesPerSecond: -1, repeat: 'no' })).toBe(false);
  },
);

test.each(sources.map(({ kind, schema }) => [kind, schema as Schema] as const))(
  '%s describes every field, in a table that is fresh',
  (kind, schema) => {
    for (const [name, { description, anyOf }] of Object.entries(schema.properties ?? {}))
      expect(description ?? anyOf, name).toBeTruthy();
    const path = join(import.meta.dirname, kind, 'README.md');
    expect(existsSync(path)).toBe(true);
    const readme = readFileSync(path, 'utf8');
    expect(readme).toBe(between(readme, 'fields', tableOf(schema)));
  },
);
