import {
  type Clock,
  type Descriptor,
  Fault,
  type HeldAct,
  type HeldOrders,
  type Ledger,
  type Mode,
  type OrderRequest,
  type OrderView,
  ownActions,
} from '@tocsin/contracts';
import type { SignCommand } from '../../signing.ts';
import { excess, type OrderLimits } from '../order-limits.ts';
import type { Trouble } from '../troubles.ts';
import type { Applier } from './apply.ts';
import type { createCommands } from './commands.ts';
import type { Store } from './store.ts';

/** An order to an actuator is worth this long after it left: what a person saw two minutes ago is no reason to move something. */
const lifeMs = 120_000;
/** An order that waits for a second person is worth this long: twice what 500 orders need to leave in stages. */
const heldLifeMs = 1_800_000;
/** More cannot wait; each row is about 400 bytes. */
const heldMax = 2_000;
const shownMax = 500;

export type OrderDeps = {
  store: Store;
  ledger: Ledger;
  applier: Applier;
  commands: ReturnType<typeof createCommands>;
  signCommand: SignCommand | undefined;
  limits: OrderLimits;
  clock: Clock;
  newId(): string;
  modeOf(site: string): Mode;
  descriptorOf(site: string): Descriptor | undefined;
};

/**
 * Where orders of people to actuators leave the cloud: within the limits at once, beyond them only when a second person lets them go, in
 * stages. Every call runs inside an open transaction and throws a Fault to refuse.
 */
