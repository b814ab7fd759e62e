import { type CommittedBatch, type SiteEvent, silentLogger } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { descriptor, handClock, memoryLog, receipt, type Said, transition } from './desk/pretend.ts';
import { type Database, openDatabase } from './desk/shell/database.ts';
import { verifyLedger } from './ledger/ledger.ts';
import { createRulesService } from './service.ts';

/**
 * Goal: whichever statement is the last one the database performs, nothing is lost and nothing is doubled.
 * Method: a story is told once undisturbed and then once for every statement it needs, with the database failing there;
 * a
 * service that was killed is replaced by a new one on the same database (what was open is rolled back, as SQLite does),
 * a service
 * whose disk failed once has to find its way back by itself. Both must end where the undisturbed one ended.
 */
const key = 'hill/creep/slope';
const say = (said: Said): SiteEvent => ({ kind: 'alert', transition: transition(said) });
const rule = {
  id: 'creep',
  type: 'threshold',
  event: 'The slope moves',
  subject: 'slope',
  input: 'ext-1/mm',
  direction: 'above',
  ladder: [{ severity: 'Severe', at: 10, clear: 8, holdMs: 0, clearHoldMs: 5000 }],
};

const story: { events?: SiteEvent[]; readings?: [string, number, number][]; act?: true }[] = [
  { readings: [['ext-1/mm', 1, 1_000_000]] },
  { events: [say({ kind: 'raise', latch: 'latched', takenAtMs: 1_000_100 })] },
  { readings: [['ext-1/mm', 50, 1_000_200]] },
  { act: true },
  {
    events: [
      { kind: 'receipt', receipt: receipt({ state: 'sent', commanded: 'closed', alert: key, atMs: 1_000_300 }) },
    ],
  },
  { readings: [['ext-1/mm', 1, 1_000_400]], events: [say({ kind: 'escalate', number: 2, severity: 'Extreme' })] },
  { readings: [['ext-1/mm', 1, 1_006_000]] },
  { events: [{ kind: 'gap', what: 'The disk was full.', readings: 3, fromMs: 1, toMs: 2 }] },
  { events: [say({ kind: 'clear', number: 3, latch: 'latched' }), say({ kind: 'raise', subject: 'other' })] },
];

type Way = 'was killed' | 'failed once' | 'failed twice';
/** Statements between two failures: the second one hits the way back from the first. */
const betweenFailures = 9;

/** A connection that performs `statementsMax` more statements and then fails, for good or once or twice. */
function failing(database: Database, statementsMax: number, way: Way) {
  let left = statementsMax;
  let used = 0;
  function count<T>(perform: () => T): T {
    used += 1;
    left -= 1;
    const again = way === 'was killed' ? left < 0 : way === 'failed twice' && left === -1 - betweenFailures;
    if (left === -1 || again)
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
    return perform();
  }
  const connection: Database = {
    exec: (sql) => count(() => database.exec(sql)),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        run: (...values: never[]) => count(() => statement.run(...values)),
        get: (...values: never[]) => count(() => statement.get(...values)),
        all: (...values: never[]) => count(() => statement.all(...values)),
      } as never;
    },
    /** Closing a connection, or dying with it open, rolls back what it had begun. */
    close: () => rollBack(database),
  };
  return { connection, used: () => used };
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // Nothing was open.
  }
}

async function settle(clock: ReturnType<typeof handClock>): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(250);
  }
}

async function tell(statementsMax: number, way: Way) {
  const database = openDatabase(':memory:');
  const log = memoryLog();
  const clock = handClock();
  const { connection, used } = failing(database, statementsMax, way);
  const make = (db: Database) =>
    createRulesService({
      dbPath: ':memory:',
      openDatabase: () => db,
      log,
      rulesConfig: [{ site: 'hill', models: [], rules: [rule as never] }],
      publish() {},
      signCommand: (command) => command,
      clock,
      logger: silentLogger,
      newId: () => 'c1',
    });
  let service = make(connection);
  let acted = false;
  let begun = false;
  const act = () => {
    try {
      service.desk.acknowledge({ key, by: 'Ada', atMs: 1_000_250 });
      acted = true;
    } catch {
      // The person is told that it did not work, and tries again.
    }
  };
  const batches: CommittedBatch[] = [];
  async function begin() {
    try {
      await service.start();
      begun = true;
    } catch {
      return;
    }
    service.siteChanged({ site: 'hill', descriptor: descriptor() });
  }
  /** Gives the service what it needs to come back: another life when it was killed, time when its disk failed once. */
  async function revive() {
    if (way === 'was killed' && used() > statementsMax) {
      rollBack(database);
      service = make({ exec: (sql) => database.exec(sql), prepare: (sql) => database.prepare(sql), close() {} });
      await begin();
    } else if (service.counters().behind === 1) {
      if (!begun) await begin();
      for (let i = 0; i < 5 && service.counters().behind === 1; i += 1) await settle(clock);
      service.siteChanged({ site: 'hill', descriptor: descriptor() });
    }
  }
  let dead = false;
  const step = async (task: () => void) => {
    task();
    await Promise.resolve();
    if (dead || used() <= statementsMax) return;
    dead = true;
    await revive();
  };
  await begin();
  await step(() => {});
  for (const [i, { events, readings, act: acts }] of story.entries()) {
    if (acts) {
      await step(act);
      if (!acted) await step(act);
      continue;
    }
    const words = { seq: i + 1, ...(events ? { events } : {}), ...(readings ? { readings } : {}) };
    batches.push(log.append(words, 1_000_000 + i));
    await step(() => service.committed(batches.at(-1)!));
  }
  await settle(clock);
  const usedByTheStory = used();
  await step(() => {});
  await settle(clock);
  const { desk } = service;
  const rows = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  const end = {
    // All but the times at which this cloud heard and showed it, which a pause of the cloud moves.
    alerts: desk.alerts().map(({ version, changedAtMs, origins, ladder, ...row }) => ({
      ...row,
      said: [origins.edge?.condition, origins.edge?.atMs, origins.cloud?.condition, origins.cloud?.atMs],
      ladder: [ladder.takenAtMs, ladder.decidedAtMs, ladder.actedAtMs, ladder.acknowledgedAtMs],
    })),
    actuators: desk.actuators(),
    transitions: rows(
      'SELECT key, origin, occurrence, number FROM transition ORDER BY key, origin, occurrence, number',
    ),
    ledger: rows('SELECT kind, count(*) AS count FROM ledger GROUP BY kind ORDER BY kind'),
    commands: rows('SELECT id, key FROM desk_command'),
    chain: verifyLedger(database).ok,
    cursor: service.cursor(),
  };
  await service.stop();
  return { end, used: usedByTheStory };
}

test.each(['was killed', 'failed once', 'failed twice'] as const)(
  'a service that %s at any statement ends where an undisturbed one ends',
  async (way) => {
    const undisturbed = await tell(Number.POSITIVE_INFINITY, way);
    expect(undisturbed.end.alerts).toHaveLength(3);
    expect(undisturbed.end.transitions.length).toBeGreaterThanOrEqual(6);
    expect(undisturbed.end.chain).toBe(true);
    expect(undisturbed.used, 'The story must touch the database often.').toBeGreaterThan(100);
    for (let n = 0; n < undisturbed.used; n += 1) {
      const { end } = await tell(n, way);
      expect(end, `statement ${n}`).toEqual(undisturbed.end);
    }
  },
);
