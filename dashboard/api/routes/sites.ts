import { ActuatorTruth, type Clock, type Desk, type Ledger, LedgerEntry, SiteView } from '@tocsin/contracts';
import Type from 'typebox';
import { demandAllSites, demandSite, personOf, sees } from '../access.ts';
import type { Health } from '../health.ts';
import { type Api, answers, closed, Empty, SiteQuery } from '../schemas.ts';

const ledgerPageMax = 500;

type Deps = { desk: Desk; ledger: Ledger; clock: Clock; health(): Health };

/** What the console shows beside alerts: sites, actuators, the ledger, and whether the cloud is well. */
export function siteRoutes(app: Api, { desk, ledger, clock, health }: Deps): void {
  const Actuators = Type.Object({ actuators: Type.Array(ActuatorTruth) });
  app.get('/api/actuators', { schema: { querystring: SiteQuery, response: answers(Actuators) } }, (request) => {
    const user = personOf(request);
    const { site } = request.query;
    if (site !== undefined) demandSite(user, site);
    return { actuators: desk.actuators(site).filter((truth) => sees(user, truth.site)) };
  });

  const Sites = Type.Object({ nowMs: Type.Number(), sites: Type.Array(SiteView) });
  app.get('/api/sites', { schema: { querystring: Empty, response: answers(Sites) } }, (request) => {
    const user = personOf(request);
    return { nowMs: clock.nowMs(), sites: desk.sites().filter(({ site }) => sees(user, site)) };
  });

  const Page = Type.Object(
    {
      after: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ledgerPageMax })),
    },
    closed,
  );
  const Entries = Type.Object({
    entries: Type.Array(LedgerEntry),
    next: Type.Optional(Type.Integer({ description: '`after` of the next page; absent on the last.' })),
  });
  app.get('/api/ledger', { schema: { querystring: Page, response: answers(Entries) } }, (request) => {
    demandAllSites(personOf(request, 'engineer'));
    const { after = 0, limit = 100 } = request.query;
    const entries = ledger.entries(after, limit);
    const last = entries.at(-1);
    return { entries, ...(last && entries.length === limit ? { next: last.number } : {}) };
  });

  const Status = Type.Object({ status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]) });
  const schema = { querystring: Empty, response: answers(Status) };
  app.get('/api/health', { schema }, () => ({ status: health().status }));
}
