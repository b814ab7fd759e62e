import { type Clock, decodeBatch, topics } from '@tocsin/contracts';
import type { Transport, TransportListener } from '@tocsin/edge-agent';
import type { Chance } from '@tocsin/simulators';
import type { ModelCloud } from './model-cloud.ts';

/** `ordered`: as TCP does it, nothing overtakes, doubles or goes missing unless the connection breaks. */
export type Weather = { loss: number; duplicates: number; delayMsMax: number; ordered?: boolean };
export const calm: Weather = { loss: 0, duplicates: 0, delayMsMax: 20 };

/** The line between one site and the cloud: everything on it may be lost, doubled, late or out of order, in both directions. */
export type LossyLink = {
  /** A transport for one life of the agent; the one before goes silent. */
  transport(): Transport;
  weather: Weather;
  /** Breaks the connection and keeps it broken until `mend`. */
  cut(): void;
  mend(): void;
  /** The cloud process: while false nothing is heard and nothing answered. */
  cloudUp: boolean;
  acks: number;
};

type Options = { site: string; clock: Clock; chance: Chance; cloud: ModelCloud };

export function createLossyLink({ site, clock, chance, cloud }: Options): LossyLink {
  let listener: TransportListener | undefined;
  let life = 0;
  let connected = false;
  let broken = false;

  let connection = 0;
  const lastAtMs = { up: 0, down: 0 };

  /** Delivers each copy that survives after a delay of its own. */
  function carry(way: 'up' | 'down', deliver: () => void): void {
    const { loss, duplicates, delayMsMax, ordered } = link.weather;
    if (ordered) {
      const mine = connection;
      const delayMs = Math.max(1 + chance.next() * delayMsMax, lastAtMs[way] - clock.monotonicMs());
      lastAtMs[way] = clock.monotonicMs() + delayMs;
      clock.after(delayMs, () => mine === connection && deliver());
      return;
    }
    const copies = chance.next() < duplicates ? 2 : 1;
    for (let i = 0; i < copies; i += 1) if (chance.next() >= loss) clock.after(1 + chance.next() * delayMsMax, deliver);
  }

  function reconnect(mine: number): void {
    clock.after(chance.next() * 2_000, () => {
      if (mine !== life || connected || listener === undefined) return;
      if (broken || !link.cloudUp) return reconnect(mine);
      connected = true;
      connection += 1;
      listener.connected();
    });
  }

  function drop(): void {
    if (!connected) return;
    connected = false;
    connection += 1;
    listener?.closed('cut');
    reconnect(life);
  }

  function take(body: Uint8Array): void {
    if (!link.cloudUp) return;
    const { epoch, lane, seq } = decodeBatch(body).batch;
    const { outcome, storedThrough } = cloud.append({ site, epoch, lane, seq, receivedAtMs: clock.nowMs(), body });
    const conflictAt = outcome === 'conflict' ? { conflictAt: seq } : {};
    const ack = JSON.stringify({ v: 1, epoch, lane, storedThrough, ...conflictAt });
    carry('down', () => {
      if (!connected) return;
      link.acks += 1;
      listener?.message(topics.ack(site), new TextEncoder().encode(ack), false);
    });
  }

  const link: LossyLink = {
    weather: calm,
    cloudUp: true,
    acks: 0,
    transport() {
      life += 1;
      const mine = life;
      connected = false;
      connection += 1;
      listener = undefined;
      return {
        start(next) {
          if (mine !== life) return;
          listener = next;
          reconnect(mine);
        },
        publish(topic, payload) {
          if (mine !== life || !connected || !topic.includes('/up/')) return;
          const body = Uint8Array.from(payload as Uint8Array);
          carry('up', () => take(body));
        },
        stop: async () => {},
      };
    },
    cut() {
      broken = true;
      drop();
    },
    mend() {
      broken = false;
    },
  };
  return link;
}
