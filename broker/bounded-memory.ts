import { Readable } from 'node:stream';
import memory from 'aedes-persistence';
import type { CounterName } from './counters.ts';
import type { BrokerLimits } from './limits.ts';

type ClientRef = { id: string };
type Packet = { topic: string; payload: Uint8Array };
type Subscription = { topic: string };

/** The part of aedes' store that is changed here; the rest is used as it is. */
type Store = {
  storeRetained(packet: Packet): Promise<void>;
  addSubscriptions(client: ClientRef, subscriptions: readonly Subscription[]): Promise<void>;
  cleanSubscriptions(client: ClientRef): Promise<void>;
  outgoingEnqueue(to: { clientId: string }, packet: Packet): Promise<void>;
  outgoingEnqueueCombi(to: readonly { clientId: string }[], packet: Packet): Promise<void>;
  outgoingClearMessageId(client: ClientRef, packet: object): Promise<Packet | undefined>;
  outgoingStream(client: ClientRef): Readable;
  streamWill(): Readable;
};

export type BoundedMemory = Store & {
  /** Forgets the durable session of a client whose account is gone. */
  forget(clientId: string): Promise<void>;
};

export type BoundedMemoryDeps = {
  limits: BrokerLimits;
  count(name: CounterName): void;
  /** True when the client was granted this very filter. */
  isGranted(clientId: string, filter: string): boolean;
};

/**
 * aedes' memory store with bounds on what it keeps: retained messages in all, and queued messages per durable session.
 * Nothing here survives a restart; what must survive is in the sites' outboxes and in the cloud's log.
 */
export function boundedMemory({ limits, count, isGranted }: BoundedMemoryDeps): BoundedMemory {
  // Its types describe an ES module, while it is a CommonJS function.
  const store = (memory as unknown as () => Store)();
  boundRetained(store, limits, count);
  boundQueues(store, limits, count);

  // aedes stores all filters of a SUBSCRIBE as soon as one of them is granted.
  const addSubscriptions = store.addSubscriptions.bind(store);
  store.addSubscriptions = (client, subscriptions) =>
    addSubscriptions(
      client,
      subscriptions.filter(({ topic }) => isGranted(client.id, topic)),
    );

  // Wills kept here are always our own clients’; aedes would publish them after the process was stopped for minutes.
  store.streamWill = () => Readable.from([]);

  return Object.assign(store, {
    async forget(clientId: string) {
      const client = { id: clientId };
      await store.cleanSubscriptions(client);
      for await (const packet of store.outgoingStream(client)) await store.outgoingClearMessageId(client, packet);
    },
  });
}

function boundRetained(store: Store, limits: BrokerLimits, count: (name: CounterName) => void): void {
  const storeRetained = store.storeRetained.bind(store);
  const keptBytes = new Map<string, number>();
  let bytesInAll = 0;
  store.storeRetained = (packet) => {
    const { topic, payload } = packet;
    const before = keptBytes.get(topic);
    bytesInAll -= before ?? 0;
    keptBytes.delete(topic);
    if (payload.length === 0) return storeRetained(packet);
    const bytes = topic.length + payload.length;
    if (keptBytes.size >= limits.retainedMessagesMax || bytesInAll + bytes > limits.retainedBytesMax) {
      count('retainedNotKept');
      // An older message must not pass for the current one.
      return storeRetained({ ...packet, payload: Buffer.alloc(0) });
    }
    keptBytes.set(topic, bytes);
    bytesInAll += bytes;
    return storeRetained(packet);
  };
}

function boundQueues(store: Store, limits: BrokerLimits, count: (name: CounterName) => void): void {
  const enqueue = store.outgoingEnqueue.bind(store);
  const clear = store.outgoingClearMessageId.bind(store);
  const queues = new Map<string, { messages: number; bytes: number }>();

  store.outgoingEnqueue = async (to, packet) => {
    const queue = queues.get(to.clientId) ?? { messages: 0, bytes: 0 };
    const bytes = queue.bytes + packet.topic.length + packet.payload.length;
    if (queue.messages >= limits.queuedMessagesMax || bytes > limits.queuedBytesMax) return count('queuedDropped');
    queues.set(to.clientId, { messages: queue.messages + 1, bytes });
    return enqueue(to, packet);
  };
  store.outgoingEnqueueCombi = async (to, packet) => {
    for (const one of to) await store.outgoingEnqueue(one, packet);
  };
  store.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    const queue = queues.get(client.id);
    if (cleared === undefined || queue === undefined) return cleared;
    queue.messages -= 1;
    queue.bytes -= cleared.topic.length + cleared.payload.length;
    if (queue.messages === 0) queues.delete(client.id);
    return cleared;
  };
}
