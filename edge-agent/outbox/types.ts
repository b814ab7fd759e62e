import type { Ack, Lane } from '@tocsin/contracts';

/**
 * The words of the outbox reducer. A lane's rows stand in one queue without holes; the first of them has the number
 * `storedThrough + 1`, so a queue is described by a few numbers however long it is. Instants are monotonic milliseconds.
 */
export type LaneState = {
  /** Highest number the cloud has acknowledged in this epoch. */
  storedThrough: number;
  /** Rows that wait behind that mark. */
  queued: number;
  /** Highest number this process has handed to the link in this epoch. */
  sentThrough: number;
  /** The next number to hand over. */
  cursor: number;
  /** How many numbers beyond the mark may be under way now. */
  window: number;
  /** When to send again from the mark; absent while nothing is under way. */
  retryAtMs?: number;
  attempts: number;
  /** The mark at which an answer already made us go back, so that one loss causes one repeat. */
  rewoundAt: number;
  /**
   * False until the cloud has shown that it is not ahead of us. After a crash it may know rows that we do not know to be stored; if
   * the disk is an old image, it may know other rows under our numbers. Until then rows go one at a time.
   */
  verified: boolean;
  /** Nothing is sent before `retryAtMs`, so that the answers under way can pass. */
  quiet?: boolean;
  /** A mark below ours that the cloud keeps naming: a late answer, or a cloud restored from a backup. */
  low?: { storedThrough: number; sinceMs: number; times: number };
  /** What is certain about this lane while a new epoch is being prepared. */
  settled?: 'low' | 'forked' | 'answered';
};

export type RenewReason = 'restored' | 'forked';

export type OutboxState = {
  epoch: string;
  online: boolean;
  lanes: Readonly<Record<Lane, LaneState>>;
  /** Set while a new epoch is being prepared: nothing new is sent until the fate of everything sent is known. */
  settling?: RenewReason;
};

export type OutboxEvent =
  | { kind: 'connected'; atMs: number }
  | { kind: 'disconnected'; atMs: number }
  | { kind: 'appended'; lane: Lane; rows: number; atMs: number }
  /** The disk budget joined rows that were never sent; the queue is shorter now. */
  | { kind: 'evicted'; lane: Lane; rows: number; atMs: number }
  | { kind: 'acked'; ack: Ack; atMs: number }
  /** `chance` is uniform in [0, 1) and spreads repeats. */
  | { kind: 'tick'; atMs: number; chance: number }
  | { kind: 'renewed'; epoch: string; queued: Record<Lane, number>; atMs: number };

export type LostRange = { lane: Lane; from: number; to: number };

export type OutboxEffect =
  | { kind: 'send'; lane: Lane; seq: number }
  | { kind: 'forget'; lane: Lane; through: number }
  /** An acknowledgement that cannot be believed; it changed nothing. */
  | { kind: 'ignored'; why: 'otherEpoch' | 'neverSent' | 'belowMark' }
  /** Put one note into each of these empty lanes, so that the cloud must answer with its mark. */
  | { kind: 'probe'; lanes: Lane[] }
  /** Begin a new epoch; `lost` are acknowledged numbers that the cloud no longer has. */
  | { kind: 'renew'; why: RenewReason; lost: LostRange[] };

export type Stepped = { state: OutboxState; effects: OutboxEffect[] };
