import assert from 'node:assert';
import { crc32 } from 'node:zlib';
import {
  type Ack,
  type AppendResult,
  type Clock,
  type CommittedBatch,
  type DecodedBatch,
  decodeBatch,
  encodeBatch,
  Fault,
  type Log,
  type Logger,
  type Publish,
  parseUpTopic,
  type Running,
  type SiteView,
  topics,
} from '@tocsin/contracts';
import { countReason, type IngestCounters, zeroCounters } from './counters.ts';
import { createGroupCommit, type GroupLimits, type IngestHealth, type Waiting } from './group-commit.ts';
import { judgeBatch } from './judge.ts';
import type { Pictures } from './pictures/pictures.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import type { Sites } from './sites/sites.ts';

export type IngestLimits = GroupLimits & {
  /** Descriptions, states and examples are written, and news of sites told, this often. */
  flushEveryMs: number;
};

/** 1,024 batches keep a commit below about 20 ms, 8 MiB below what a slow disk writes in a second. */
const defaultLimits: IngestLimits = { groupBatchesMax: 1_024, groupBytesMax: 8_388_608, flushEveryMs: 1_000 };

/** Something that should not happen between honest parties, for the record. */
export type SecurityNote = { site: string; code: 'BATCH_CONFLICTS' | 'SITE_MISMATCH'; text: string; atMs: number };

export type IngestDeps = {
  log: Log;
  quarantine: Quarantine;
  sites: Sites;
  /** Takes pictures and live views; without it they are let go. */
  pictures?: Pick<Pictures, 'receive' | 'view'>;
  publish: Publish;
  clock: Clock;
  logger: Logger;
  /** Called for every stored batch in the order of its offset, after its commit; must not block. */
  onCommitted?(batch: CommittedBatch, badEvents: number): void;
  onSite?(view: SiteView): void;
  onSecurity?(note: SecurityNote): void;
  onHealth?(health: IngestHealth): void;
  limits?: Partial<IngestLimits>;
};

/** `receivedAtMs` defaults to now. */
export type MessageInfo = { receivedAtMs?: number; clientId?: string };

export type Ingest = Running & {
  start(): void;
  /** Takes one message that a site published; never throws for what is in it. */
  receive(topic: string, payload: Uint8Array, info?: MessageInfo): void;
  counters(): IngestCounters;
  health(): IngestHealth;
  sites(): SiteView[];
};

