import {
  type ActuatorTruth,
  type AlertDetail,
  type AlertTransition,
  type AlertView,
  compareAlerts,
  type Desk,
  type DeskEvent,
  Fault,
  isOpen,
  type OperatorAct,
  type SiteView,
} from '@tocsin/contracts';

/** What happened, before the desk gives it a number. */
type Happening<T = DeskEvent> = T extends DeskEvent ? Omit<T, 'id'> : never;

/** A desk in memory that keeps the port's promises and lets a test or a preview say what happens. */
export type PretendDesk = Desk & {
  raise(detail: AlertDetail): AlertView;
  change(key: string, patch: Partial<AlertView>): AlertView;
  setActuator(truth: ActuatorTruth): void;
  setSite(view: SiteView): void;
};

function listOf(details: readonly AlertDetail[], filter: Parameters<Desk['alerts']>[0] = {}): AlertView[] {
  const { site, open, limit = 500 } = filter;
  const alerts = details.map(({ alert }) => alert).sort(compareAlerts);
  const wanted = alerts.filter(
    (alert) => (site ?? alert.site) === alert.site && (open ?? isOpen(alert)) === isOpen(alert),
  );
  return wanted.slice(0, limit);
}

function withAct(detail: AlertDetail, kind: 'acknowledge' | 'reset', act: OperatorAct): AlertDetail {
  const last = detail.transitions.at(-1)!.transition;
  const { by, note, atMs } = act;
  const step: AlertTransition = { ...last, kind, by, note, decidedAtMs: atMs, number: last.number + 1, evidence: [] };
  return { ...detail, transitions: [...detail.transitions, { transition: step, receivedAtMs: atMs }] };
}

/** Makes an empty desk; `keptMax` events can be replayed. */
export function createPretendDesk({ keptMax = 1_000 }: { keptMax?: number } = {}): PretendDesk {
  const details = new Map<string, AlertDetail>();
  const actuators = new Map<string, ActuatorTruth>();
  const sites = new Map<string, SiteView>();
  const listeners = new Set<(event: DeskEvent) => void>();
  let events: DeskEvent[] = [];
  let lastId = 0;

  const emit = (happening: Happening) => {
    lastId += 1;
    const event = { ...happening, id: lastId } as DeskEvent;
    events.push(event);
    if (events.length > keptMax) events = events.slice(-keptMax);
    for (const listener of listeners) listener(event);
  };
  const put = (detail: AlertDetail): AlertView => {
    const alert = { ...detail.alert, version: lastId + 1 };
    details.set(alert.key, { ...detail, alert });
    emit({ kind: 'alert', atMs: alert.changedAtMs, alert });
    return alert;
  };
  const known = (key: string): AlertDetail => {
    const detail = details.get(key);
    if (!detail) throw new Fault('ALERT_UNKNOWN', key);
    return detail;
  };
  return {
    alerts: (filter = {}) => listOf([...details.values()], filter),
    alert: (key) => details.get(key),
    actuators: (site) => [...actuators.values()].filter((truth) => !site || truth.site === site),
    sites: () => [...sites.values()],
    acknowledge(act) {
      const detail = known(act.key);
      const { alert } = detail;
      if (alert.operator === 'acknowledged') {
        throw new Fault('ALERT_ALREADY_ACKNOWLEDGED', `${alert.acknowledgedBy} did.`);
      }
      const ladder = { ...alert.ladder, acknowledgedAtMs: act.atMs };
      const said = { acknowledgedBy: act.by, note: act.note, changedAtMs: act.atMs };
      return put({
        ...withAct(detail, 'acknowledge', act),
        alert: { ...alert, operator: 'acknowledged', ladder, ...said },
      });
    },
    reset(act) {
      const detail = known(act.key);
      if (detail.alert.condition !== 'normal') throw new Fault('ALERT_STILL_ACTIVE', '');
      const done = { latch: 'none', changedAtMs: act.atMs, endedAtMs: act.atMs } as const;
      return put({ ...withAct(detail, 'reset', act), alert: { ...detail.alert, ...done } });
    },
    lastEventId: () => lastId,
    firstEventId: () => events[0]?.id ?? lastId + 1,
    eventsAfter: (id, limit) => events.filter((event) => event.id > id).slice(0, limit),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    raise: put,
    change: (key, patch) => put({ ...known(key), alert: { ...known(key).alert, ...patch } }),
    setActuator(truth) {
      actuators.set(`${truth.site}/${truth.actuator}`, truth);
      emit({ kind: 'actuator', atMs: truth.changedAtMs, actuator: truth });
    },
    setSite(view) {
      sites.set(view.site, view);
      emit({ kind: 'site', atMs: view.lastHeardAtMs ?? 0, site: view });
    },
  };
}
