import {
  type Clock,
  Fault,
  type Lane,
  type Logger,
  qualityFlags,
  type Reading,
  type SiteEvent,
} from '@tocsin/contracts';
import {
  addReading,
  type Draft,
  emptyColumns,
  encodeDrafts,
  eventAtMs,
  type ReadingColumns,
  type Row,
  readingsPerRowMax,
} from './draft.ts';
import type { Intent, Journal, LedgerDraft } from './journal.ts';
import { isShort, nothingWaits, readWaiting, waitingKey, waitingText } from './waiting.ts';

/** Where committed rows go on; absent at a gateway that stands alone, which then keeps no outbox. */
export type Onward = {
  epoch(): string;
  next(): Record<Lane, number>;
  liveOpen(): boolean;
  appended(rows: readonly Row[]): void;
};

export type RecorderOptions = {
  site: string;
  journal: Journal;
  clock: Clock;
  logger: Logger;
  commitEveryMs: number;
  /** States changed since the last call; they are written down at once. */
  takeStates(): Iterable<[key: string, state: unknown]>;
};

export type Recorder = {
  /** Says where committed rows go on; without it readings and events are not kept. */
  onward(to: Onward): void;
  /** Keeps a reading for the next commit. */
  reading(reading: Reading, unit: string, late: boolean): void;
  /** Keeps an event, what the ledger says of it, and the intent it is about, for the next commit. */
  event(event: SiteEvent, more?: { entry?: LedgerDraft; intent?: Intent }): void;
  /** Keeps an entry of the ledger alone. */
  entry(entry: LedgerDraft): void;
  /** Commits everything that waits, now. False when the journal could not; it is then tried again by itself. */
  commit(more?: readonly Draft[]): boolean;
  /**
   * Makes everything that waits durable, now, by the shortest way: as it is, in one text beside the states. Rows, ledger and intents are
   * written from it within a few milliseconds, or after a crash. False when the journal could not.
   */
  secure(): boolean;
  /** Takes up what a process that died had secured and not yet put into the books. */
  resume(states: readonly [key: string, state: unknown][]): void;
  /** Sees that a commit comes within this time. */
  within(delayMs: number): void;
  /** Why the last commit failed, or undefined. */
  problem(): string | undefined;
  counters(): {
    readonly commits: number;
    readonly commitsFailed: number;
    readonly readingsDropped: number;
    readonly eventsDropped: number;
  };
  /** Commits what waits and ends. */
  stop(): void;
};

/** While the journal cannot store, this much is remembered; then the oldest readings go first, alerts and receipts last. */
const chunksMax = 20;
const eventsMax = 10_000;
const retryAfterMs = 1_000;
/** The books follow what was secured this soon; receipts of the act come in the meantime and share the commit. */
const booksWithinMs = 5;

type Gap = { readings: number; fromMs: number; toMs: number };

