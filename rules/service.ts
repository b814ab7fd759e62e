import { randomUUID } from 'node:crypto';
import type {
  Clock,
  CommittedBatch,
  Desk,
  Ledger,
  Log,
  Logger,
  Orders,
  PictureBook,
  Publish,
  SiteView,
} from '@tocsin/contracts';
import { settle } from './desk/desk.ts';
import { type OrderLimits, usualOrderLimits } from './desk/order-limits.ts';
import { createConsumer, rulesTrouble } from './desk/shell/consumer.ts';
import { type Core, openCore } from './desk/shell/core.ts';
import type { Database } from './desk/shell/database.ts';
import { createEngines, type EngineMaker, type SiteRules } from './desk/shell/engines.ts';
import { createFacade } from './desk/shell/facade.ts';
import { createKeeper, type RulesHealth } from './desk/shell/keeper.ts';
import { createNotices } from './desk/shell/notices.ts';
import { createPresence } from './desk/shell/presence.ts';
import { storeTrouble } from './desk/troubles.ts';
import type { SignCommand } from './signing.ts';

export { type OrderLimits, usualOrderLimits } from './desk/order-limits.ts';
export type { SiteRules } from './desk/shell/engines.ts';
export type { RulesHealth } from './desk/shell/keeper.ts';
export { commandSigner, publicKeyOf, type SignCommand } from './signing.ts';

/**
 * The cloud shell of the rules: a consumer of the log that merges what sites decided, evaluates the cloud's own rules,
 * keeps the
 * alarm desk and the ledger. Everything a batch causes is committed in one transaction with the cursor over the log,
 * and is
 * shown after that commit. Batches that concern nobody here only move the cursor in memory, which is written with the
 * next commit, at the latest a second later: reading them again changes nothing.
 */
export type RulesServiceDeps = {
  /** File of the state database, or `:memory:`. */
  dbPath: string;
  log: Pick<Log, 'read'>;
  rulesConfig: readonly SiteRules[];
  publish: Publish;
  /** Without it acknowledgements stay at the desk and latched edge alerts cannot be reset from here. */
  signCommand?: SignCommand | undefined;
  /** How many orders of people may leave by themselves; default: `usualOrderLimits`. */
  orderLimits?: OrderLimits;
  clock: Clock;
  logger: Logger;
  /** A site that sends nothing for this long is a trouble; default 60 s (reliability.md §5, row 69). */
  siteSilentAfterMs?: number;
  /** Desk events kept for readers that resume; default 20,000. */
  eventsKept?: number;
  /** Replaced in tests. */
  openDatabase?: (path: string) => Database;
  engineMaker?: EngineMaker;
  newId?: () => string;
};

export type RulesService = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A batch ingest has committed, in the order of offsets. Never throws. */
  committed(batch: CommittedBatch): void;
  /** A site's descriptor, status or link changed. */
  siteChanged(view: SiteView): void;
  /** Something for the record that ingest or the broker noticed about a site, such as BATCH_CONFLICTS; STORE_ codes become troubles. */
  noted(note: { site: string; code: string; text: string }): void;
  desk: Desk;
  /** Orders of people to actuators. */
  orders: Orders;
  ledger: Ledger;
  /** Which pictures of alerts are awaited, here or gone. */
  pictures: PictureBook;
  /** Offset up to which the log is applied durably; older entries may be trimmed. */
  cursor(): number;
  /** Degraded while alerts are not being taken in, because the database fails or the log is far ahead. */
  health(): RulesHealth;
  counters(): Record<string, number>;
};

/** How often time reaches the cloud's rules, the look-out for silent sites, and the disk. */
const tickMs = 1000;

/** Creates the rules service; nothing is opened before `start`. */
export function createRulesService(deps: RulesServiceDeps): RulesService {
  const { clock, logger, siteSilentAfterMs = 60_000, eventsKept = 20_000, newId = randomUUID } = deps;
  const counters = { transitions: 0, repeated: 0, receipts: 0, foreign: 0, notes: 0, gaps: 0, pictures: 0 };
  const engines = createEngines(deps.rulesConfig, deps.engineMaker);
  const presence = createPresence(siteSilentAfterMs);
  const notices = createNotices({ clock, logger });
  const consumer = createConsumer({ engines, log: deps.log, logger, nowMs: () => clock.nowMs() });
  const keeper = createKeeper({ open, engines, presence, notices, consumer, clock, logger });
  const modeOf = (site: string) => presence.view(site)?.descriptor?.mode ?? ('live' as const);
  const descriptorOf = (site: string) => presence.view(site)?.descriptor;
  let cancelTick = () => {};

  function open(): Core {
    const { signCommand, orderLimits: limits = usualOrderLimits } = deps;
    const asked = { newId, signCommand, modeOf, descriptorOf, limits };
    const core = openCore({ ...deps, ...asked, eventsKept, engines, counters });
    presence.start(clock.nowMs(), core.store.sites());
    engines.reload(core.store);
    for (const view of presence.views()) describe(core, view);
    return core;
  }

  /** Builds a site's engine when what the site measures has changed, and says so when its rules do not fit. */
  function describe(core: Core, { site, descriptor }: SiteView): void {
    if (descriptor === undefined) return;
    const problems = engines.describe(descriptor, core.store);
    if (problems === undefined) return;
    core.work.begin();
    core.applier.raise({ ...rulesTrouble(site, problems), atMs: clock.nowMs() }, problems.length > 0);
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    if (!keeper.isBehind()) keeper.attempt(passTime);
  }

  function passTime(core: Core): void {
    const { work, store, commands, orders, applier } = core;
    const nowMs = clock.nowMs();
    consumer.tick(core, nowMs);
    for (const { trouble, away } of presence.changes(nowMs)) {
      work.begin();
      applier.raise(trouble, away);
    }
    for (const key of store.due(nowMs)) {
      work.begin();
      work.put(settle(work.alert(key)!, nowMs));
    }
    if (commands.isDue(nowMs) || orders.isDue(nowMs)) {
      work.begin();
      const givenUp = commands.repeat(nowMs).map(({ command }) => command.id);
      orders.passTime(nowMs, givenUp);
    }
    keeper.commit(core);
  }

  return {
    ...createFacade({ ...keeper, presence, notices, nowMs: () => clock.nowMs() }),
    async start() {
      await keeper.start();
      cancelTick = clock.after(tickMs, tick);
    },
    async stop() {
      cancelTick();
      keeper.stop();
    },
    committed(batch) {
      presence.heard(batch.site, batch.receivedAtMs);
      keeper.take(batch);
    },
    siteChanged(view) {
      const urgent = presence.learn(view, clock.nowMs());
      keeper.attempt((core) => {
        // A new engine starts from committed states, so what is pending is committed first.
        if (urgent) keeper.commit(core);
        describe(core, view);
      });
      if (urgent) keeper.flushSoon();
    },
    noted({ site, code, text }) {
      keeper.attempt(({ work, applier }) => {
        const note = { site, code, text, atMs: clock.nowMs() };
        const trouble = storeTrouble(note);
        work.begin();
        applier.note(note);
        if (trouble !== undefined) applier.raise(trouble);
        keeper.flushSoon();
      });
    },
    cursor: keeper.cursor,
    health: keeper.health,
    counters: () => ({ ...counters, ...consumer.counters, ...keeper.counters(), readers: notices.count() }),
  };
}
