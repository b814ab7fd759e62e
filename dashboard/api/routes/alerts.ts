import { AlertDetail, AlertView, alertKey, type Clock, type Desk, Fault, Name } from '@tocsin/contracts';
import Type from 'typebox';
import { demandSite, personOf, sees } from '../access.ts';
import { AlertParams, type Api, answers, closed, Empty } from '../schemas.ts';
import type { User } from '../users/accounts.ts';

const rowsMax = 2_000;

const ListQuery = Type.Object(
  {
    open: Type.Optional(Type.Boolean({ description: 'Only alerts that still want somebody (true), or only others.' })),
    site: Type.Optional(Name),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: rowsMax })),
  },
  closed,
);
const List = Type.Object({
  atEventId: Type.Integer({ description: 'The list includes every event up to this one: stream from here.' }),
  alerts: Type.Array(AlertView),
});
const noteLengthMax = 500;
const AcknowledgeBody = Type.Object({ note: Type.Optional(Type.String({ maxLength: noteLengthMax })) }, closed);
const ResetBody = Type.Object(
  {
    note: Type.String({
      minLength: 3,
      maxLength: noteLengthMax,
      pattern: '\\S',
      description: 'Why it is safe to reset.',
    }),
  },
  closed,
);

type Params = { site: string; rule: string; subject: string };

/** The alert list, one alert with its evidence, and the two acts of a dispatcher on it. */
export function alertRoutes(app: Api, { desk, clock }: { desk: Desk; clock: Clock }): void {
  const keyFor = (user: User, { site, rule, subject }: Params) => {
    demandSite(user, site, 'ALERT_UNKNOWN');
    return alertKey(site, rule, subject);
  };
  const known = (key: string) => {
    const detail = desk.alert(key);
    if (!detail) throw new Fault('ALERT_UNKNOWN', '');
    return detail;
  };

  app.get('/api/alerts', { schema: { querystring: ListQuery, response: answers(List) } }, (request) => {
    const user = personOf(request);
    const { site, open, limit = 500 } = request.query;
    if (site !== undefined) demandSite(user, site);
    const atEventId = desk.lastEventId();
    const wanted = site === undefined ? user.sites : [site];
    const filter = { ...(open === undefined ? {} : { open }), limit };
    const alerts = wanted ? wanted.flatMap((name) => desk.alerts({ ...filter, site: name })) : desk.alerts(filter);
    return { atEventId, alerts: alerts.filter((alert) => sees(user, alert.site)).slice(0, limit) };
  });

  const detail = { params: AlertParams, querystring: Empty, response: answers(AlertDetail) };
  app.get('/api/alerts/:site/:rule/:subject', { schema: detail }, (request) =>
    known(keyFor(personOf(request), request.params)),
  );

  const acknowledge = { params: AlertParams, body: AcknowledgeBody, response: answers(AlertView) };
  app.post('/api/alerts/:site/:rule/:subject/acknowledge', { schema: acknowledge }, (request) => {
    const user = personOf(request, 'dispatcher');
    const key = keyFor(user, request.params);
    const { alert } = known(key);
    if (alert.operator === 'acknowledged' && alert.acknowledgedBy) {
      const at = alert.ladder.acknowledgedAtMs;
      const when = at === undefined ? '' : ` at ${new Date(at).toISOString()}`;
      throw new Fault('ALERT_ALREADY_ACKNOWLEDGED', `${alert.acknowledgedBy} did${when}.`);
    }
    const note = request.body.note?.trim();
    return desk.acknowledge({ key, by: user.name, atMs: clock.nowMs(), ...(note ? { note } : {}) });
  });

  const reset = { params: AlertParams, body: ResetBody, response: answers(AlertView) };
  app.post('/api/alerts/:site/:rule/:subject/reset', { schema: reset }, (request) => {
    const user = personOf(request, 'dispatcher');
    const key = keyFor(user, request.params);
    known(key);
    return desk.reset({ key, by: user.name, atMs: clock.nowMs(), note: request.body.note.trim() });
  });
}
