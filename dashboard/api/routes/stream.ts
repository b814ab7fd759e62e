import Type from 'typebox';
import { personOf, sees } from '../access.ts';
import { type Api, closed, Problem } from '../schemas.ts';
import type { FanOut } from '../stream/fan-out.ts';
import type { Sessions } from '../users/sessions.ts';

const Query = Type.Object(
  { after: Type.Optional(Type.Integer({ minimum: 0, description: 'Last event the reader has.' })) },
  closed,
);

/** The live stream: every desk event after the one the reader names, then every new one, and a heartbeat. */
export function streamRoutes(app: Api, { fanOut, sessions }: { fanOut: FanOut; sessions: Sessions }): void {
  const description =
    'Server-sent events `alert`, `actuator`, `site` (data: DeskEvent), `heartbeat` (every 5 s: atMs, lastEventId, and ' +
    'alertsStoppedAtMs while alerts are not being taken in) and `reset` ' +
    '(what came after the last id is gone: fetch everything anew). Resumes by Last-Event-ID or `after`.';
  const schema = { querystring: Query, response: { 200: Type.String({ description }), '4xx': Problem } };
  app.get('/api/stream', { schema: { ...schema, produces: ['text/event-stream'] } }, (request, reply) => {
    const user = personOf(request);
    const sessionId = request.sessionId!;
    const response = reply.raw;
    // Whatever refuses the reader must still be able to answer, so the head goes out with the first write.
    response.statusCode = 200;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-accel-buffering', 'no');
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    const remove = fanOut.add({
      user: user.id,
      alive: () => sessions.user(sessionId) !== undefined,
      sees: (site) => sees(user, site),
      after: lastEventId(request.headers['last-event-id']) ?? request.query.after,
      response,
    });
    reply.hijack();
    response.once('close', remove);
  });
}

/** A browser that reconnects by itself says more than the address it was first given. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
