import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * Runs every layer of tests in the order in which a mistake is cheapest to find, and prints each layer's time.
 * Any failure ends with exit status 1, but later layers still run, so that one run shows everything.
 */
type Layer = { name: string; paths: string[] };

const rooms = [
  'contracts',
  'rules',
  'edge-agent',
  'models',
  'broker',
  'ingest',
  'dashboard',
  'simulators',
  'bin',
  'bench',
];
const layers: Layer[] = [
  { name: 'unit, cases, properties', paths: [...rooms.map((room) => `${room}/`), 'tests/architecture'] },
  { name: 'ports', paths: ['tests/ports/'] },
  { name: 'simulation', paths: ['tests/simulation/'] },
  { name: 'protocol', paths: ['tests/protocol/'] },
  { name: 'vision', paths: ['tests/vision/'] },
  { name: 'end to end', paths: ['tests/e2e/'] },
  { name: 'browser', paths: ['tests/browser/'] },
];

const long = process.argv.includes('--long');
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const bin = (tool: string) => join(import.meta.dirname, '../node_modules/.bin', tool);
// The tools are scripts that look for `node`; they must find the project's own, however this file was started.
process.env.PATH = `${join(import.meta.dirname, '../node_modules/.bin')}${delimiter}${process.env.PATH}`;
const reports = mkdtempSync(join(tmpdir(), 'tocsin-tests-'));
const times: string[] = [];
let passed = 0;
let failed = 0;

function timed(name: string, work: () => boolean): void {
  const began = performance.now();
  console.log(`\n== ${name}`);
  const good = work();
  times.push(`${good ? 'ok  ' : 'FAIL'} ${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

function tool(name: string, args: string[]): boolean {
  const { status } = spawnSync(bin(name), args, { stdio: 'inherit' });
  if (status !== 0) failed += 1;
  else passed += 1;
  return status === 0;
}

function suite({ name, paths }: Layer): boolean {
  const report = join(reports, `${name.replaceAll(/\W+/g, '-')}.json`);
  const args = ['run', '--reporter=dot', '--reporter=json', `--outputFile=${report}`, '--passWithNoTests', ...paths];
  const { status } = spawnSync(bin('vitest'), args, {
    stdio: 'inherit',
    env: { ...process.env, ...(long ? { TOCSIN_LONG: '1' } : {}) },
  });
  if (existsSync(report)) {
    const result = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    passed += result.numPassedTests;
    failed += result.numFailedTests;
  }
  if (status !== 0 && failed === 0) failed += 1;
  return status === 0;
}

if (only.length === 0) {
  timed('types (tsc)', () => tool('tsc', ['--noEmit']));
  timed('lint and format (biome)', () => tool('biome', ['check', '--error-on-warnings', '--log-level=warn', '.']));
}
for (const layer of layers) {
  if (only.length > 0 && !only.some((word) => layer.name.includes(word))) continue;
  timed(layer.name, () => suite(layer));
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${times.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
