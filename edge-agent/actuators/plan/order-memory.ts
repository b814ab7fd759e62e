import type { Receipt } from '@tocsin/contracts';

/** Orders remembered in one place. One is forgotten only after it expired, so a repeat can never act a second time. */
export const ordersMax = 64;

/** What is remembered of orders, so that a repeat gets the first receipt and moves nothing. */
export type OrderMemory = {
  orders: { id: string; expiresAtMs: number; receipt: Receipt }[];
  /** Latest expiry of a forgotten order; one that expires no later may be a repeat. */
  forgottenThroughMs: number;
};

type Dated = { id: string; expiresAtMs: number };

/** The first receipt of an order that was seen before. */
export function recall(memory: OrderMemory, id: string): Receipt | undefined {
  return memory.orders.find((order) => order.id === id)?.receipt;
}

/** Why an order that is not remembered cannot be carried out whatever it asks for; makes room for it otherwise. */
export function admit(
  memory: OrderMemory,
  order: Dated,
  { atMs, max = ordersMax }: { atMs: number; max?: number },
): { expired: boolean; why: string } | undefined {
  if (atMs >= order.expiresAtMs) return { expired: true, why: 'it came after its end' };
  if (order.expiresAtMs <= memory.forgottenThroughMs)
    return { expired: false, why: 'it may repeat an order that is no longer remembered' };
  if (memory.orders.length < max) return undefined;
  const gone = memory.orders.filter(({ expiresAtMs }) => expiresAtMs <= atMs);
  for (const { expiresAtMs } of gone) memory.forgottenThroughMs = Math.max(memory.forgottenThroughMs, expiresAtMs);
  memory.orders = memory.orders.filter((known) => !gone.includes(known));
  if (memory.orders.length < max) return undefined;
  return { expired: false, why: `${max} orders are still valid; wait until some expire` };
}

/** Keeps the first receipt of an order until the order expires. */
export function remember(memory: OrderMemory, { id, expiresAtMs }: Dated, receipt: Receipt): void {
  memory.orders.push({ id, expiresAtMs, receipt });
}
