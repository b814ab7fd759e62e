import { type Clock, Fault, type Logger, type Publish } from '@tocsin/contracts';
import type { DriverHost } from '../types.ts';
import type { Framing } from './framing.ts';
import { type Answer, openWire, type Request, type Wire } from './wire.ts';

/** `unsent`: the request never left, so nothing can have happened. */
export type Outcome = Answer | { kind: 'unsent'; why: string };

/** Orders go first, then heartbeats, then looks. */
export type Rank = 'order' | 'heartbeat' | 'look';
export type Job = {
  request: Request;
  rank: Rank;
  /** Monotonic instant after which it must not leave any more. */
  leaveByMs?: number;
  heard(outcome: Outcome): void;
};

/** An actuator, or a watchdog, that shares the connection. */
export type Member = { opened(): void; lost(why: string): void };

/** The one connection to a device: requests of all its actuators one after another, kept open for ever. */
export type Line = {
  /** Why nothing can be sent now, or undefined. */
  problem(): string | undefined;
  join(member: Member): void;
  /** The last to leave closes the connection. */
  leave(member: Member): void;
  /** Takes a request, or answers why not. */
  push(job: Job): string | undefined;
  /** Takes back an order that has not left. */
  cancel(job: Job, why: string): void;
  /** Says that these points of a unit are written for this actuator only; throws when another has one of them. */
  claim(actuator: string, unit: number, keys: readonly string[]): void;
  /** One watchdog for all who name it. */
  once<T>(key: string, make: () => T): T;
};

export type LineOptions = { host: string; port: number; framing: Framing; timeoutMs: number };

/** An actuator has one order and the ends of its pulses waiting at most; this bounds them all. */
export const ordersMax = 1024;
/** Looks and heartbeats are one at a time for each actuator; this bounds them even so. */
const jobsMax = 4096;
/** Full jitter (AWS Architecture Blog, 2015): a uniform wait below a bound that doubles from the first to the longest. */
const retryMsFirst = 250;
const retryMsMax = 10_000;
/** A connection that lasted this long was a good one, and the next is tried soon. */
const steadyMs = 10_000;
/** Looks in a row without an answer before the connection itself is given up; one silent unit behind a gateway is no reason. */
const strikesMax = 3;

const agents = new WeakMap<Publish, Map<string, Line>>();

/** The line to a device, the same for all actuators of one agent, whose field port tells it from other agents in the process. */
export function lineOf(host: DriverHost, options: LineOptions): Line {
  const lines = agents.get(host.publish) ?? new Map<string, Line>();
  agents.set(host.publish, lines);
  const { framing, timeoutMs } = options;
  const key = `${options.host.toLowerCase()}:${options.port}`;
  const known = lines.get(key);
  const line = known ?? createLine(options, host);
  lines.set(key, line);
  const how = line.once('how', () => ({ framing, timeoutMs }));
  if (how.framing !== framing || how.timeoutMs !== timeoutMs)
    throw new Fault(
      'SITE_FILE_INVALID',
      `Actuators on ${key} differ in framing or timeoutMs, but share one connection.`,
    );
  return line;
}

function createLine(
  options: LineOptions,
  { clock, logger, random }: { clock: Clock; logger: Logger; random(): number },
): Line {
  const members = new Set<Member>();
  const queues: Record<Rank, Job[]> = { order: [], heartbeat: [], look: [] };
  const claims = new Map<string, string>();
  const singles = new Map<string, unknown>();
  const device = `${options.host}:${options.port}`;
  let wire: Wire | undefined;
  let isOpen = false;
  let openedAtMs = 0;
  let why = 'it was not reached yet';
  let tries = 0;
  let strikes = 0;
  let busy = false;
  let cancelRetry = () => {};

  function connect(): void {
    wire = openWire({ ...options, clock }, { opened, closed });
  }

  function opened(): void {
    isOpen = true;
    openedAtMs = clock.monotonicMs();
    strikes = 0;
    logger.info({ device }, 'The Modbus device took the connection.');
    for (const member of [...members]) member.opened();
  }

  function closed(reason: string): void {
    if (reason !== why || isOpen) logger.warn({ device, why: reason }, 'The Modbus device cannot be reached.');
    if (isOpen && clock.monotonicMs() - openedAtMs >= steadyMs) tries = 0;
    isOpen = false;
    busy = false;
    wire = undefined;
    why = reason;
    drain(`the connection was lost before it was sent: ${reason}`);
    for (const member of [...members]) member.lost(reason);
    if (members.size === 0) return;
    const boundMs = Math.min(retryMsMax, retryMsFirst * 2 ** Math.min(tries, 10));
    tries += 1;
    cancelRetry = clock.after(random() * boundMs, connect);
  }

  function drain(reason: string): void {
    for (const queue of Object.values(queues))
      for (const job of queue.splice(0)) job.heard({ kind: 'unsent', why: reason });
  }

  function pump(): void {
    while (!busy && isOpen && wire !== undefined) {
      const job = queues.order.shift() ?? queues.heartbeat.shift() ?? queues.look.shift();
      if (job === undefined) return;
      if (job.leaveByMs !== undefined && clock.monotonicMs() > job.leaveByMs) {
        job.heard({ kind: 'unsent', why: 'the device kept it waiting for too long, and it was not sent' });
        continue;
      }
      busy = true;
      const mine = wire;
      mine.request(job.request, (answer) => {
        const isSilent = answer.kind === 'nothing';
        strikes = isSilent ? strikes + 1 : 0;
        // A write that was not answered must not arrive later, and serial frames have no number to tell a late answer by.
        const isOver = 'value' in job.request || options.framing === 'rtu-over-tcp' || strikes >= strikesMax;
        if (isSilent && isOver) mine.reset(answer.why);
        busy = false;
        job.heard(answer);
        pump();
      });
    }
  }

  return {
    problem: () => (isOpen ? undefined : why),
    join(member) {
      members.add(member);
      if (members.size === 1) connect();
      else if (isOpen) member.opened();
    },
    leave(member) {
      if (!members.delete(member) || members.size > 0) return;
      cancelRetry();
      drain('the agent stops');
      isOpen = false;
      busy = false;
      wire?.end();
      wire = undefined;
    },
    push(job) {
      if (!isOpen) return why;
      const queue = queues[job.rank];
      if (queue.length >= (job.rank === 'order' ? ordersMax : jobsMax)) return 'too many requests wait for the device';
      queue.push(job);
      pump();
      return undefined;
    },
    cancel(job, reason) {
      const at = queues.order.indexOf(job);
      if (at < 0) return;
      queues.order.splice(at, 1);
      job.heard({ kind: 'unsent', why: reason });
    },
    claim(actuator, unit, keys) {
      for (const key of keys) {
        const place = `unit ${unit}, ${key}`;
        const other = claims.get(place);
        if (other !== undefined && other !== actuator)
          throw new Fault('SITE_FILE_INVALID', `${actuator} and ${other} both write ${place} of ${device}.`);
        claims.set(place, actuator);
      }
    },
    once<T>(key: string, make: () => T): T {
      if (!singles.has(key)) singles.set(key, make());
      return singles.get(key) as T;
    },
  };
}
