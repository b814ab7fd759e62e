import { basename } from 'node:path';
import { type Clock, type Descriptor, Fault, type Mode, type Publish } from '@tocsin/contracts';
import { createLedger } from '../../ledger/ledger.ts';
import type { SignCommand } from '../../signing.ts';
import type { OrderLimits } from '../order-limits.ts';
import { storeTrouble } from '../troubles.ts';
import { createActs } from './acts.ts';
import { createApplier, type DeskCounters } from './apply.ts';
import { createCommands } from './commands.ts';
import { type Database, type OpenOptions, openDatabase } from './database.ts';
import type { Engines } from './engines.ts';
import { createOrders } from './orders.ts';
import { createStore } from './store.ts';
import { createWork } from './work.ts';

export type CoreDeps = {
  dbPath: string;
  openDatabase?: (path: string, options: OpenOptions) => Database;
  eventsKept: number;
  engines: Engines;
  clock: Clock;
  publish: Publish;
  signCommand: SignCommand | undefined;
  newId(): string;
  modeOf(site: string): Mode;
  descriptorOf(site: string): Descriptor | undefined;
  limits: OrderLimits;
  counters: DeskCounters;
};

/** Everything that hangs on one open connection to the state database. */
export type Core = ReturnType<typeof openCore>;

/** Opens the state database and what works on it. After a failed write the whole core is closed and opened anew. */
export function openCore(deps: CoreDeps) {
  const { clock } = deps;
  let setAside: string | undefined;
  const onSetAside = (path: string) => {
    setAside = basename(path);
  };
  const nowMs = () => clock.nowMs();
  const db = (deps.openDatabase ?? openDatabase)(deps.dbPath, { nowMs, onSetAside });
  try {
    const ledger = createLedger(db);
    const store = createStore(db);
    const work = createWork(store, deps.eventsKept);
    const applier = createApplier({ store, work, ledger, counters: deps.counters });
    const commands = createCommands({ ...deps, store, work });
    const acts = createActs({ ...deps, work, ledger, applier, commands });
    const orders = createOrders({ ...deps, store, ledger, applier, commands });
    if (setAside !== undefined) {
      const text = `The desk’s state was damaged and set aside as ${setAside}. It is built again as far as the log reaches back.`;
      const note = { site: 'cloud', code: 'STORE_DAMAGED', text };
      const atMs = nowMs();
      work.begin();
      ledger.append({ atMs, kind: 'config', actor: 'cloud', body: note });
      applier.raise(storeTrouble({ ...note, atMs })!);
      work.commit(store.cursor(), atMs);
    }
    return { ledger, store, work, applier, commands, acts, orders, cursor: store.cursor(), close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Result codes of SQLite for which the program is to blame: ERROR, INTERNAL, CONSTRAINT, MISMATCH, MISUSE, RANGE. */
const bugCodes: readonly number[] = [1, 2, 19, 20, 21, 25];

/** True when the database failed (disk full, damaged, locked) and not the program. */
export function isStoreError(error: unknown): error is Error & { errcode?: number } {
  if (!(error instanceof Error) || (error as { code?: string }).code !== 'ERR_SQLITE_ERROR') return false;
  const { errcode = 10 } = error as { errcode?: number };
  return !bugCodes.includes(errcode & 0xff);
}

/** Says a failure of the database in the words of the fault table: 13 is SQLITE_FULL, 11 and 26 mean damage. */
export function storeFault(error: Error & { errcode?: number }): Fault {
  const code = (error.errcode ?? 10) & 0xff;
  const name = code === 13 ? 'STORE_FULL' : code === 11 || code === 26 ? 'STORE_DAMAGED' : 'STORE_BUSY';
  return new Fault(name, `State of the rules service: ${error.message}.`, { cause: error });
}
