import {
  type Clock,
  type Desk,
  Fault,
  Finite,
  HeldOrders,
  Mode,
  Name,
  type Orders,
  OrderView,
  ownActions,
} from '@tocsin/contracts';
import Type from 'typebox';
import { demandSite, personOf, sees } from '../access.ts';
import { type Api, answers, closed, Empty } from '../schemas.ts';
import { type Role, roles } from '../users/accounts.ts';

/** A person does not give more than one order in two seconds; a script does. */
const ordersPerMinuteMax = 30;
const stageMax = 1_000;

type Deps = { desk: Desk; orders: Orders; clock: Clock };

const Params = Type.Object({ site: Name, actuator: Name }, closed);
const Body = Type.Object(
  {
    action: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: `An action of the actuator, or ${ownActions.join(', ')}.`,
    }),
    value: Type.Optional(Finite),
    reason: Type.String({ minLength: 3, maxLength: 500, pattern: '\\S', description: 'Why; it stands in the ledger.' }),
    mode: Type.Optional(Mode),
  },
  closed,
);
const Count = Type.Object(
  { count: Type.Integer({ minimum: 1, maximum: stageMax, description: 'How many, the oldest first.' }) },
  closed,
);
const Changed = Type.Object({
  orders: Type.Array(OrderView),
  held: Type.Integer({ description: 'How many still wait.' }),
});

const isAtLeast = (role: Role, least: Role) => roles.indexOf(role) >= roles.indexOf(least);

/** Own orders that take an actuator out of guard or declare it good: whoever gives them answers for the installation. */
const engineersOwn: readonly string[] = ['bypass', 'return-to-service', 'proof-test'];

/**
 * Who may give an order: a dispatcher acts, releases and arms; an engineer also ends what cannot be taken back (restores power), and takes
 * an actuator out of service. Where an old gateway does not say which action is rest, every order to such an actuator needs an engineer.
 */
function roleFor(desk: Desk, { site, actuator, action }: Pick<OrderView, 'site' | 'actuator' | 'action'>): Role {
  if (engineersOwn.includes(action)) return 'engineer';
  const { descriptor } = desk.sites().find((view) => view.site === site) ?? {};
  const about = descriptor?.actuators.find((one) => one.actuator === actuator);
  const isRestoring = about?.irreversible === true && (about.rest === undefined || about.rest === action);
  return isRestoring ? 'engineer' : 'dispatcher';
}

/** Orders of people to actuators, and the queue of those that wait for a second person. */
export function orderRoutes(app: Api, { desk, orders, clock }: Deps): void {
  const limited = {
    rateLimit: {
      max: ordersPerMinuteMax,
      timeWindow: 60_000,
      keyGenerator: (request: { sessionId: string | undefined; ip: string }) =>
        `order ${request.sessionId ?? request.ip}`,
    },
  };

  const give = {
    params: Params,
    body: Body,
    response: answers(OrderView),
    description:
      'Orders an actuator to act. The answer tells whether the order left, or waits for a second person because too many left already. ' +
      'Success is never assumed: follow its receipts by `id`, here or in the stream of actuators.',
  };
  app.post('/api/sites/:site/actuators/:actuator/orders', { schema: give, config: limited }, (request) => {
    const { site, actuator } = request.params;
    const { reason, ...wanted } = request.body;
    demandSite(personOf(request, 'dispatcher'), site, 'DEVICE_UNKNOWN');
    const user = personOf(request, roleFor(desk, { site, actuator, ...wanted }));
    return orders.order({ site, actuator, ...wanted, reason: reason.trim(), by: user.name, atMs: clock.nowMs() });
  });

  const find = { params: Type.Object({ id: Name }, closed), querystring: Empty, response: answers(OrderView) };
  app.get('/api/orders/:id', { schema: find }, (request) => {
    const user = personOf(request);
    const order = orders.find(request.params.id);
    if (order === undefined || !sees(user, order.site)) throw new Fault('NOT_FOUND', '');
    return order;
  });

  const held = { querystring: Empty, response: answers(HeldOrders) };
  app.get('/api/orders/held', { schema: held }, (request) => {
    const user = personOf(request);
    return orders.held((site) => sees(user, site));
  });

  for (const act of ['release', 'withdraw'] as const) {
    const description =
      act === 'release'
        ? 'Lets the oldest held orders go that the person could have given: never their own, at most one stage, the next only after a pause.'
        : 'Ends the oldest held orders without sending them.';
    const schema = { body: Count, response: answers(Changed), description };
    app.post(`/api/orders/held/${act}`, { schema, config: limited }, (request) => {
      const user = personOf(request, 'dispatcher');
      const may = (order: OrderView) =>
        sees(user, order.site) && (act === 'withdraw' || isAtLeast(user.role, roleFor(desk, order)));
      const changed = orders[act]({ by: user.name, atMs: clock.nowMs(), count: request.body.count, may });
      return { orders: changed, held: orders.held((site) => sees(user, site)).held };
    });
  }
}
