import type { DeskEvent, SiteView } from '@tocsin/contracts';
import type { ActuatorMemory } from '../actuators.ts';
import type { AlertRecord } from '../desk.ts';
import { viewOf } from '../view.ts';
import type { Store } from './store.ts';

/** A desk event of a committed transaction and the transitions it shows for the first time. */
export type Shown = { event: DeskEvent; transitions: number[] };

/**
 * One transaction at a time: what a turn of the event loop changes is read once, written once and shown once, however
 * many
 * transitions it brought. Nothing is remembered beyond the commit, so that a rollback needs nothing else.
 */
export type Work = ReturnType<typeof createWork>;

type Touched = { record: AlertRecord; shown: boolean; transitions: number[] };

/** Opens transactions on a store and keeps the newest `eventsKept` desk events. */
export function createWork(store: Store, eventsKept: number) {
  const alerts = new Map<string, Touched>();
  const actuators = new Map<string, ActuatorMemory>();
  const sites = new Map<string, SiteView>();
  let afterwards: (() => void)[] = [];
  let open = false;
  let lastEventId = store.eventEnds().last ?? 0;

  function forget(): void {
    alerts.clear();
    actuators.clear();
    sites.clear();
    afterwards = [];
    open = false;
  }

  function actuator(site: string, id: string): ActuatorMemory | undefined {
    return actuators.get(`${site}/${id}`) ?? store.actuator(site, id);
  }

  function touch(record: AlertRecord): Touched {
    const touched = alerts.get(record.key) ?? { record, shown: false, transitions: [] };
    alerts.set(record.key, touched);
    return touched;
  }

  function write(atMs: number): Shown[] {
    const all: Shown[] = [];
    let id = lastEventId;
    const show = (event: DeskEvent, transitions: number[] = []) => all.push({ event, transitions });
    for (const memory of actuators.values()) {
      store.putActuator(memory);
      id += 1;
      show({ id, atMs, kind: 'actuator', actuator: memory.truth });
    }
    for (const { record, shown, transitions } of alerts.values()) {
      const truths = record.actuators.flatMap((name) => actuator(record.site, name)?.truth ?? []);
      const version = shown ? id + 1 : (store.view(record.key)?.version ?? 1);
      const alert = viewOf(record, truths, version);
      store.putAlert(record, alert);
      if (!shown) continue;
      id += 1;
      show({ id, atMs, kind: 'alert', alert }, transitions);
    }
    for (const site of sites.values()) {
      id += 1;
      show({ id, atMs, kind: 'site', site });
    }
    for (const { event } of all) store.addEvent(event);
    if (all.length > 0) store.forgetEvents(id - eventsKept);
    return all;
  }

  return {
    /** Opens a transaction unless one is open. */
    begin(): void {
      if (open) return;
      store.begin();
      open = true;
    },
    isOpen: () => open,
    /** How many rows the transaction will show. */
    size: () => alerts.size + actuators.size + sites.size,
    alert: (key: string): AlertRecord | undefined => alerts.get(key)?.record ?? store.alert(key),
    actuator,
    /** The alerts of a site that are open or changed in this transaction. */
    alertsOf(site: string): AlertRecord[] {
      const touched = [...alerts.values()].flatMap(({ record }) => (record.site === site ? [record.key] : []));
      const keys = new Set([...store.openKeys(site), ...touched]);
      return [...keys].map((key) => alerts.get(key)?.record ?? store.alert(key)!);
    },
    /** Changes an alert and shows it. */
    put(record: AlertRecord): void {
      Object.assign(touch(record), { record, shown: true });
    },
    /** Changes an alert without showing it again. */
    putQuietly(record: AlertRecord): void {
      touch(record).record = record;
    },
    /** Remembers which transition an alert's next event shows. */
    transition(record: AlertRecord, id: number): void {
      touch(record).transitions.push(id);
    },
    putActuator: (memory: ActuatorMemory): void => {
      actuators.set(`${memory.truth.site}/${memory.truth.actuator}`, memory);
    },
    /** Shows a site; its row is written by who keeps sites. */
    showSite: (view: SiteView): void => {
      sites.set(view.site, view);
    },
    /** Runs a task after the commit, and never if there is none. */
    after: (task: () => void): void => {
      afterwards.push(task);
    },
    /** Writes and commits everything together with the cursor; answers what is to be shown and done now. */
    commit(cursor: number, atMs: number): { shown: Shown[]; tasks: (() => void)[] } {
      const shown = write(atMs);
      store.setCursor(cursor);
      store.commit();
      lastEventId = shown.at(-1)?.event.id ?? lastEventId;
      const tasks = afterwards;
      forget();
      return { shown, tasks };
    },
    /** Takes everything since `begin` back. */
    rollback(): void {
      const was = open;
      forget();
      if (was) store.rollback();
    },
    lastEventId: () => lastEventId,
  };
}
