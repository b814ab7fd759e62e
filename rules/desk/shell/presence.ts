import type { SiteView } from '@tocsin/contracts';
import type { Trouble } from '../troubles.ts';
import { siteOfflineRule } from '../troubles.ts';

/** A batch that was under way when the broker announced the end of a site may arrive this much later. */
const lastWordsMs = 5000;
/** Changes of mere counters are shown at most this often, so that they do not push alerts out of the event tail. */
const shownEveryMs = 10_000;

type Known = { view: SiteView; shownAtMs: number; offlineSinceMs?: number };

/** Remembers which sites exist and when each was heard; decides whether one is away. Time comes in the calls. */
export function createPresence(silentAfterMs: number) {
  const known = new Map<string, Known>();
  const heard = new Map<string, number>();
  const told = new Map<string, boolean>();
  const unsaved = new Set<string>();
  let startedAtMs = 0;

  /** What a person looks at: everything but times and counts that move with every batch. */
  function gist({ view }: Known): string {
    const { descriptor, status } = view;
    return JSON.stringify([descriptor, status?.online, status?.health, status?.problems]);
  }

  /** Undefined while it cannot be known: the cloud has not run long enough to miss a site it has not heard yet. */
  function isAway(site: string, nowMs: number): boolean | undefined {
    const heardAtMs = heard.get(site);
    const { offlineSinceMs } = known.get(site) ?? {};
    if (offlineSinceMs !== undefined && !(heardAtMs !== undefined && heardAtMs > offlineSinceMs + lastWordsMs))
      return true;
    if (heardAtMs !== undefined) return nowMs - heardAtMs > silentAfterMs;
    return nowMs - startedAtMs > silentAfterMs ? true : undefined;
  }

  return {
    start(nowMs: number, views: SiteView[]): void {
      startedAtMs = nowMs;
      for (const view of views) {
        const offline = view.status?.online === false ? { offlineSinceMs: nowMs } : {};
        if (!known.has(view.site)) known.set(view.site, { view, shownAtMs: nowMs, ...offline });
      }
    },
    heard(site: string, atMs: number): void {
      heard.set(site, Math.max(heard.get(site) ?? 0, atMs));
    },
    /** Takes a site's newest view; true when something changed that a person wants to see at once. */
    learn(view: SiteView, nowMs: number): boolean {
      const before = known.get(view.site);
      const offline = view.status?.online === false ? { offlineSinceMs: before?.offlineSinceMs ?? nowMs } : {};
      const next: Known = { view, shownAtMs: before?.shownAtMs ?? 0, ...offline };
      const matters = before === undefined || gist(before) !== gist(next);
      if (matters) next.shownAtMs = 0;
      known.set(view.site, next);
      unsaved.add(view.site);
      // A retained status may be older than this run of the cloud and then proves nothing.
      if (view.lastHeardAtMs !== undefined && view.lastHeardAtMs > startedAtMs)
        this.heard(view.site, view.lastHeardAtMs);
      return matters;
    },
    views: (): SiteView[] =>
      [...known.values()].map(({ view }) => {
        const heardAtMs = Math.max(heard.get(view.site) ?? 0, view.lastHeardAtMs ?? 0);
        return heardAtMs === 0 ? view : { ...view, lastHeardAtMs: heardAtMs };
      }),
    view: (site: string): SiteView | undefined => known.get(site)?.view,
    /** Views to write, each with whether it is also to be shown; `saved` follows the commit. */
    unsaved: (): Known[] => [...unsaved].map((site) => known.get(site)!),
    isDue: ({ shownAtMs }: Known, nowMs: number): boolean => nowMs - shownAtMs >= shownEveryMs,
    saved(shown: Iterable<string>, nowMs: number): void {
      unsaved.clear();
      for (const site of shown) known.get(site)!.shownAtMs = nowMs;
    },
    /** Troubles to raise (`away`) or clear since the last call; `forget` makes all of them be said again. */
    changes(nowMs: number): { trouble: Trouble; away: boolean }[] {
      const list: { trouble: Trouble; away: boolean }[] = [];
      for (const site of known.keys()) {
        const away = isAway(site, nowMs);
        if (away === undefined || told.get(site) === away) continue;
        told.set(site, away);
        list.push({ trouble: offlineTrouble(site, heard.get(site), nowMs), away });
      }
      return list;
    },
    forget: () => told.clear(),
  };
}

function offlineTrouble(site: string, heardAtMs: number | undefined, atMs: number): Trouble {
  const since = heardAtMs === undefined ? 'since this cloud started' : `since ${new Date(heardAtMs).toISOString()}`;
  return {
    site,
    rule: siteOfflineRule,
    subject: 'site',
    event: 'Site does not answer',
    reasons: [`Nothing was heard from ${site} ${since}.`],
    advice: 'The site goes on deciding by itself. Check its power and its link.',
    atMs,
  };
}
