import { type Ack, Ack as AckSchema, type Clock, type Lane, type Logger, lanes, topics } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { type Draft, encodeDrafts, type Row } from './draft.ts';
import { ackedRowsMax, type Journal } from './journal.ts';
import { nextSeq, startOutbox, stepOutbox } from './outbox.ts';
import { laneWindow } from './pace.ts';
import { bodyToSend } from './renumber.ts';
import type { Transport } from './transport.ts';
import type { LostRange, OutboxEffect, OutboxEvent, OutboxState, RenewReason } from './types.ts';

export type UplinkCounters = {
  sent: number;
  acknowledged: number;
  acksIgnored: number;
  acksInvalid: number;
  epochsBegun: number;
  rowsEvicted: number;
  commands: number;
  configs: number;
  downRefused: number;
};

export type UplinkOptions = {
  site: string;
  journal: Journal;
  transport: Transport;
  clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  logger: Logger;
  /** JSON to publish retained. */
  descriptor(): string;
  status(): string;
  /** A message on the command topic. */
  command(payload: Uint8Array, retained: boolean): void;
  /** A message about pictures that need not be sent any more. */
  pictures?(payload: Uint8Array): void;
  /** Commits drafts that the uplink itself needs; they come back through `appended`. */
  commit(drafts: readonly Draft[]): void;
};

export type Uplink = {
  start(): void;
  stop(): Promise<void>;
  epoch(): string;
  /** The number the next row of each lane will have. */
  next(): Record<Lane, number>;
  /** Rows were committed. */
  appended(rows: readonly Row[]): void;
  /** True while readings may go into the live lane: the link is up and the lane keeps pace. */
  liveOpen(): boolean;
  online(): boolean;
  /** True while nothing urgent waits for the cloud, so that something large may go. */
  free(): boolean;
  /** Publishes the status now. */
  tell(): void;
  counters(): Readonly<UplinkCounters>;
};

const tickMs = 500;
const statusEveryMs = 10_000;
/** With more batches than this waiting, live readings are history by the time they arrive: they join the backlog. */
const liveQueueMax = 2 * laneWindow.live;
const ackBytesMax = 4_096;
const isAck = Compile(AckSchema);

