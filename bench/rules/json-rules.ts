import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { devices, type Reading, rules, settingOf } from './fleet.ts';

const version = '7.3.1';
const directory = resolve(import.meta.dirname, '../../.cache/bench-json-rules-engine');

type JsonEngine = { run(facts: object): Promise<{ events: { type: string }[] }> };
type JsonRules = { Engine: new (rules: object[]) => JsonEngine };

/** json-rules-engine, installed beside the project on first use; undefined with a reason when npm could not. */
export function installJsonRules(): { library?: JsonRules; why?: string } {
  const home = join(directory, 'node_modules', 'json-rules-engine');
  try {
    if (!existsSync(home)) {
      mkdirSync(directory, { recursive: true });
      const flags = ['install', '--prefix', directory, '--no-save', '--ignore-scripts', `json-rules-engine@${version}`];
      execFileSync('npm', flags, { stdio: 'ignore', timeout: 120_000 });
    }
    return { library: createRequire(import.meta.url)(home) as JsonRules };
  } catch {
    return { why: `json-rules-engine ${version} is not here and npm could not install it` };
  }
}

/**
 * json-rules-engine used well: one engine per rule, found by the stream's name, with hysteresis by a fact that the host keeps.
 * It has no words for time, so there is nothing to compare a rate with.
 */
export function jsonRules({ Engine }: JsonRules): (reading: Reading) => Promise<number> {
  const engines = Array.from({ length: rules }, (_, rule) => {
    const { at, clear } = settingOf(rule);
    const when = (active: boolean, operator: string, value: number, type: string) => ({
      conditions: {
        all: [
          { fact: 'active', operator: 'equal', value: active },
          { fact: 'value', operator, value },
        ],
      },
      event: { type },
    });
    return new Engine([
      when(false, 'greaterThanInclusive', at, 'raise'),
      when(true, 'lessThanInclusive', clear, 'clear'),
    ]);
  });
  const hosts = new Map(
    Array.from({ length: devices }, (_, device) => [
      `device-${device}/x`,
      { active: false, engine: engines[device % rules]! },
    ]),
  );
  return async ({ stream, value }) => {
    const host = hosts.get(stream)!;
    const { events } = await host.engine.run({ active: host.active, value });
    for (const { type } of events) host.active = type === 'raise';
    return events.length;
  };
}