/** Collects what the pipeline decided and commits it with the states that belong to it, all or nothing. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { site, journal, clock, logger } = options;
  let to: Onward | undefined;
  let chunks: { lane: Lane; columns: ReadingColumns }[] = [];
  let open: Partial<Record<Lane, ReadingColumns>> = {};
  let events: SiteEvent[] = [];
  let intents: Intent[] = [];
  let entries: LedgerDraft[] = [];
  let extra: Draft[] = [];
  const states = new Map<string, string>();
  let gap: Gap | undefined;
  let problem: string | undefined;
  let isSecured = false;
  let due: { atMs: number; cancel: () => void } | undefined;
  const counters = { commits: 0, commitsFailed: 0, readingsDropped: 0, eventsDropped: 0 };

  function within(delayMs: number): void {
    const atMs = clock.monotonicMs() + delayMs;
    if (due !== undefined && due.atMs <= atMs) return;
    due?.cancel();
    due = { atMs, cancel: clock.after(delayMs, commit) };
  }

  function columnsOf(lane: Lane): ReadingColumns {
    const columns = open[lane];
    if (columns !== undefined && columns.rows.length < readingsPerRowMax) return columns;
    const fresh = emptyColumns();
    open[lane] = fresh;
    chunks.push({ lane, columns: fresh });
    if (chunks.length > chunksMax) dropChunk();
    return fresh;
  }

  function dropChunk(): void {
    const { takenAtMs } = chunks.shift()!.columns;
    counters.readingsDropped += takenAtMs.length;
    const fromMs = takenAtMs.reduce((a, b) => Math.min(a, b), gap?.fromMs ?? Number.POSITIVE_INFINITY);
    const toMs = takenAtMs.reduce((a, b) => Math.max(a, b), gap?.toMs ?? 0);
    gap = { readings: (gap?.readings ?? 0) + takenAtMs.length, fromMs, toMs };
  }

  /** Notes can be missed; what was decided and done cannot, and goes only when nothing else is left to drop. */
  function bound(): void {
    while (events.length > eventsMax) {
      const plain = events.findIndex(({ kind }) => kind === 'note');
      const [dropped] = events.splice(Math.max(0, plain), 1);
      counters.eventsDropped += 1;
      const atMs = eventAtMs(dropped!);
      const { readings = 0, fromMs = atMs, toMs = atMs } = gap ?? {};
      gap = { readings, fromMs: Math.min(fromMs, atMs), toMs: Math.max(toMs, atMs) };
    }
    counters.eventsDropped += Math.max(0, entries.length - eventsMax);
    entries.splice(0, entries.length - eventsMax);
    intents.splice(0, intents.length - eventsMax);
  }

  function drafts(): Draft[] {
    if (to === undefined) return [];
    const lost: SiteEvent[] =
      gap === undefined
        ? []
        : [{ kind: 'gap', what: 'The journal could not store for too long; this was dropped.', ...gap }];
    const urgent: Draft[] = [];
    const all = [...events, ...lost];
    for (let i = 0; i < all.length; i += 64) urgent.push({ lane: 'urgent', events: all.slice(i, i + 64) });
    return [...urgent, ...chunks.map(({ lane, columns }) => ({ lane, readings: columns, events: [] })), ...extra];
  }

  function commit(more: readonly Draft[] = []): boolean {
    due?.cancel();
    due = undefined;
    for (const [key, state] of options.takeStates()) states.set(key, JSON.stringify(state));
    extra.push(...more);
    const head = { site, epoch: to?.epoch() ?? '', sentAtMs: clock.nowMs() };
    const waiting = drafts();
    if (waiting.length + entries.length + intents.length + states.size === 0) return true;
    const rows = to === undefined ? [] : encodeDrafts(head, waiting, to.next());
    if (isSecured) states.set(waitingKey, nothingWaits);
    try {
      journal.commit({ rows, states, intents, entries });
    } catch (error) {
      failed(error);
      return false;
    }
    well();
    isSecured = false;
    chunks = [];
    open = {};
    events = [];
    intents = [];
    entries = [];
    extra = [];
    states.clear();
    gap = undefined;
    to?.appended(rows);
    return true;
  }

  function secure(): boolean {
    const waiting = { chunks, events, intents, entries };
    if (problem !== undefined || extra.length > 0 || gap !== undefined || !isShort(waiting)) return commit();
    for (const [key, state] of options.takeStates()) states.set(key, JSON.stringify(state));
    states.set(waitingKey, waitingText(waiting));
    try {
      journal.commit({ states });
    } catch (error) {
      failed(error);
      return false;
    }
    well();
    isSecured = true;
    states.clear();
    within(booksWithinMs);
    return true;
  }

  function well(): void {
    counters.commits += 1;
    if (problem !== undefined) logger.info({}, 'The journal stores again.');
    problem = undefined;
  }

  function failed(error: unknown): void {
    counters.commitsFailed += 1;
    const text = error instanceof Fault ? `${error.code}: ${error.message}` : String(error);
    if (text !== problem) logger.error({ error: text }, 'The journal cannot store; what is decided is kept in memory.');
    problem = text;
    extra = extra.slice(-8);
    within(retryAfterMs);
  }

  return {
    onward(next) {
      to = next;
    },
    reading(reading, unit, late) {
      if (to === undefined) {
        within(options.commitEveryMs);
        return;
      }
      const lane = !late && to.liveOpen() ? 'live' : 'backlog';
      const columns = columnsOf(lane);
      const quality = lane === 'backlog' ? reading.quality | qualityFlags.late : reading.quality;
      addReading(columns, reading, unit, quality);
      if (columns.rows.length >= readingsPerRowMax && problem === undefined) commit();
      else within(options.commitEveryMs);
    },
    event(event, { entry, intent } = {}) {
      if (to !== undefined) events.push(event);
      if (entry !== undefined) entries.push(entry);
      if (intent !== undefined) intents.push(intent);
      bound();
    },
    entry(entry) {
      entries.push(entry);
      bound();
    },
    commit,
    secure,
    resume(saved) {
      const waiting = readWaiting(saved.find(([key]) => key === waitingKey)?.[1]);
      if (waiting === undefined) return;
      isSecured = true;
      ({ events, intents, entries } = waiting);
      if (to !== undefined) ({ chunks } = waiting);
    },
    within,
    problem: () => problem,
    counters: () => counters,
    stop() {
      commit();
      due?.cancel();
      due = undefined;
    },
  };
}
