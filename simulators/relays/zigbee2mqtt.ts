import type { Board, Firmware, Message } from './device.ts';

export type Zigbee2MqttOptions = {
  device: string;
  timer?: 'on_time' | 'countdown';
  /** It hears no request of its bridge, as where the broker forbids them, and stays optimistic. */
  locked?: boolean;
};

/** Zigbee2MQTT with one device that has a switch. As the real one it is optimistic until told otherwise. */
export function zigbee2mqttFirmware(options: Zigbee2MqttOptions): Firmware {
  const { device, timer = 'on_time', locked = false } = options;
  let optimistic = true;
  const word = (on: boolean) => (on ? 'ON' : 'OFF');
  const state = (board: Board, on = board.output()): Message[] => {
    const countdown = timer === 'countdown' ? { countdown: Math.ceil((board.timer()?.leftMs ?? 0) / 1000) } : {};
    const report = { state: word(on), ...countdown, linkquality: 120, power: 0 };
    return [{ topic: `zigbee2mqtt/${device}`, payload: JSON.stringify(report) }];
  };
  return {
    will: { topic: 'zigbee2mqtt/bridge/state', payload: '{"state":"offline"}', retain: true },
    topics: [`zigbee2mqtt/${device}/set`, `zigbee2mqtt/${device}/get`, 'zigbee2mqtt/bridge/request/device/options'],
    hello: () => [
      { topic: 'zigbee2mqtt/bridge/state', payload: '{"state":"online"}', retain: true },
      { topic: `zigbee2mqtt/${device}/availability`, payload: '{"state":"online"}', retain: true },
    ],
    hear({ topic, payload }, board) {
      const asked = JSON.parse(payload) as Record<string, unknown>;
      if (topic.endsWith('/get')) return state(board);
      if (topic.endsWith('/options')) {
        if (locked) return [];
        const given = asked.options as Record<string, unknown>;
        const from = { optimistic };
        if (typeof given.optimistic === 'boolean') optimistic = given.optimistic;
        const data = { from, to: { optimistic }, id: device, restart_required: false };
        const text = JSON.stringify({ data, status: 'ok', transaction: asked.transaction });
        return [{ topic: 'zigbee2mqtt/bridge/response/device/options', payload: text }];
      }
      if (asked.state !== 'ON' && asked.state !== 'OFF') return [];
      const on = asked.state === 'ON';
      const flipS = asked[timer];
      board.order(on, on && typeof flipS === 'number' ? flipS * 1000 : 0);
      return optimistic ? state(board, on) : [];
    },
    changed: (board) => state(board),
  };
}