export function createOrders(deps: OrderDeps) {
  const { store, ledger, applier, commands, limits, clock } = deps;

  /** Refuses what the site could only refuse. */
  function known({ site, actuator, action }: OrderRequest): void {
    const described = deps.descriptorOf(site)?.actuators.find((one) => one.actuator === actuator);
    if (described === undefined) throw new Fault('DEVICE_UNKNOWN', `${site} has no actuator ${actuator}.`);
    if (described.actions.includes(action) || isOwn(action)) return;
    const remedy = `It can ${described.actions.join(', ')}.`;
    throw new Fault('COMMAND_REFUSED', `${actuator} has no action ${action}.`, { remedy });
  }

  function signer(): SignCommand {
    if (deps.signCommand !== undefined) return deps.signCommand;
    throw new Fault('COMMAND_REFUSED', 'This cloud cannot sign.', { remedy: 'Give the cloud a signing key.' });
  }

  function leave(order: OrderView, releasedBy?: string): OrderView {
    const { id, site, actuator: device, action, value, mode, reason, issuer, askedAtMs } = order;
    const what = { id, site, device, action, ...(value === undefined ? {} : { value }), mode, reason };
    const leaving = { ...what, issuer, askedAtMs, lifeMs, key: '' };
    const command = commands.leave(leaving, signer());
    const { why: _why, ...rest } = order;
    const left: OrderView = { ...rest, state: 'left', number: command.number!, leftAtMs: clock.nowMs() };
    if (releasedBy !== undefined) left.releasedBy = releasedBy;
    store.putOrder(left);
    ledger.append({ atMs: clock.nowMs(), kind: 'command', actor: issuer, body: command });
    return left;
  }

  function end(order: OrderView, state: 'withdrawn' | 'overdue' | 'unanswered', why: string): OrderView {
    const ended: OrderView = { ...order, state, why };
    store.putOrder(ended);
    return ended;
  }

  /** Raises or ends the alert about the queue. */
  function showQueue(): void {
    const held = store.heldOrders();
    const counts = `${held.length} orders for ${sitesOf(held)} sites wait.`;
    applier.raise({ ...queueTrouble(counts), atMs: clock.nowMs() }, held.length > 0);
  }

  /** A newer order to an actuator takes the place of those that wait: released later they would undo it. */
  function supersede({ site, actuator, action, by, atMs }: OrderRequest): void {
    for (const order of store.heldOrders()) {
      const isOther = order.site !== site || order.actuator !== actuator || isOwn(order.action) !== isOwn(action);
      if (isOther) continue;
      end(order, 'withdrawn', 'A newer order to the same actuator took its place.');
      const body = { act: 'orders.withdraw', orders: [order.id], why: 'superseded' };
      ledger.append({ atMs, kind: 'operator', actor: by, body });
    }
  }

  /** The oldest held orders that this person may decide about. */
  function chosen({ may, count, by }: HeldAct, mayBeOwn: boolean): OrderView[] {
    const visible = store.heldOrders().filter(may);
    const allowed = visible.filter(({ issuer }) => mayBeOwn || issuer !== by);
    if (allowed.length > 0) return allowed.slice(0, count);
    const why =
      visible.length === 0 ? 'No order waits that you may decide about.' : 'All orders that wait are your own.';
    throw new Fault('COMMAND_REFUSED', why, { remedy: 'Only another person may let an order go.' });
  }

  function nextStageAtMs(): number {
    const releasedAtMs = store.releasedAtMs();
    return releasedAtMs === undefined ? 0 : releasedAtMs + limits.stage.pauseMs;
  }

  return {
    order(request: OrderRequest): OrderView {
      known(request);
      signer();
      const { site, actuator, action, value, reason, by: issuer, atMs: askedAtMs } = request;
      const mode = request.mode ?? deps.modeOf(site);
      const what = { site, actuator, action, ...(value === undefined ? {} : { value }), mode, reason };
      const order: OrderView = { id: `order-${deps.newId()}`, ...what, issuer, askedAtMs, state: 'held' };
      supersede(request);
      // What moves nothing needs nobody to count it.
      const left = mode === 'live' ? store.ordersLeft(clock.nowMs() - limits.withinMs) : [];
      const why = mode === 'live' ? excess(limits, left, order) : undefined;
      if (why === undefined) {
        const gone = leave(order);
        showQueue();
        return gone;
      }
      if (store.heldOrders().length >= heldMax)
        throw new Fault('COMMAND_REFUSED', `${heldMax} orders wait already, and ${why}.`);
      const held = { ...order, why };
      store.putOrder(held);
      ledger.append({ atMs: askedAtMs, kind: 'operator', actor: issuer, body: { act: 'order.held', ...held } });
      showQueue();
      return held;
    },
    find: (id: string): OrderView | undefined => store.order(id),
    held(sees: (site: string) => boolean): HeldOrders {
      const orders = store.heldOrders().filter(({ site }) => sees(site));
      const counts = { held: orders.length, sites: sitesOf(orders) };
      return {
        orders: orders.slice(0, shownMax),
        ...counts,
        stage: limits.stage.count,
        nextStageAtMs: nextStageAtMs(),
      };
    },
    release(act: HeldAct): OrderView[] {
      const { by, atMs, count } = act;
      if (count > limits.stage.count)
        throw new Fault('COMMAND_REFUSED', `One stage is at most ${limits.stage.count} orders.`);
      const waitMs = nextStageAtMs() - clock.nowMs();
      if (waitMs > 0) {
        const remedy = `See what became of the stage before; the next may go in ${Math.ceil(waitMs / 1000)} s.`;
        throw new Fault('COMMAND_REFUSED', 'The stage before has only just left.', { remedy });
      }
      const released = chosen(act, false).map((order) => leave(order, by));
      const held = store.heldOrders().length;
      const orders = released.map(({ id }) => id);
      const body = { act: 'orders.release', count: orders.length, sites: sitesOf(released), held, orders };
      ledger.append({ atMs, kind: 'operator', actor: by, body });
      showQueue();
      return released;
    },
    withdraw(act: HeldAct): OrderView[] {
      const { by, atMs } = act;
      const ended = chosen(act, true).map((order) => end(order, 'withdrawn', `${by} withdrew it.`));
      const orders = ended.map(({ id }) => id);
      const body = { act: 'orders.withdraw', count: orders.length, held: store.heldOrders().length, orders };
      ledger.append({ atMs, kind: 'operator', actor: by, body });
      showQueue();
      return ended;
    },
    isDue: (nowMs: number): boolean => (store.heldSinceMs() ?? nowMs) <= nowMs - heldLifeMs,
    /** Ends what waited too long, and what no site answered (ids of commands). */
    passTime(nowMs: number, unanswered: readonly string[]): void {
      for (const id of unanswered) {
        const order = store.order(id);
        if (order?.state !== 'left') continue;
        end(order, 'unanswered', 'The site did not answer in time; whether the actuator moved is not known.');
        applier.raise({ ...silenceTrouble(order), atMs: nowMs });
      }
      const overdue = store.heldOrders().filter(({ askedAtMs }) => askedAtMs <= nowMs - heldLifeMs);
      for (const order of overdue) end(order, 'overdue', 'No second person let it go in time.');
      store.forgetOrders(nowMs);
      if (overdue.length === 0) return;
      const body = { act: 'orders.overdue', count: overdue.length, orders: overdue.map(({ id }) => id) };
      ledger.append({ atMs: nowMs, kind: 'refusal', actor: 'cloud', body });
      showQueue();
    },
  };
}

/** True for an order about the actuator itself (arm, bypass, …), which moves nothing. */
const isOwn = (action: string) => (ownActions as readonly string[]).includes(action);
const sitesOf = (orders: readonly OrderView[]) => new Set(orders.map(({ site }) => site)).size;

function queueTrouble(counts: string): Omit<Trouble, 'atMs'> {
  return {
    site: 'cloud',
    rule: 'orders-held',
    subject: 'queue',
    event: 'Orders wait for a second person',
    reasons: [counts, 'More orders were given than may leave by themselves.'],
    advice: 'Look at the list of held orders. A second person lets them go in stages, or withdraws them.',
    class: 'supervisory',
  };
}

function silenceTrouble({ site, actuator, action, issuer }: OrderView): Omit<Trouble, 'atMs'> {
  return {
    site,
    rule: 'order-unanswered',
    subject: actuator,
    event: `Order not answered: ${action} on ${actuator}`,
    reasons: [`${issuer} ordered it, and the site said nothing within ${lifeMs / 1000} s.`],
    advice: 'Treat the act as not done, and the state of the actuator as not known, until the site is heard again.',
    class: 'supervisory',
  };
}
