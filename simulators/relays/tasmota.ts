import type { Board, Firmware, Message } from './device.ts';

/** Milliseconds of a PulseTime number (Tasmota docs, Commands, PulseTime). */
const msOf = (pulse: number) => (pulse <= 111 ? pulse * 100 : (pulse - 100) * 1000);
/** What Tasmota shows of a running timer (GetPulseTimer): tenths of a second, from 11.1 s whole seconds plus 100. */
const pulseOf = (ms: number) => (ms > 11_100 ? Math.floor(ms / 1000) + 100 : Math.floor(ms / 100));

export type TasmotaOptions = { topic: string; relay?: number; relays?: number; pulse?: number; powerOnState?: number };

/** A device that runs Tasmota, with one relay that works and a Switch input 2 on its auxiliary contact. */
export function tasmotaFirmware(options: TasmotaOptions): Firmware {
  const { topic, relay = 1, relays = 1, powerOnState = 0 } = options;
  let { pulse = 0 } = options;
  const key = relays === 1 ? 'POWER' : `POWER${relay}`;
  const word = (on: boolean) => (on ? 'ON' : 'OFF');
  const power = (board: Board): Message[] => [
    { topic: `stat/${topic}/RESULT`, payload: JSON.stringify({ [key]: word(board.output()) }) },
    { topic: `stat/${topic}/${key}`, payload: word(board.output()) },
  ];
  const sensor = (board: Board) => ({ Time: '2026-01-01T00:00:00', Switch2: word(board.contact()) });
  const result = (value: object): Message[] => [{ topic: `stat/${topic}/RESULT`, payload: JSON.stringify(value) }];
  return {
    will: { topic: `tele/${topic}/LWT`, payload: 'Offline', retain: true },
    topics: [`cmnd/${topic}/#`],
    hello: (board) => [
      { topic: `tele/${topic}/LWT`, payload: 'Online', retain: true },
      { topic: `tele/${topic}/STATE`, payload: JSON.stringify({ Uptime: '0T00:00:00', [key]: word(board.output()) }) },
    ],
    hear({ topic: asked, payload }, board) {
      const command = asked.slice(`cmnd/${topic}/`.length).toUpperCase();
      if (command === `POWER${relay}` || (relay === 1 && command === 'POWER')) {
        const on = payload.toUpperCase() === 'ON' ? true : payload.toUpperCase() === 'OFF' ? false : undefined;
        if (on === undefined) return power(board);
        // PulseTime ends ON, and with PowerOnState 5 OFF.
        board.order(on, on === (powerOnState !== 5) ? msOf(pulse) : 0);
        return power(board);
      }
      if (command === `PULSETIME${relay}`) {
        if (payload !== '' && board.hasTimer()) pulse = Number(payload);
        const leftMs = board.timer()?.leftMs ?? 0;
        return result({ [`PulseTime${relay}`]: { Set: board.hasTimer() ? pulse : 0, Remaining: pulseOf(leftMs) } });
      }
      if (command === 'POWERONSTATE') return result({ PowerOnState: powerOnState });
      if (command === 'STATUS')
        return [{ topic: `stat/${topic}/STATUS10`, payload: JSON.stringify({ StatusSNS: sensor(board) }) }];
      return result({ Command: 'Unknown' });
    },
    changed: (board) => [...power(board), { topic: `tele/${topic}/SENSOR`, payload: JSON.stringify(sensor(board)) }],
  };
}
