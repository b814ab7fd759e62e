import type { Clock } from '@tocsin/contracts';
import type { IClientOptions, MqttClient } from 'mqtt';
import {
  contactOf,
  type OutputFault,
  type OutputState,
  orderOutput,
  outputAtRest,
  reportedOf,
  stepOutput,
} from './output.ts';

export type Message = { topic: string; payload: string; retain?: boolean };

/** What the firmware of a device may do with its hardware. */
export type Board = {
  nowMs(): number;
  /** What the firmware believes of its output. */
  output(): boolean;
  /** The auxiliary contact on an input. */
  contact(): boolean;
  order(on: boolean, flipAfterMs: number): void;
  /** The flip timer that runs. */
  timer(): { startedAtMs: number; durationMs: number; leftMs: number } | undefined;
  /** False while the fault `timerless` is on: settings and orders about timers are lost. */
  hasTimer(): boolean;
};

/** One kind of device as it speaks MQTT: pure but for its own settings. */
export type Firmware = {
  will: Message;
  topics: string[];
  /** Said on every connection. */
  hello(board: Board): Message[];
  hear(message: { topic: string; payload: string }, board: Board): Message[];
  /** Said when the output or the contact changed. */
  changed(board: Board): Message[];
};

export type RelayDeviceOptions = {
  /** Joins the device to its broker. */
  connect(options: IClientOptions): MqttClient;
  clock: Clock;
  firmware: Firmware;
  /** Travel time of the contact; default 20 ms. */
  travelMs?: number;
};

/** How often the device looks at its hardware. */
const tickMs = 20;

/** A simulated relay device: a real MQTT client with a last will, a contact with travel time, a timer of its own and faults. */
export function createRelayDevice({ connect, clock, firmware, travelMs = 20 }: RelayDeviceOptions) {
  let state: OutputState = outputAtRest;
  let fault: OutputFault = 'none';
  let client: MqttClient | undefined;
  let told = '';
  let stopTick = () => {};
  /** What was heard, oldest first; bounded. */
  const heard: { topic: string; payload: string }[] = [];

  const board: Board = {
    nowMs: () => clock.nowMs(),
    output: () => reportedOf(state, fault),
    contact: () => contactOf(state),
    order(on, flipAfterMs) {
      const flip = fault === 'timerless' ? 0 : flipAfterMs;
      state = orderOutput(state, { on, flipAfterMs: flip, nowMs: clock.monotonicMs(), travelMs });
    },
    timer() {
      const { flip } = state;
      if (flip === undefined) return undefined;
      const nowMs = clock.monotonicMs();
      const startedAtMs = clock.nowMs() - (nowMs - flip.startedAtMs);
      return { startedAtMs, durationMs: flip.atMs - flip.startedAtMs, leftMs: Math.max(0, flip.atMs - nowMs) };
    },
    hasTimer: () => fault !== 'timerless',
  };

  function say(messages: Message[]): void {
    if (fault === 'silent') return;
    for (const { topic, payload, retain = false } of messages) client?.publish(topic, payload, { qos: 1, retain });
  }

  /** Lets the hardware move and reports what changed. */
  function look(): void {
    state = stepOutput(state, { nowMs: clock.monotonicMs(), travelMs, fault });
    const now = `${board.output()} ${board.contact()}`;
    if (now === told) return;
    const first = told === '';
    told = now;
    if (!first) say(firmware.changed(board));
  }

  function tick(): void {
    look();
    stopTick = clock.after(tickMs, tick);
  }

  async function start(): Promise<void> {
    const { topic, payload, retain = false } = firmware.will;
    const mine = connect({ will: { topic, payload: Buffer.from(payload), qos: 1, retain } });
    client = mine;
    mine.on('message', (about, bytes) => {
      if (fault === 'silent') return;
      const message = { topic: about, payload: String(bytes) };
      if (heard.push(message) > 1000) heard.shift();
      look();
      say(firmware.hear(message, board));
      look();
    });
    tick();
    // Its broker may not be there yet, and one that was away has forgotten what it kept.
    await new Promise<void>((heardOf) => {
      const join = () =>
        mine.subscribe(firmware.topics, { qos: 1 }, (error) => {
          if (error) return;
          say(firmware.hello(board));
          heardOf();
        });
      mine.on('connect', join);
      if (mine.connected) join();
    });
  }

  return {
    start,
    heard,
    /** What the contact really does. */
    contact: () => contactOf(state),
    setFault(next: OutputFault): void {
      fault = next;
    },
    /** Somebody turns the output by hand, on site. */
    byHand(on: boolean): void {
      board.order(on, 0);
    },
    /** Loses power and comes back with its output off; `cut` breaks the line so that the broker publishes the will. */
    async reboot(cut: (client: MqttClient) => void): Promise<void> {
      stopTick();
      if (client !== undefined) cut(client);
      state = outputAtRest;
      told = '';
      await start();
    },
    /** Loses its network and goes on working. */
    unplug(cut: (client: MqttClient) => void): void {
      if (client !== undefined) cut(client);
    },
    async stop(): Promise<void> {
      stopTick();
      await client?.endAsync(true);
    },
  };
}
export type RelayDevice = ReturnType<typeof createRelayDevice>;
