import { type Desk, Fault, type Ledger, type OperatorAct } from '@tocsin/contracts';
import type { Core } from './core.ts';
import type { createNotices } from './notices.ts';
import type { createPresence } from './presence.ts';

export type FacadeDeps = {
  /** Reads with nothing pending; throws a Fault when the database does not answer. */
  read<T>(task: (core: Core) => T): T;
  /** Runs an act in a transaction of its own and shows what it changed. */
  transact<T>(act: (core: Core) => T): T;
  presence: ReturnType<typeof createPresence>;
  notices: ReturnType<typeof createNotices>;
};

/** The most desk events one call may read back. */
const eventsMax = 10_000;

function needed(act: OperatorAct): void {
  if (act.by.trim() === '') throw new Fault('CONTRACT_BROKEN', 'An act needs the name of who does it.');
}

/** The desk as other rooms see it; it outlives the connection to its database. */
export function createFacade({ read, transact, presence, notices }: FacadeDeps): { desk: Desk; ledger: Ledger } {
  const desk: Desk = {
    alerts: (filter = {}) => read(({ store }) => store.views(filter)),
    alert: (key) =>
      read(({ store }) => {
        const alert = store.view(key);
        if (alert === undefined) return undefined;
        const transitions = store.history(key);
        const deciding = transitions.findLast(({ transition }) => transition.evidence.length > 0);
        return { alert, evidence: deciding?.transition.evidence ?? [], transitions };
      }),
    actuators: (site) => read(({ store }) => store.actuators(site).map(({ truth }) => truth)),
    sites: () => presence.views(),
    acknowledge(act) {
      needed(act);
      transact(({ acts }) => acts.acknowledge(act));
      return read(({ store }) => store.view(act.key)!);
    },
    reset(act) {
      needed(act);
      transact(({ acts }) => acts.reset(act));
      return read(({ store }) => store.view(act.key)!);
    },
    lastEventId: () => read(({ work }) => work.lastEventId()),
    firstEventId: () => read(({ store, work }) => store.eventEnds().first ?? work.lastEventId() + 1),
    eventsAfter: (id, limit) => read(({ store }) => store.eventsAfter(id, Math.min(limit, eventsMax))),
    subscribe: (listener) => notices.subscribe(listener),
  };
  const ledger: Ledger = {
    append: (entry) => transact((core) => core.ledger.append(entry)),
    entries: (after, limit) => read((core) => core.ledger.entries(after, limit)),
  };
  return { desk, ledger };
}
