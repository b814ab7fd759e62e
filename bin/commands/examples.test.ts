import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { loadSite } from '@tocsin/edge-agent/site';
import { describe, expect, test } from 'vitest';

const top = resolve(import.meta.dirname, '../..');
const filesIn = (folder: string) =>
  readdirSync(join(top, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
const actuators = filesIn('docs/examples/actuators');

describe('the examples of the manual', () => {
  test.each([...filesIn('docs/examples'), ...actuators])('%s is a good site file', (file) => {
    const loaded = loadSite(join(top, file));
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    // Only what a site brings itself, such as its secrets and certificates, may be missing.
    if (loaded.ok)
      for (const { message } of loaded.warnings) expect(message).toMatch(/There is no secret file|cannot be read/);
  });

  test('there is one for every driver, of that driver and with something that moves it', () => {
    const drivers = readdirSync(join(top, 'edge-agent/actuators'), { recursive: true, encoding: 'utf8' })
      .filter((path) => basename(path) === 'config.ts')
      .map((path) => path.split('/')[0]!);
    expect(actuators.map((file) => basename(file, '.yaml')).sort()).toEqual(drivers.sort());
    for (const file of actuators) {
      const loaded = loadSite(join(top, file));
      if (!loaded.ok) throw new Error(`${file} is no good site file.`);
      const { site } = loaded;
      expect(site.mode, `${file} moves nothing as it is`).toBe('shadow');
      for (const actuator of site.actuators) expect(actuator.driver, file).toBe(basename(file, '.yaml'));
      expect(site.responses.length, file).toBeGreaterThan(0);
    }
  });
});
