import type { ActuatorTruth, AlertView, DeskEvent, SiteView } from '@tocsin/contracts';

/** What the console knows of the world; `lastEventId` is where the stream goes on. */
export type World = {
  alerts: ReadonlyMap<string, AlertView>;
  actuators: ReadonlyMap<string, ActuatorTruth>;
  sites: ReadonlyMap<string, SiteView>;
  lastEventId: number;
};

export const emptyWorld: World = { alerts: new Map(), actuators: new Map(), sites: new Map(), lastEventId: 0 };

/** Ended alerts beyond this many are forgotten by the page; the desk keeps them. */
const alertsMax = 5_000;

const actuatorKey = (truth: ActuatorTruth) => `${truth.site}/${truth.actuator}`;

/** The world after events of the stream, oldest first. An event that is older than what is known changes nothing. */
export function applyEvents(world: World, events: readonly DeskEvent[]): World {
  const alerts = new Map(world.alerts);
  const actuators = new Map(world.actuators);
  const sites = new Map(world.sites);
  let { lastEventId } = world;
  for (const event of events) {
    lastEventId = Math.max(lastEventId, event.id);
    if (event.kind === 'alert') {
      const known = alerts.get(event.alert.key);
      if (!known || known.version <= event.alert.version) alerts.set(event.alert.key, event.alert);
    } else if (event.kind === 'actuator') {
      const known = actuators.get(actuatorKey(event.actuator));
      if (!known || known.changedAtMs <= event.actuator.changedAtMs)
        actuators.set(actuatorKey(event.actuator), event.actuator);
    } else {
      sites.set(event.site.site, heardLatest(event.site, sites.get(event.site.site)));
    }
  }
  return { alerts: forgetEnded(alerts), actuators, sites, lastEventId };
}

/** The world as the server tells it at once. */
export function freshWorld(told: {
  alerts: readonly AlertView[];
  actuators: readonly ActuatorTruth[];
  sites: readonly SiteView[];
  lastEventId: number;
}): World {
  return {
    alerts: new Map(told.alerts.map((alert) => [alert.key, alert])),
    actuators: new Map(told.actuators.map((truth) => [actuatorKey(truth), truth])),
    sites: new Map(told.sites.map((view) => [view.site, view])),
    lastEventId: told.lastEventId,
  };
}

/** A site's event may know less of when it was last heard than an answer fetched in between, never less of its state. */
function heardLatest(view: SiteView, known: SiteView | undefined): SiteView {
  const heardAtMs = Math.max(view.lastHeardAtMs ?? 0, known?.lastHeardAtMs ?? 0);
  return heardAtMs === 0 ? view : { ...view, lastHeardAtMs: heardAtMs };
}

function forgetEnded(alerts: Map<string, AlertView>): Map<string, AlertView> {
  if (alerts.size <= alertsMax) return alerts;
  const ended = [...alerts.values()].filter((alert) => alert.endedAtMs !== undefined);
  ended.sort((a, b) => a.changedAtMs - b.changedAtMs);
  for (const { key } of ended.slice(0, alerts.size - alertsMax)) alerts.delete(key);
  return alerts;
}
