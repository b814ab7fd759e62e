import Type, { type Static } from 'typebox';
import { Mode, receiptStates } from './command.ts';
import { Finite, InstantMs, Name, oneOf } from './names.ts';

/** What a person asks of an actuator. */
export type OrderRequest = {
  site: string;
  actuator: string;
  /** One of the actuator's own actions, or of `ownActions`, some of which need a value. */
  action: string;
  value?: number;
  reason: string;
  /** Default: the mode the site runs in. */
  mode?: Mode;
  /** Who asks, and when (milliseconds since 1970). */
  by: string;
  atMs: number;
};

/** How far an order has come that has no receipt yet: it waits for a second person, left, or ended without having moved anything. */
export const orderStates = ['held', 'left', 'unanswered', 'overdue', 'withdrawn'] as const;

/** An order of a person to an actuator: before the site spoke its state is the cloud's, afterwards that of the newest receipt. */
export const OrderView = Type.Object({
  id: Type.String({ description: 'Id of the command; its receipts carry it.' }),
  site: Name,
  actuator: Name,
  action: Name,
  value: Type.Optional(Finite),
  mode: Mode,
  reason: Type.String(),
  issuer: Type.String(),
  askedAtMs: InstantMs,
  state: oneOf([...orderStates, ...receiptStates]),
  number: Type.Optional(Type.Integer({ minimum: 1, description: 'Given when it leaves.' })),
  leftAtMs: Type.Optional(InstantMs),
  releasedBy: Type.Optional(Type.String({ description: 'The second person, where one was needed.' })),
  why: Type.Optional(Type.String({ description: 'Why it waits, or why it ended.' })),
});
export type OrderView = Static<typeof OrderView>;

/** What a second person decides about: the orders that wait, oldest first, and how many may go in the next stage. */
export const HeldOrders = Type.Object({
  orders: Type.Array(OrderView),
  held: Type.Integer({ description: 'All orders that wait.' }),
  sites: Type.Integer({ description: 'Sites they concern.' }),
  stage: Type.Integer({ description: 'The most that one release lets go.' }),
  nextStageAtMs: InstantMs,
});
export type HeldOrders = Static<typeof HeldOrders>;

/** An act on the queue of held orders; `may` tells which of them this person may decide about. */
export type HeldAct = { by: string; atMs: number; count: number; may(order: OrderView): boolean };

/**
 * Where orders of people to actuators leave the cloud. Beyond its limits they wait for a second person. Errors are Faults: DEVICE_UNKNOWN,
 * COMMAND_REFUSED, STORE_BUSY.
 */
export type Orders = {
  order(request: OrderRequest): OrderView;
  find(id: string): OrderView | undefined;
  held(sees: (site: string) => boolean): HeldOrders;
  /** Lets the oldest go, never those of the person who releases; answers what left. */
  release(act: HeldAct): OrderView[];
  /** Ends the oldest without sending them; anybody may, also for their own. */
  withdraw(act: HeldAct): OrderView[];
};
