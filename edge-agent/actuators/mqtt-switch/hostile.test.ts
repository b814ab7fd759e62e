import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { haSwitchDialect } from '../ha-switch/ha-switch.ts';
import { rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { shellyGen1Dialect } from '../shelly-gen1/shelly-gen1.ts';
import { shellyGen2Dialect } from '../shelly-gen2/shelly-gen2.ts';
import { tasmotaDialect } from '../tasmota/tasmota.ts';
import { zigbee2mqttDialect } from '../zigbee2mqtt/zigbee2mqtt.ts';
import { reportBytesMax } from './decode.ts';
import type { Dialect, Heard } from './dialect.ts';
import { openSwitch } from './switch-driver.ts';

/** Whatever bytes arrive, on whatever topic of a device: nothing is thrown, and nothing but well-formed facts comes out. */
const entry = (more: object) => ({ ...rulesOf().actuator, ...more });
const dialects: [string, Dialect][] = [
  ['tasmota', tasmotaDialect(entry({ topic: 'plug', feedback: { input: 2 } }))],
  ['shelly-gen1', shellyGen1Dialect(entry({ device: 's1', feedback: { input: 0 } }), { readSecret: () => '' })],
  ['shelly-gen2', shellyGen2Dialect(entry({ device: 's2', feedback: { input: 1 } }))],
  ['zigbee2mqtt', zigbee2mqttDialect(entry({ device: 'plug', timer: 'countdown' }))],
  [
    'ha-switch',
    haSwitchDialect(
      entry({ commandTopic: 'a/set', stateTopic: 'a/state', statePath: '$.state', availabilityTopic: 'a/up' }),
    ),
  ],
];

/** JSON that looks like what devices send, with everything in it that could be wrong. */
const keys = [
  'POWER',
  'POWER1',
  'PulseTime1',
  'Set',
  'Remaining',
  'PowerOnState',
  'Switch2',
  'StatusSNS',
  'id',
  'result',
]
  .concat(['error', 'output', 'method', 'params', 'switch:0', 'input:1', 'auto_off', 'timer_duration', 'state', 'data'])
  .concat(['to', 'optimistic', 'status', 'transaction', 'countdown', '__proto__', 'constructor', 'toString']);
const words = ['ON', 'OFF', 'on', 'online', 'offline', 'true', 'NotifyStatus', 'ok', 'tocsin-siren', '', 'NaN'];
const { value: report } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...words),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
  ),
}));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(...words).map((word) => new TextEncoder().encode(word)),
  report.map((value) => new TextEncoder().encode(JSON.stringify(value) ?? '')),
);

function isWellFormed(heard: Heard): boolean {
  switch (heard.kind) {
    case 'output':
    case 'contact':
      return typeof heard.on === 'boolean';
    case 'online':
      return typeof heard.online === 'boolean';
    case 'running':
      return Number.isFinite(heard.leftMs) && heard.leftMs >= 0;
    case 'answer':
      return Number.isSafeInteger(heard.number);
    case 'honest':
      return typeof heard.honest === 'boolean';
    default:
      return heard.name !== '' && (heard.wrong === undefined || heard.wrong.length < 300);
  }
}

describe.each(dialects)('%s', (_, dialect) => {
  test('any bytes on any of its topics become facts or nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...dialect.topics), payload, (topic, bytes) =>
        (dialect.hear(topic, bytes) ?? []).every(isWellFormed),
      ),
      { numRuns: 500 },
    );
  });

  test('a report beyond the limit is refused', () => {
    const huge = new TextEncoder().encode(`{"POWER":"ON","state":"ON","pad":"${'x'.repeat(reportBytesMax)}"}`);
    for (const topic of dialect.topics) expect(dialect.hear(topic, huge), topic).toBeUndefined();
  });

  test('a driver survives any history of messages, and tells only its own two words', () => {
    const message = fc.tuple(fc.constantFrom(...dialect.topics, 'other/topic'), payload, fc.boolean());
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const { host, said } = pretendHost();
        const driver = openSwitch(entry({}), host, { ...dialect, look: undefined });
        for (const [topic, bytes, retained] of messages) driver.message(topic, bytes, retained);
        return said.readBacks.every(([state]) => state === 'on' || state === 'off') && said.published.length < 1000;
      }),
      { numRuns: 100 },
    );
  });
});

test('nonsense is counted and told once per power of ten, so that it cannot fill the log', () => {
  const told: object[] = [];
  const logger = { info() {}, error() {}, warn: (fields: object) => void told.push(fields) };
  const { host, said } = pretendHost({ logger });
  const driver = openSwitch(entry({}), host, tasmotaDialect(entry({ topic: 'plug' })));
  for (let n = 0; n < 150; n += 1) driver.message('stat/plug/RESULT', new TextEncoder().encode('{"POWER":7}'));
  expect(told).toEqual([1, 10, 100].map((refused) => ({ topic: 'stat/plug/RESULT', refused })));
  expect(said.readBacks).toEqual([]);
});
