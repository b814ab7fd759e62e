import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { faults } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';

/**
 * The rules of the house, executed: who may import whom, that deciding code is pure, that files stay readable, that features look
 * alike, and that nothing of a machine or a person slips into the project.
 */
const top = resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: top,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(top, path)));
const sources = tracked.filter((path) => /\.(ts|tsx|mjs|js)$/.test(path));
const read = (path: string) => readFileSync(join(top, path), 'utf8');
const room = (path: string) => path.split('/')[0]!;
const isTest = (path: string) => /\.test\.ts$/.test(path) || path.startsWith('tests/');

/** Specifiers a file imports, with `type` imports told apart. */
function imports(path: string): { from: string; typeOnly: boolean }[] {
  const text = read(path).replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm);
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...found].map((match) => ({ from: match[2]!, typeOnly: match[1] !== undefined })),
    ...[...dynamic].map((match) => ({ from: match[1]!, typeOnly: false })),
  ];
}

const mayImport: Record<string, string[]> = {
  contracts: [],
  rules: ['contracts'],
  'edge-agent': ['contracts', 'rules'],
  broker: ['contracts'],
  ingest: ['contracts'],
  dashboard: ['contracts'],
  simulators: ['contracts'],
};

describe('imports', () => {
  test.each(Object.keys(mayImport))('%s imports only the rooms the design allows', (name) => {
    const wrong: string[] = [];
    for (const path of sources.filter((file) => room(file) === name)) {
      for (const { from } of imports(path)) {
        const target = from.startsWith('@tocsin/') ? from.split('/')[1]! : undefined;
        // A room's tests may use the in-memory broker, which is a tool for exactly that.
        const allowed = [name, ...mayImport[name]!, ...(isTest(path) ? ['simulators'] : [])];
        if (target !== undefined && !allowed.includes(target)) wrong.push(`${path}: ${from}`);
        if (from.startsWith('.')) {
          const file = relative(top, resolve(top, dirname(path), from));
          if (room(file) !== name) wrong.push(`${path}: ${from}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a room names in its package.json whatever it imports', () => {
    const wrong: string[] = [];
    for (const name of [...Object.keys(mayImport), 'bin']) {
      const { dependencies = {} } = JSON.parse(read(`${name}/package.json`)) as {
        dependencies?: Record<string, string>;
      };
      for (const path of sources.filter((file) => room(file) === name && !isTest(file) && !file.includes('.config.'))) {
        for (const { from } of imports(path)) {
          if (from.startsWith('.') || from.startsWith('node:')) continue;
          const pack = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0]!;
          if (pack !== `@tocsin/${name}` && !(pack in dependencies)) wrong.push(`${path}: ${from}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

const pureFolders = [
  'contracts/',
  'rules/engine/',
  'rules/conditions/',
  'rules/models/',
  'rules/alerting/',
  'edge-agent/pipeline/',
  'edge-agent/actuators/plan/',
  'edge-agent/matrix/',
  'edge-agent/sensors/',
  'edge-agent/vision/decoders/',
  'edge-agent/vision/tracking/',
  'edge-agent/vision/ground/',
  'edge-agent/vision/zones/',
  'edge-agent/vision/flame/',
  'edge-agent/cameras/supervision/',
  'simulators/chance/',
  'simulators/cameras/drawing/',
  'simulators/slope/',
  'simulators/fire/',
  'simulators/crossing/',
  'simulators/relay/',
];
const pureFiles = [
  ...['clip', 'device', 'place', 'sight', 'sight-state', 'tell', 'view'].map(
    (name) => `edge-agent/cameras/camera/${name}.ts`,
  ),
  ...['breaker', 'panel', 'pdu', 'framing'].map((name) => `simulators/panel/${name}.ts`),
  ...['siren/siren', 'sign/sign', 'relays/output'].map((name) => `simulators/${name}.ts`),
  ...['own-timer', 'template', 'report'].map((name) => `edge-agent/actuators/over-http/${name}.ts`),
  ...['snmp/desk', 'snmp/asked', 'ntcip-1202/dialect', 'utmc-ug405/dialect'].map(
    (name) => `edge-agent/actuators/${name}.ts`,
  ),
  ...['machine', 'monitor', 'plan', 'outputs', 'watched'].map((name) => `simulators/controller/${name}.ts`),
];
const isPure = (path: string) =>
  pureFiles.includes(path) ||
  (pureFolders.some((folder) => path.startsWith(folder)) && !isTest(path) && path !== 'contracts/clock.ts');

describe('purity', () => {
  test('deciding code does no I/O and reads no clock and no chance', () => {
    const wrong: string[] = [];
    for (const path of sources.filter(isPure)) {
      const text = read(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const { from, typeOnly } of imports(path)) {
        if (!typeOnly && from.startsWith('node:') && from !== 'node:assert') wrong.push(`${path}: ${from}`);
      }
      const impure =
        /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bfetch\(/;
      const match = impure.exec(text);
      if (match) wrong.push(`${path}: ${match[0]}`);
    }
    expect(wrong).toEqual([]);
  });

  test('only the clock reads the time of the machine', () => {
    const clockReaders = sources.filter(
      (path) =>
        mayImport[room(path)] !== undefined &&
        !isTest(path) &&
        !path.startsWith('dashboard/web/') &&
        path !== 'contracts/clock.ts' &&
        /\bDate\.now\(|\bnew Date\(\)/.test(read(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    );
    expect(clockReaders).toEqual([]);
  });
});

describe('shape', () => {
  test('no source file is longer than one sitting', () => {
    const long = sources
      .filter((path) => !isTest(path))
      .map((path) => [path, read(path).split('\n').length] as const)
      .filter(([, lines]) => lines > 301);
    expect(long).toEqual([]);
  });

  test('no file or folder is named after nothing in particular', () => {
    const vague = /(^|\/)(utils?|helpers?|common|shared|base|manager|misc)(\/|\.|$)/;
    expect(tracked.filter((path) => vague.test(path))).toEqual([]);
  });

  test('every room has a short README and a package.json without scripts', () => {
    for (const name of [...Object.keys(mayImport), 'bin']) {
      expect(existsSync(join(top, name, 'README.md')), `${name}/README.md`).toBe(true);
      expect(JSON.parse(read(`${name}/package.json`)).scripts, name).toBeUndefined();
    }
  });

  const families = [
    'edge-agent/sensors',
    'edge-agent/actuators',
    'edge-agent/cameras/sources',
    'rules/conditions',
    'rules/models',
  ];
  test.each(families)('every feature of %s is a folder of four files and a line in its list', (family) => {
    const folders = new Set(
      tracked
        .filter((path) => path.startsWith(`${family}/`) && path.endsWith('/config.ts'))
        .map((path) => dirname(path)),
    );
    expect(folders.size, 'The family must have features.').toBeGreaterThan(0);
    const list = read(`${family}/index.ts`);
    for (const folder of folders) {
      const name = basename(folder);
      for (const file of ['config.ts', `${name}.ts`, `${name}.test.ts`, 'README.md']) {
        expect(tracked, `${folder}/${file}`).toContain(`${folder}/${file}`);
      }
      expect(list, `${family}/index.ts lists ${name}`).toContain(`./${name}/`);
    }
  });
});

describe('care', () => {
  test('no test is skipped, focused or cannot fail', () => {
    const bad = sources.filter((path) => isTest(path) && path !== 'tests/architecture.test.ts');
    const found = bad.filter((path) =>
      /\b(it|test|describe)\.(skip|only|todo)\b|expect\(true\)|vi\.mock\(/.test(read(path)),
    );
    expect(found).toEqual([]);
  });

  test('no left-overs and no paths of a machine', () => {
    const text = tracked.filter(
      (path) => !/\.(png|jpg|onnx|ico)$|package-lock\.json$|^tests\/architecture\.test\.ts$/.test(path),
    );
    const leftOver = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '@ts-ig' + 'nore', '@ts-no' + 'check'].join('|'));
    const machine = /(^|[^A-Za-z0-9_.-])\/(work|farm|root|home)\//m;
    expect(text.filter((path) => leftOver.test(read(path)))).toEqual([]);
    expect(text.filter((path) => machine.test(read(path)))).toEqual([]);
  });

  test('the lockfile names no registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });

  test('every fault code is used and documented', () => {
    const used = sources
      .filter((path) => path !== 'contracts/faults.ts')
      .map(read)
      .join('\n');
    const documented = read('docs/faults.md');
    for (const code of Object.keys(faults)) {
      expect(used.includes(code), `${code} is used`).toBe(true);
      expect(documented.includes(code), `${code} is in docs/faults.md`).toBe(true);
    }
  });
});
