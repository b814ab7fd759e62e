import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Board, Firmware, Message } from './device.ts';

export type ShellyGen1Options = { device: string; autoOffS?: number; autoOnS?: number };

/** A Shelly of the first generation with one relay and input 0 on its auxiliary contact; its settings are shown over HTTP only. */
export function shellyGen1Firmware({ device, autoOffS = 0, autoOnS = 0 }: ShellyGen1Options) {
  const settings = { auto_off: autoOffS, auto_on: autoOnS };
  let board: Board | undefined;
  const state = (of: Board): Message[] => [
    { topic: `shellies/${device}/relay/0`, payload: of.output() ? 'on' : 'off', retain: true },
    { topic: `shellies/${device}/input/0`, payload: of.contact() ? '1' : '0', retain: true },
    { topic: `shellies/${device}/relay/0/power`, payload: '0.00' },
  ];
  const firmware: Firmware = {
    will: { topic: `shellies/${device}/online`, payload: 'false', retain: true },
    topics: [`shellies/${device}/command`, `shellies/${device}/relay/0/command`],
    hello(of) {
      board = of;
      return [{ topic: `shellies/${device}/online`, payload: 'true', retain: true }, ...state(of)];
    },
    hear({ topic, payload }, of) {
      if (topic.endsWith('/relay/0/command') && (payload === 'on' || payload === 'off')) {
        of.order(payload === 'on', (payload === 'on' ? settings.auto_off : settings.auto_on) * 1000);
        return [];
      }
      return payload === 'update' ? state(of) : [];
    },
    changed: state,
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://device');
    const timer = board?.timer();
    let body: object | undefined;
    if (url.pathname === '/settings/relay/0') {
      for (const name of ['auto_off', 'auto_on'] as const) {
        const value = url.searchParams.get(name);
        if (value !== null && board?.hasTimer()) settings[name] = Number(value);
      }
      body = { name: null, ison: board?.output(), has_timer: timer !== undefined, ...settings };
    } else if (url.pathname === '/relay/0') {
      const leftS = Math.floor((timer?.leftMs ?? 0) / 1000);
      const durationS = (timer?.durationMs ?? 0) / 1000;
      body = {
        ison: board?.output(),
        has_timer: timer !== undefined,
        timer_duration: durationS,
        timer_remaining: leftS,
      };
    }
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body ?? {}));
  });
  return {
    firmware,
    /** Opens the device's web server on loopback and answers its address. */
    async listen(): Promise<string> {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async close(): Promise<void> {
      server.close();
      server.closeAllConnections();
    },
  };
}
