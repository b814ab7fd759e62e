import { type Clock, silentLogger, systemClock } from '@tocsin/contracts';
import type { DeviceTrouble, DriverHost } from './types.ts';

/** What a driver told its host, in the order of time. */
export type Said = {
  readBacks: [state: string, old: boolean][];
  accepted: string[];
  failed: [commandId: string, why: string][];
  /** Troubles that stand now. */
  troubles: Partial<Record<DeviceTrouble, string>>;
  published: { topic: string; payload: string; qos: number; retain: boolean }[];
};

/** A host for tests of drivers: it remembers what it is told. */
export function pretendHost(more: Partial<DriverHost> & { clock?: Clock } = {}): { host: DriverHost; said: Said } {
  const said: Said = { readBacks: [], accepted: [], failed: [], troubles: {}, published: [] };
  const host: DriverHost = {
    publish: (topic, payload, { qos = 1, retain = false } = {}) => {
      const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
      said.published.push({ topic, payload: text, qos, retain });
    },
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    readSecret: () => 'secret',
    readBack: (state, old = false) => void said.readBacks.push([state, old]),
    accepted: (commandId) => void said.accepted.push(commandId),
    failed: (commandId, why) => void said.failed.push([commandId, why]),
    trouble(name, why) {
      if (why === undefined) delete said.troubles[name];
      else said.troubles[name] = why;
    },
    ...more,
  };
  return { host, said };
}
