import type { Board, Firmware, Message } from './device.ts';

export type ShellyGen2Options = { device: string; autoOff?: boolean };

type Request = { id?: unknown; src?: unknown; method?: unknown; params?: Record<string, unknown> };

/** A Shelly of the second generation with one switch, and input 1 on its auxiliary contact. */
export function shellyGen2Firmware({ device, autoOff = false }: ShellyGen2Options): Firmware {
  const status = (board: Board) => {
    const timer = board.timer();
    return {
      id: 0,
      source: 'MQTT',
      output: board.output(),
      ...(timer && { timer_started_at: timer.startedAtMs / 1000, timer_duration: timer.durationMs / 1000 }),
      apower: 0,
      voltage: 231.2,
      temperature: { tC: 41.5, tF: 106.7 },
    };
  };
  const notify = (board: Board): Message => ({
    topic: `${device}/events/rpc`,
    payload: JSON.stringify({
      src: device,
      dst: `${device}/events`,
      method: 'NotifyStatus',
      params: {
        ts: board.nowMs() / 1000,
        'switch:0': { id: 0, output: board.output(), source: 'MQTT' },
        'input:1': { id: 1, state: board.contact() },
      },
    }),
  });
  function answer({ method, params = {} }: Request, board: Board): { result: object } | { error: object } {
    if (params.id !== 0 && !(method === 'Input.GetStatus' && params.id === 1))
      return { error: { code: -105, message: `Argument 'id', value ${String(params.id)} not found!` } };
    if (method === 'Switch.Set') {
      const was = board.output();
      const after = typeof params.toggle_after === 'number' ? params.toggle_after * 1000 : 0;
      board.order(params.on === true, after > 0 ? after : params.on === true && autoOff ? 60_000 : 0);
      return { result: { was_on: was } };
    }
    if (method === 'Switch.GetStatus') return { result: status(board) };
    if (method === 'Input.GetStatus') return { result: { id: 1, state: board.contact() } };
    if (method === 'Switch.GetConfig')
      return {
        result: {
          id: 0,
          in_mode: 'detached',
          initial_state: 'off',
          auto_on: false,
          auto_off: autoOff,
          auto_off_delay: 60,
        },
      };
    return { error: { code: 404, message: `No handler for ${String(method)}` } };
  }
  return {
    will: { topic: `${device}/online`, payload: 'false', retain: true },
    topics: [`${device}/rpc`],
    hello: (board) => [{ topic: `${device}/online`, payload: 'true', retain: true }, notify(board)],
    hear({ payload }, board) {
      const request = JSON.parse(payload) as Request;
      const said = answer(request, board);
      const text = JSON.stringify({ id: request.id, src: device, dst: request.src, ...said });
      return [{ topic: `${String(request.src)}/rpc`, payload: text }];
    },
    changed: (board) => [notify(board)],
  };
}
