import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from './keep-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-keep-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the previous file stays beside the new one, and nothing else is left behind', () => {
  const path = join(dir, 'cam.calibration.json');
  for (const text of ['one', 'two', 'three']) replaceFile(path, text);
  expect(readFileSync(path, 'utf8')).toBe('three');
  expect(readFileSync(`${path}.bak`, 'utf8')).toBe('two');
  expect(readdirSync(dir).sort()).toEqual(['cam.calibration.json', 'cam.calibration.json.bak']);
});

test('when a step fails it is a fault in words, the old file is untouched and nothing is left behind', () => {
  const path = join(dir, 'cam.json');
  replaceFile(path, 'old');
  mkdirSync(join(dir, 'cam.json.bak', 'in the way'), { recursive: true });
  expect(() => replaceFile(path, 'new')).toThrow(Fault);
  expect(() => replaceFile(join(dir, 'nowhere', 'cam.json'), 'new')).toThrow(Fault);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(dir).sort()).toEqual(['cam.json', 'cam.json.bak']);
});
