import { type Desk, Fault, type Ledger, type OperatorAct, type Orders, type PictureBook } from '@tocsin/contracts';
import { storeTrouble } from '../troubles.ts';
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
  nowMs(): number;
};

/** The most desk events one call may read back. */
const eventsMax = 10_000;

function needed(act: Pick<OperatorAct, 'by'>): void {
  if (act.by.trim() === '') throw new Fault('CONTRACT_BROKEN', 'An act needs the name of who does it.');
}

/** The desk, its orders, its ledger and its book of pictures. */
type Facade = { desk: Desk; orders: Orders; ledger: Ledger; pictures: PictureBook };

type Forgotten = { site: string; all: readonly string[]; what: 'age' | 'budget' | 'altered'; atMs: number };

/** Writes down which pictures are no longer kept and why; one that was altered is brought before a person. */
function forgetPictures({ applier, ledger }: Core, { site, all, what, atMs }: Forgotten): void {
  const pictures = all.filter((sha256) => applier.mark(site, sha256, 'expired'));
  if (pictures.length === 0) return;
  const act = what === 'altered' ? 'picture.altered' : 'picture.delete';
  const body = { act, site, why: what, count: pictures.length, pictures };
  ledger.append({ atMs, kind: 'evidence', actor: 'cloud', body });
  if (what !== 'altered') return;
  const text = `A picture of an alert of this site is not what its hash says (${pictures.join(', ')}); nobody is shown it.`;
  applier.raise(storeTrouble({ site, code: 'STORE_DAMAGED', text, atMs })!);
}

/** The desk as other rooms see it; it outlives the connection to its database. */
export function createFacade({ read, transact, presence, notices, nowMs }: FacadeDeps): Facade {
  const desk: Desk = {
    alerts: (filter = {}) => read(({ store }) => store.views(filter)),
    alert: (key) =>
      read(({ store }) => {
        const alert = store.view(key);
        if (alert === undefined) return undefined;
        const transitions = store.history(key);
        const deciding = transitions.findLast(({ transition }) => transition.evidence.length > 0);
        const pictures = store.picturesOf(key, store.alert(key)?.origins.edge, nowMs());
        return { alert, evidence: deciding?.transition.evidence ?? [], transitions, pictures };
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
  const orders: Orders = {
    order(request) {
      needed(request);
      if (request.reason.trim() === '') throw new Fault('CONTRACT_BROKEN', 'An order needs a reason.');
      return transact((core) => core.orders.order(request));
    },
    find: (id) => read((core) => core.orders.find(id)),
    held: (sees) => read((core) => core.orders.held(sees)),
    release: (act) => transact((core) => core.orders.release(act)),
    withdraw: (act) => transact((core) => core.orders.withdraw(act)),
  };
  const ledger: Ledger = {
    append: (entry) => transact((core) => core.ledger.append(entry)),
    entries: (after, limit) => read((core) => core.ledger.entries(after, limit)),
  };
  const pictures: PictureBook = {
    fate: (site, sha256) => read(({ store }) => store.pictureFate(site, sha256)),
    stored: (site, sha256) => void transact(({ applier }) => applier.mark(site, sha256, 'here')),
    gone: (site, all, what) => transact((core) => forgetPictures(core, { site, all, what, atMs: nowMs() })),
  };
  return { desk, orders, ledger, pictures };
}
