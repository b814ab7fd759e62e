import type { Answer, ReadObject, Values, WriteObject } from './line.ts';

/** Somebody who asks a controller for something: the words of the site file, and how long a request may outlive its last order. */
export type Ask = {
  actuator: string;
  /** What the site file calls the request and its absence. */
  action: string;
  rest: string;
  leaseMs: number;
};

/** What one reading says of one request. */
export type Sight = {
  /** The controller has the request on its books. */
  stands: boolean;
  /** What the controller does, in the words of the site file. */
  state: string;
  /** Why the request may not be raised, if it would reach the controller as late as `landsAtMs`. */
  refusal?: string;
  /** Why a request that stands must be taken back at once. */
  withdraw?: string;
};

/** How a protocol names the things a desk needs. It may remember earlier readings. */
export type Dialect<A extends Ask> = {
  reads: readonly ReadObject[];
  /** Takes in a reading that was asked for at `askedAtMs`; answers the device's own watchdog in ms, 0 when it is off. */
  take(values: Values, askedAtMs: number): { watchdogMs: number; rebooted: boolean };
  sight(ask: A, landsAtMs: number): Sight;
  /** What to write so that exactly these requests stand, without a touch of anybody else's. */
  writes(asks: readonly A[], wanted: ReadonlySet<string>): WriteObject[];
};

export type DeskEffect =
  | { kind: 'accepted' | 'lapsed'; actuator: string; commandId: string }
  | { kind: 'failed'; actuator: string; commandId: string; why: string }
  | { kind: 'readBack'; actuator: string; state: string }
  | { kind: 'trouble'; actuator: string; name: 'unreachable' | 'watchdog'; why?: string };

export type Write = { objects: WriteObject[]; once: boolean };
export type Order = { actuator: string; commandId: string; away: boolean; leaseMs: number };

export type Desk = {
  order(order: Order, atMs: number): DeskEffect[];
  /** An answer to a read that was sent at `askedAtMs`, and what must be written now. */
  saw(answer: Answer, times: Times): { effects: DeskEffect[]; write?: Write };
  /** The answer to that write. */
  wrote(answer: Answer, times: Times): DeskEffect[];
  /** How long the next turn may wait. */
  waitMs(atMs: number): number;
  /** The next reading is told even if it says nothing new. */
  tellAgain(actuator: string): void;
  /** From now on nothing is wanted. */
  close(): void;
  /** True while a request of ours may stand. */
  holds(): boolean;
};

export type Times = { askedAtMs: number; atMs: number };
export type DeskOptions = { timeoutMs: number; lookMs: number };
