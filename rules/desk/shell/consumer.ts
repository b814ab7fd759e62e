import {
  type CommittedBatch,
  decodeBatch,
  type Log,
  type LogEntry,
  type Logger,
  type SiteEvent,
} from '@tocsin/contracts';
import { cloudEpoch } from './apply.ts';
import { type Core, isStoreError } from './core.ts';
import type { Engines } from './engines.ts';

/** Bounds of one bite of the log while catching up; between bites the event loop gets its turn. */
const entriesPerRead = 256;
const bytesPerRead = 4_194_304;
/** Events that made the program fail are remembered up to this many, then the oldest is tried again. */
const poisonMax = 1000;

/** An event on which the program itself failed, so that it can be left out when the batch is applied again. */
export class PoisonedEvent extends Error {
  readonly place: string;
  constructor(place: string, cause: unknown) {
    super(`The event at ${place} cannot be applied: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.place = place;
  }
}

export type ConsumerDeps = { engines: Engines; log: Pick<Log, 'read'>; logger: Logger; nowMs(): number };

/** Applies batches of the log to the desk, inside the open transaction; what it throws means: take everything back. */
export function createConsumer({ engines, log, logger, nowMs }: ConsumerDeps) {
  const epochs = new Map<string, string>();
  const poisoned = new Set<string>();
  const counters = { skippedEvents: 0, skippedBatches: 0 };

  function applyEvent(core: Core, batch: CommittedBatch, index: number): void {
    const place = `${batch.offset}/${index}`;
    const event = batch.events[index] as SiteEvent;
    if (poisoned.has(place)) {
      counters.skippedEvents += 1;
      leftOut(core, batch, `An event (${event.kind}) could not be applied.`);
      return;
    }
    try {
      core.applier.event(event, batch);
    } catch (error) {
      if (isStoreError(error)) throw error;
      throw new PoisonedEvent(place, error);
    }
  }

  /** What the desk itself had to leave out is on the record and in the list; the log still holds it. */
  function leftOut(
    core: Core,
    { site, offset, receivedAtMs: atMs }: Pick<LogEntry, 'site' | 'offset' | 'receivedAtMs'>,
    text: string,
  ) {
    core.work.begin();
    core.applier.note({ site, code: 'DESK_FAILED', text: `${text} Offset ${offset} of the log.`, atMs });
    const event = 'Something this site said could not be taken in';
    const advice = 'Keep the log and report this; an alert of the site may be missing here.';
    core.applier.raise({ site, rule: 'desk-failed', subject: 'desk', event, reasons: [text], advice, atMs });
  }

  /** A rule that throws stops its site's engine, loudly; everything else goes on. */
  function feed(core: Core, batch: CommittedBatch): number {
    let effects: ReturnType<Engines['feed']> = [];
    try {
      effects = engines.feed(batch);
    } catch (error) {
      disable(core, batch.site, error);
      return 1;
    }
    return hear(core, effects);
  }

  function hear(core: Core, effects: ReturnType<Engines['feed']>): number {
    let alerts = 0;
    for (const effect of effects) {
      if (effect.kind !== 'alert') continue;
      core.work.begin();
      core.applier.hear(effect.transition, cloudEpoch, nowMs());
      alerts += 1;
    }
    return alerts;
  }

  function disable(core: Core, site: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    logger.error({ site, why }, 'The cloud rules of a site failed and are stopped');
    engines.disable(site, why);
    core.work.begin();
    core.applier.raise({ ...rulesTrouble(site, [why]), atMs: nowMs() }, true);
  }

  /** Applies one batch; true when it changed the desk and wants to be committed at once. */
  function take(core: Core, batch: CommittedBatch): boolean {
    const { site, epoch, events } = batch;
    if (epochs.get(site) !== epoch) {
      core.work.begin();
      core.store.rankOf(site, epoch);
      epochs.set(site, epoch);
    }
    const urgent = engines.has(site) ? feed(core, batch) > 0 : false;
    if (events.length === 0) return urgent;
    core.work.begin();
    for (let i = 0; i < events.length; i += 1) applyEvent(core, batch, i);
    return true;
  }

  return {
    counters,
    /** Forgets what a rollback made untrue. */
    forget: () => epochs.clear(),
    /** Remembers an event to leave out. */
    poison(place: string): void {
      if (poisoned.size >= poisonMax) poisoned.delete(poisoned.values().next().value!);
      poisoned.add(place);
    },
    take,
    /** Lets time pass for the rules of every site. */
    tick(core: Core, atMs: number): void {
      for (const site of engines.running()) {
        let effects: ReturnType<Engines['feed']> = [];
        try {
          effects = engines.tell(site, { kind: 'tick', atMs });
        } catch (error) {
          disable(core, site, error);
        }
        hear(core, effects);
      }
    },
    /** The next entries of the log after an offset. */
    next: (after: number): LogEntry[] => log.read(after, entriesPerRead, bytesPerRead),
    /** Applies one entry of the log; one that cannot be decoded any more is left out, counted and said. */
    takeEntry(core: Core, entry: LogEntry): void {
      const { offset, receivedAtMs } = entry;
      let batch: CommittedBatch;
      try {
        batch = { ...decodeBatch(entry.body).batch, offset, receivedAtMs };
      } catch (error) {
        counters.skippedBatches += 1;
        logger.error({ offset, error: String(error) }, 'A batch of the log cannot be decoded');
        leftOut(core, entry, 'A batch could not be read.');
        return;
      }
      take(core, batch);
    },
  };
}

/** The standing trouble of cloud rules that do not run. */
export function rulesTrouble(site: string, reasons: string[]) {
  return {
    site,
    rule: 'cloud-rules',
    subject: 'engine',
    event: 'Cloud rules of this site do not run',
    reasons: reasons.slice(0, 12),
    advice: 'The rules on site go on. Correct the cloud rules and restart the cloud.',
    atMs: 0,
  };
}
