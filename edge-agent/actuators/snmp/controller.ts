import { type Clock, Fault, type Secret } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { ActuatorDriver, DeviceTrouble, DriverHost } from '../types.ts';
import { createDesk } from './desk.ts';
import { openLine, type ReadObject, type SnmpLine } from './line.ts';
import type { Ask, Desk, DeskEffect, Dialect } from './types.ts';

/** Fields of every actuator behind an SNMP controller. */
export type SnmpActuator = {
  host: string;
  port: number;
  readCommunity: Secret;
  writeCommunity: Secret;
  timeoutMs: number;
  lookMs: number;
};

/** How one kind of controller is spoken to. */
export type Protocol<A extends Ask> = { name: string; dialectOf(asks: readonly A[]): Dialect<A> };

type Member<A extends Ask> = { ask: A; host: DriverHost; troubles: Map<DeviceTrouble, string | undefined> };
/** One controller and everybody who asks it for something. */
type Shared<A extends Ask> = {
  settings: string;
  members: Member<A>[];
  running?: { desk: Desk; line: SnmpLine; wake(): void; done: Promise<void>; stopped: boolean };
};

/**
 * Controllers by address: one conversation and one book of requests for each, whichever actuators share it. Two clocks are two
 * agents, which a test may have in one process.
 */
const controllers = new WeakMap<Clock, Map<string, Shared<never>>>();
/** An agent that stops waits no longer than this for its requests to be taken back. */
const stopWithinMs = 1800;

/** The driver of one actuator; all that share its controller share one line. Throws a Fault when their settings disagree. */
export function joinController<A extends Ask>(
  actuator: ActuatorConfig & SnmpActuator,
  host: DriverHost,
  { protocol, ask }: { protocol: Protocol<A>; ask: A },
): ActuatorDriver {
  const { host: address, port, readCommunity, writeCommunity, timeoutMs, lookMs } = actuator;
  const settings = JSON.stringify([protocol.name, readCommunity, writeCommunity, timeoutMs, lookMs]);
  const known = (controllers.get(host.clock) ?? new Map()) as Map<string, Shared<A>>;
  controllers.set(host.clock, known as Map<string, Shared<never>>);
  const key = `${address} ${port}`;
  const shared = known.get(key) ?? { settings, members: [] };
  if (shared.settings !== settings)
    throw new Fault(
      'SITE_FILE_INVALID',
      `Actuators of the controller ${address}:${port} differ in driver, communities or times.`,
      {
        remedy: `Give ${ask.actuator} the same values as the others.`,
      },
    );
  known.set(key, shared);
  const member: Member<A> = { ask, host, troubles: new Map() };
  shared.members.push(member);

  function start(): void {
    if (shared.running !== undefined) return;
    let communities: { read: string; write: string };
    try {
      communities = { read: host.readSecret(readCommunity), write: host.readSecret(writeCommunity) };
    } catch (error) {
      const why = `Its community cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      for (const each of shared.members) tellTrouble(each, 'unreachable', why);
      return;
    }
    const line = openLine({ host: address, port, communities, timeoutMs, logger: host.logger });
    const asks = shared.members.map((each) => each.ask);
    const dialect = protocol.dialectOf(asks);
    const desk = createDesk(asks, dialect, { timeoutMs, lookMs });
    shared.running = run(shared.members, { desk, line, reads: dialect.reads, host });
  }

  return {
    topics: [],
    message() {},
    start,
    async stop() {
      const { running } = shared;
      const others = shared.members.filter((each) => each !== member);
      shared.members.splice(0, shared.members.length, ...others);
      if (others.length === 0) known.delete(key);
      if (running === undefined) return;
      // The hands stop all drivers of an agent together, so the first to leave ends the requests of all.
      running.stopped = true;
      running.desk.close();
      running.wake();
      // Closing the line ends what is still on its way.
      const cancel = host.clock.after(stopWithinMs, () => running.line.close());
      await running.done;
      cancel();
    },
    send({ id, action, leaseMs }) {
      if (shared.running === undefined || shared.running.stopped)
        throw new Error('the controller is not being spoken to');
      const order = {
        actuator: ask.actuator,
        commandId: id,
        away: action === ask.action,
        leaseMs: leaseMs ?? ask.leaseMs,
      };
      perform(shared.members, shared.running.desk.order(order, host.clock.monotonicMs()));
      shared.running.wake();
    },
    ask() {
      shared.running?.desk.tellAgain(ask.actuator);
      shared.running?.wake();
    },
  };
}

function tellTrouble({ host, troubles }: Member<Ask>, name: DeviceTrouble, why: string | undefined): void {
  if (troubles.has(name) && troubles.get(name) === why) return;
  troubles.set(name, why);
  host.trouble(name, why);
}

function perform(members: readonly Member<Ask>[], effects: readonly DeskEffect[]): void {
  for (const effect of effects) {
    const member = members.find(({ ask }) => ask.actuator === effect.actuator);
    if (member === undefined) continue;
    const { host } = member;
    if (effect.kind === 'accepted') host.accepted(effect.commandId);
    else if (effect.kind === 'failed') host.failed(effect.commandId, effect.why);
    else if (effect.kind === 'readBack') host.readBack(effect.state);
    else if (effect.kind === 'trouble') tellTrouble(member, effect.name, effect.why);
    else host.logger.info({ actuator: effect.actuator, command: effect.commandId }, 'A request was taken back.');
  }
}

type Turning = { desk: Desk; line: SnmpLine; reads: readonly ReadObject[]; host: DriverHost };

/** Turn after turn, one datagram at a time, until it is stopped and nothing of ours stands or the time for that is over. */
function run<A extends Ask>(members: readonly Member<A>[], { desk, line, reads, host }: Turning) {
  const { clock, random, logger } = host;
  let alarm = () => {};
  const running = { desk, line, stopped: false, wake: () => alarm(), done: Promise.resolve() };

  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      alarm = () => {
        cancel();
        resolve();
      };
    });
  const turn = async () => {
    const askedAtMs = clock.monotonicMs();
    const answer = await line.read(reads);
    const { effects, write } = desk.saw(answer, { askedAtMs, atMs: clock.monotonicMs() });
    perform(members, effects);
    if (write === undefined) return;
    const sentAtMs = clock.monotonicMs();
    const written = await line.write(write.objects, write.once);
    perform(members, desk.wrote(written, { askedAtMs: sentAtMs, atMs: clock.monotonicMs() }));
  };
  const loop = async () => {
    for (;;) {
      alarm = () => {};
      if (running.stopped && (!desk.holds() || line.closed())) break;
      try {
        await turn();
      } catch (error) {
        logger.error(
          { error: error instanceof Error ? error.message : String(error) },
          'A turn with a controller failed.',
        );
      }
      const waitMs = desk.waitMs(clock.monotonicMs());
      if (!running.stopped) await rest(waitMs * (0.9 + 0.2 * random()));
    }
    line.close();
  };
  running.done = loop();
  return running;
}