/** Runs the outbox reducer over a transport: reads rows from the journal, sends them, hears acknowledgements, forgets. */
export function createUplink(options: UplinkOptions): Uplink {
  const { site, journal, transport, clock, logger } = options;
  const loaded = { epoch: journal.load().epoch, lanes: journal.lengths() };
  let state: OutboxState = startOutbox(loaded.epoch, loaded.lanes);
  /** Rows that an earlier life of this process may have sent keep their content. */
  let maybeSent = perLane((lane) => {
    const { storedThrough, queued } = loaded.lanes[lane];
    return storedThrough + Math.min(queued, ackedRowsMax + laneWindow[lane]);
  });
  const counters: UplinkCounters = {
    sent: 0,
    acknowledged: 0,
    acksIgnored: 0,
    acksInvalid: 0,
    epochsBegun: 0,
    rowsEvicted: 0,
    commands: 0,
    configs: 0,
    downRefused: 0,
  };
  const queue: OutboxEvent[] = [];
  let running = false;
  let statusAtMs = Number.NEGATIVE_INFINITY;
  let cancelTick: () => void = () => {};

  function feed(event: OutboxEvent): void {
    queue.push(event);
    if (running) return;
    running = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const stepped = stepOutbox(state, next);
        state = stepped.state;
        for (const effect of stepped.effects) contained(() => perform(effect));
      }
    } finally {
      running = false;
    }
  }

  /** A journal that cannot answer now is asked again with the next repeat; the link must not end with it. */
  function contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      logger.error({ error: String(error) }, 'The outbox could not use the journal.');
    }
  }

  function perform(effect: OutboxEffect): void {
    switch (effect.kind) {
      case 'send':
        send(effect.lane, effect.seq);
        break;
      case 'forget':
        counters.acknowledged += 1;
        journal.acked(effect.lane, effect.through);
        break;
      case 'ignored':
        counters.acksIgnored += 1;
        break;
      case 'probe':
        options.commit(effect.lanes.map((lane) => ({ lane, events: [note('OUTBOX_PROBE', probeText)] })));
        break;
      case 'renew':
        renew(effect.why, effect.lost);
        break;
      default:
        effect satisfies never;
    }
  }

  function send(lane: Lane, seq: number): void {
    const row = journal.row(lane, seq);
    if (row === undefined) return;
    counters.sent += 1;
    const head = { site, epoch: state.epoch, lane, seq, nowMs: clock.nowMs() };
    transport.publish(topics.up(site, lane), bodyToSend(row, head));
  }

  function note(code: string, text: string) {
    return { kind: 'note' as const, code, text, atMs: clock.nowMs() };
  }

  function renew(why: RenewReason, lost: LostRange[]): void {
    counters.epochsBegun += 1;
    const nowMs = clock.nowMs();
    const epoch = journal.renew(lost, (next, what) => {
      const gaps = what.map(({ batches, readings, fromMs, toMs }, i) => ({
        kind: 'gap' as const,
        what: `The cloud was restored from a backup and lost ${batches} batches of the ${lost[i]!.lane} lane.`,
        readings,
        fromMs,
        toMs: Math.max(fromMs, toMs),
      }));
      const events = [...gaps, note('EPOCH_BEGUN', renewText[why])];
      const numbers = perLane((lane) => journal.lengths()[lane].queued + 1);
      return encodeDrafts({ site, epoch: next, sentAtMs: nowMs }, [{ lane: 'urgent', events }], numbers);
    });
    logger.warn({ why, epoch }, 'A new epoch began.');
    maybeSent = perLane(() => 0);
    const lengths = journal.lengths();
    feed({ kind: 'renewed', epoch, queued: perLane((lane) => lengths[lane].queued), atMs: clock.monotonicMs() });
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    const atMs = clock.monotonicMs();
    contained(() => journal.flush());
    contained(() => {
      const sentThrough = perLane((lane) => Math.max(state.lanes[lane].sentThrough, maybeSent[lane]));
      for (const { lane, rows } of journal.shrink(sentThrough)) {
        counters.rowsEvicted += rows;
        feed({ kind: 'evicted', lane, rows, atMs });
      }
    });
    feed({ kind: 'tick', atMs, chance: options.random() });
    if (atMs - statusAtMs >= statusEveryMs) tell();
  }

  function tell(): void {
    statusAtMs = clock.monotonicMs();
    if (state.online) tellNow();
  }

  function tellNow(): void {
    statusAtMs = clock.monotonicMs();
    transport.publish(topics.status(site), options.status(), { retain: true });
  }

  function hear(topic: string, payload: Uint8Array, retained: boolean): void {
    if (topic === topics.ack(site)) hearAck(payload);
    else if (topic === topics.command(site)) {
      counters.commands += 1;
      options.command(payload, retained);
    } else if (topic === topics.pictureAck(site)) options.pictures?.(payload);
    else if (topic === topics.config(site)) counters.configs += 1;
    else counters.downRefused += 1;
  }

  function hearAck(payload: Uint8Array): void {
    const ack = payload.byteLength <= ackBytesMax ? parseAck(payload) : undefined;
    if (ack === undefined) counters.acksInvalid += 1;
    else feed({ kind: 'acked', ack, atMs: clock.monotonicMs() });
  }

  return {
    start() {
      transport.start({
        connected() {
          // Before any batch, because the cloud judges readings by what the site says that it measures.
          transport.publish(topics.descriptor(site), options.descriptor(), { retain: true });
          tellNow();
          feed({ kind: 'connected', atMs: clock.monotonicMs() });
        },
        closed: () => feed({ kind: 'disconnected', atMs: clock.monotonicMs() }),
        message: hear,
      });
      tick();
    },
    async stop() {
      cancelTick();
      await transport.stop();
    },
    epoch: () => state.epoch,
    next: () => perLane((lane) => nextSeq(state.lanes[lane])),
    appended(rows) {
      const atMs = clock.monotonicMs();
      for (const lane of lanes) {
        const count = rows.filter((row) => row.lane === lane).length;
        if (count > 0) feed({ kind: 'appended', lane, rows: count, atMs });
      }
    },
    liveOpen: () => state.online && state.settling === undefined && state.lanes.live.queued < liveQueueMax,
    online: () => state.online,
    free: () => state.lanes.urgent.queued === 0 && state.settling === undefined,
    tell,
    counters: () => counters,
  };
}

const probeText = 'Asks the cloud how far it has stored this lane.';
const renewText = {
  restored: 'The cloud was restored from a backup; what the site still has is numbered anew.',
  forked: 'This journal is an older image of itself; what it has is numbered anew.',
} as const;

function parseAck(payload: Uint8Array): Ack | undefined {
  try {
    const ack: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isAck.Check(ack) ? ack : undefined;
  } catch {
    return undefined;
  }
}

function perLane<T>(of: (lane: Lane) => T): Record<Lane, T> {
  return { urgent: of('urgent'), live: of('live'), backlog: of('backlog') };
}
