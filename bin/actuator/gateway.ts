import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type Clock, type Command, commandWire, type Receipt, topics } from '@tocsin/contracts';
import type { Transport, TransportListener } from '@tocsin/edge-agent';
import { commandSigner, publicKeyOf } from '@tocsin/rules/signing';
import { type EdgeOptions, startEdge } from '../edge/edge.ts';

/** How long an order of this tool stays valid; it is taken in the same process at once. */
const orderValidMs = 10_000;

export type Ordered = Pick<Command, 'device' | 'action' | 'issuer' | 'reason' | 'mode'> &
  Partial<Pick<Command, 'value' | 'leaseMs'>>;

/** The site's own gateway, run by a tool that gives it orders in place of the cloud. */
export type Gateway = {
  fieldPort?: number;
  /** Gives a signed order and answers its id; what becomes of it is told by receipts. */
  order(ordered: Ordered): string;
  /** Hears every receipt with the instant at which it came (monotonic), until the returned function is called. */
  onReceipt(listener: (receipt: Receipt, atMs: number) => void): () => void;
  stop(): Promise<void>;
};

export type GatewayOptions = Omit<EdgeOptions, 'transport' | 'onDecision'> & { clock: Clock };

/**
 * Starts the gateway as `tocsin edge` does, with all its rules, so that the site stays guarded meanwhile; only the link to the cloud is
 * replaced. Orders are signed with a key that lives as long as this process, and go the whole way of every order: signature, guards,
 * intent in the journal, driver, read-back, ledger. What is recorded goes up with the next start. Throws STORE_BUSY while the gateway runs.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, site } = options;
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const sign = commandSigner(key);
  const listeners = new Set<(receipt: Receipt, atMs: number) => void>();
  let link: TransportListener | undefined;
  const transport: Transport = {
    start(listener) {
      link = listener;
    },
    publish() {},
    stop: async () => {},
  };
  const cloud = { url: 'mqtt://localhost', password: { env: '' }, ...site.cloud, commandKeys: [publicKeyOf(key)] };
  const edge = await startEdge({
    ...options,
    site: { ...site, cloud },
    transport,
    onDecision(effect) {
      if (effect.kind !== 'receipt') return;
      for (const listener of listeners) listener(effect.receipt, clock.monotonicMs());
    },
  });
  return {
    ...(edge.fieldPort === undefined ? {} : { fieldPort: edge.fieldPort }),
    order(ordered) {
      const nowMs = clock.nowMs();
      const id = `test.${randomUUID()}`;
      const times = { notBeforeMs: nowMs, expiresAtMs: nowMs + orderValidMs };
      const wire = commandWire(sign({ v: 1, id, site: site.site, ...ordered, ...times }));
      link!.message(topics.command(site.site), new TextEncoder().encode(wire), false);
      return id;
    },
    onReceipt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: edge.stop,
  };
}