/** Takes what sites publish, stores it once and durably, and only then acknowledges it. */
export function createIngest(deps: IngestDeps): Ingest {
  const { log, quarantine, sites, pictures, publish, clock, logger, onCommitted, onSite, onSecurity } = deps;
  const limits = { ...defaultLimits, ...deps.limits };
  const counters = zeroCounters();
  let state: 'new' | 'running' | 'stopped' = 'new';
  let cancelFlush = () => {};

  const group = createGroupCommit({
    log,
    clock,
    logger,
    limits,
    onOutcome,
    onFailed(batches) {
      counters.commitsFailed += 1;
      counters.batchesNotStored += batches;
    },
    onHealth: (health) => deps.onHealth?.(health),
  });

  function refuse(site: string, error: unknown, payload: Uint8Array, atMs: number): void {
    const fault =
      error instanceof Fault ? error : new Fault('PAYLOAD_MALFORMED', 'It cannot be read.', { cause: error });
    countReason(counters.messagesRefused, fault.code);
    quarantine.add({ site, reason: fault.code, why: fault.detail, payload, atMs, count: 1 });
    if (fault.code === 'SITE_MISMATCH') onSecurity?.({ site, code: 'SITE_MISMATCH', text: fault.detail, atMs });
  }

  function takeBatch(site: string, lane: string, payload: Uint8Array, receivedAtMs: number): void {
    if (group.isPaused()) {
      counters.batchesNotStored += 1;
      return;
    }
    const { batch, badEvents }: DecodedBatch = decodeBatch(payload);
    if (batch.site !== site || batch.lane !== lane)
      throw new Fault('SITE_MISMATCH', `It names ${batch.site}/${batch.lane}, its topic ${site}/${lane}.`);
    sites.heard(site, receivedAtMs, lane === 'live' ? batch.sentAtMs : undefined);
    const judged = judgeBatch(batch, sites.channels(site), receivedAtMs);
    const { epoch, seq } = batch;
    const untouched = !judged.changed && badEvents.length === 0;
    const entry = { site, epoch, lane: batch.lane, seq, receivedAtMs, body: payload };
    group.add({
      // What a site repeats is compared with what it sent, not with what was left of it.
      entry: untouched ? entry : { ...entry, body: encodeBatch(judged.batch), sentChecksum: crc32(payload) },
      batch: judged.batch,
      refused: judged.refused,
      badEvents,
    });
  }

  function stored({ entry, batch, refused, badEvents }: Waiting, offset: number): void {
    const { site, receivedAtMs: atMs } = entry;
    const readings = batch.columns.series.length;
    counters.batchesStored += 1;
    counters.readingsStored += readings;
    counters.eventsStored += batch.events.length;
    counters.eventsRefused += badEvents.length;
    if (sites.channels(site) === undefined) counters.readingsUndescribed += readings;
    for (const { reason, count, example } of refused) {
      countReason(counters.readingsRefused, reason, count);
      const payload = Buffer.from(JSON.stringify(example));
      quarantine.add({ site, reason, why: `${count} readings of batch ${batch.seq}.`, payload, atMs, count });
    }
    for (const { event, why } of badEvents)
      quarantine.add({ site, reason: 'CONTRACT_BROKEN', why: `Event: ${why}`, payload: headOf(event), atMs, count: 1 });
    try {
      onCommitted?.(Object.assign(batch, { offset, receivedAtMs: atMs }), badEvents.length);
    } catch (error) {
      // The consumer keeps its own cursor and catches up from the log; the next batch is not its hostage.
      counters.consumerErrors += 1;
      logger.error({ error, offset }, 'ingest: a consumer of committed batches threw');
    }
  }

  function conflict({ entry }: Waiting): void {
    const { site, epoch, lane, seq, receivedAtMs: atMs, body } = entry;
    const text = `${epoch}/${lane}/${seq} came again with other content.`;
    counters.batchesConflict += 1;
    countReason(counters.messagesRefused, 'BATCH_CONFLICTS');
    quarantine.add({ site, reason: 'BATCH_CONFLICTS', why: text, payload: body, atMs, count: 1 });
    onSecurity?.({ site, code: 'BATCH_CONFLICTS', text, atMs });
  }

  function onOutcome(batches: readonly Waiting[], results: readonly AppendResult[]): void {
    counters.commits += 1;
    const acks = new Map<string, { site: string; ack: Ack }>();
    for (const [i, waiting] of batches.entries()) {
      const { site, epoch, lane, seq } = waiting.entry;
      const { outcome, storedThrough } = results[i]!;
      const key = `${site}/${epoch}/${lane}`;
      let answer = acks.get(key);
      if (answer === undefined) {
        answer = { site, ack: { v: 1, epoch, lane, storedThrough } };
        acks.set(key, answer);
      }
      answer.ack.storedThrough = storedThrough;
      if (outcome === 'conflict') answer.ack.conflictAt ??= seq;
    }
    // Acknowledged before anything else happens: it is on disk, and the consumers below have their own cursors.
    for (const { site, ack } of acks.values()) publish(topics.ack(site), JSON.stringify(ack));
    for (const [i, waiting] of batches.entries()) {
      const { outcome, offset } = results[i]!;
      if (outcome === 'stored') stored(waiting, offset!);
      else if (outcome === 'duplicate') counters.batchesDuplicate += 1;
      else if (outcome === 'early') {
        counters.batchesEarly += 1;
        countReason(counters.messagesRefused, 'BATCH_OUT_OF_ORDER');
      } else conflict(waiting);
    }
  }

  function flush(): void {
    quarantine.flush();
    sites.flush((view) => onSite?.(view));
  }

  function flushAndAgain(): void {
    flush();
    cancelFlush = clock.after(limits.flushEveryMs, flushAndAgain);
  }

  return {
    start() {
      assert(state === 'new', 'Ingest starts once.');
      state = 'running';
      flushAndAgain();
    },
    receive(topic, payload, { receivedAtMs = clock.nowMs() } = {}) {
      if (state !== 'running') return;
      counters.messages += 1;
      counters.bytes += payload.byteLength;
      const up = parseUpTopic(topic);
      if (up === undefined) {
        counters.topicsRefused += 1;
        return;
      }
      try {
        if (up.leaf === 'up') takeBatch(up.site, up.lane, payload, receivedAtMs);
        else if (up.leaf === 'picture') pictures?.receive(up.site, payload);
        else if (up.leaf === 'view') pictures?.view(up.site, payload);
        // An empty retained payload only takes back what was retained.
        else if (payload.byteLength > 0) sites[up.leaf](up.site, payload, receivedAtMs);
      } catch (error) {
        // A picture must be forgettable, so it never enters a database, not even as an example.
        refuse(up.site, error, up.leaf === 'picture' ? new Uint8Array() : payload, receivedAtMs);
      }
    },
    async stop() {
      if (state !== 'running') return;
      group.commit();
      state = 'stopped';
      cancelFlush();
      flush();
    },
    counters: () => structuredClone(counters),
    health: group.health,
    sites: () => sites.views(),
  };
}

/** The head of an event for the quarantine; anything may be in it, so it may not even be JSON. */
function headOf(event: unknown): Uint8Array {
  try {
    return Buffer.from(
      JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value)) ?? 'undefined',
    );
  } catch {
    return Buffer.from('An event that cannot be shown.');
  }
}
