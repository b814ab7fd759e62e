import type { Clock, Receipt } from '@tocsin/contracts';
import type { Gateway, Ordered } from './gateway.ts';

export type Stage = {
  state: Receipt['state'];
  mode: Receipt['mode'];
  why?: string;
  afterMs: number;
  confirmed?: string;
};
export type Errand = { id: string; stages: Stage[]; last: Stage };

/**
 * Gives an order and waits until one of `until` was told of it, or `withinMs` passed. Receipts come while the order is given, so they are
 * listened to before.
 */
export async function errand(
  { gateway, clock }: { gateway: Gateway; clock: Clock },
  ordered: Ordered,
  { until, withinMs }: { until: readonly Receipt['state'][]; withinMs: number },
): Promise<Errand> {
  const heard: { receipt: Receipt; atMs: number }[] = [];
  let wake = () => {};
  const silence = gateway.onReceipt((receipt, atMs) => {
    heard.push({ receipt, atMs });
    wake();
  });
  const sinceMs = clock.monotonicMs();
  const id = gateway.order(ordered);
  const stages = (): Stage[] =>
    heard
      .filter(({ receipt }) => receipt.commandId === id)
      .map(({ receipt: { state, mode, why, confirmed }, atMs }) => ({
        ...{ state, mode, afterMs: Math.round(atMs - sinceMs) },
        ...(why === undefined ? {} : { why }),
        ...(confirmed === undefined ? {} : { confirmed }),
      }));
  const isOver = () => stages().some(({ state, why }) => until.includes(state) || (state === 'requested' && why));
  let late = false;
  const cancel = clock.after(withinMs, () => {
    late = true;
    wake();
  });
  while (!late && !isOver()) await new Promise<void>((resolve) => (wake = resolve));
  cancel();
  silence();
  const all = stages();
  const nothing: Stage = { state: 'expired', mode: ordered.mode, why: 'nothing was heard of it', afterMs: withinMs };
  return { id, stages: all, last: all.at(-1) ?? nothing };
}
