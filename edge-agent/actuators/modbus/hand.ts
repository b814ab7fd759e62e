import assert from 'node:assert';
import type { Command } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { ActuatorDriver, DriverHost } from '../types.ts';
import type { ModbusActuator, ModbusWrite } from './config.ts';
import { createContacts } from './contacts.ts';
import { acknowledged, exceptionOf } from './exceptions.ts';
import { type Job, lineOf, type Outcome } from './line.ts';
import { keyOf, pointOf } from './points.ts';
import { createPulses } from './pulses.ts';
import { createWatchdog, type WatchdogState } from './watchdog.ts';

/** An actuator entry that was checked against ModbusActuator. */
export type Modbus = ActuatorConfig & ModbusActuator;

/** A driver has two seconds to stop; this leaves some for closing the connection. */
const stopMs = 1700;

type Order = { command?: Command; action: string; job: Job };

/** Opens one actuator; it shares its connection with every other one of this agent on the same device. */
export function open(actuator: Modbus, host: DriverHost): ActuatorDriver {
  const { id, actions, rest, irreversible, readBackWithinMs, watchdog: spec } = actuator;
  const { port = 502, unit = 1, framing = 'tcp', timeoutMs = 500 } = actuator;
  const { clock, logger } = host;
  const line = lineOf(host, { host: actuator.host, port, framing, timeoutMs });
  const writes = Object.values(actions);
  line.claim(id, unit, [...new Set(writes.map((write) => keyOf(pointOf(write))))]);
  if (spec !== undefined) line.claim('a watchdog', unit, [`holding ${spec.holding}`]);
  const watchdog =
    spec && line.once(`watchdog ${unit} ${JSON.stringify(spec)}`, () => createWatchdog({ line, unit, spec, clock }));
  const pulses = createPulses({ line, unit, clock, writes, stuck: (why) => contacts.blind(why) });
  const contacts = createContacts({ actuator, line, unit, host });
  /** The order that waits or is under way; a newer one takes its place as long as it has not left. */
  let order: Order | undefined;
  /** The action away from rest that may stand at the device by our order. */
  let away: string | undefined;
  let stopped = false;

  const member = {
    opened() {
      pulses.settle();
      contacts.opened();
    },
    lost: (why: string) => contacts.blind(why),
  };

  function watchdogTold(state: WatchdogState): void {
    host.trouble('watchdog', state.kind === 'wrong' ? state.why : undefined);
  }

  function refusal(action: string): string | undefined {
    const problem = line.problem();
    if (problem !== undefined) return `${actuator.host} cannot be reached: ${problem}`;
    const state = watchdog?.state();
    if (action !== rest && state !== undefined && state.kind !== 'armed') return `watchdog: ${state.why}`;
    return undefined;
  }

  /**
   * A hold that latches in the mechanism is renewed by looking and not by another pulse, which would undo what somebody at the panel has
   * done meanwhile: `there` when nothing needs to be sent, else a sentence that says why nothing may be.
   */
  function latched(action: string): 'there' | string | undefined {
    const { pulseMs } = actions[action]!;
    if (pulseMs === undefined || action === rest || irreversible.includes(action) || !contacts.wasProved(action))
      return;
    const state = contacts.state();
    if (state === action) return 'there';
    if (state === undefined) return `whether it is still at ${action} is not known`;
    return `it was moved on site after ${action} was confirmed; order ${rest} before ${action} again`;
  }

  function put(action: string, about: { command?: Command; leaveByMs?: number; done?(): void }): void {
    const write = actions[action]!;
    if (order !== undefined) line.cancel(order.job, 'a newer order took its place');
    const job: Job = {
      request: { unit, ...pointOf(write), value: Number(write.value) },
      rank: 'order',
      leaveByMs: about.leaveByMs,
      heard(outcome) {
        if (order === mine) order = undefined;
        heard(mine, write, outcome);
        about.done?.();
      },
    };
    const mine: Order = { command: about.command, action, job };
    pulses.begin(write);
    contacts.ordered(action);
    order = mine;
    const why = line.push(job);
    if (why === undefined) return;
    order = undefined;
    pulses.drop(write);
    contacts.answered(action, false);
    throw new Error(why);
  }

  function heard({ command, action }: Order, write: ModbusWrite, outcome: Outcome): void {
    const exception = outcome.kind === 'exception' ? exceptionOf(outcome.code) : undefined;
    const nothingDone = outcome.kind === 'unsent' || exception?.nothingDone === true;
    const isTaken = outcome.kind === 'written' || (outcome.kind === 'exception' && outcome.code === acknowledged);
    if (!nothingDone) away = action !== rest ? action : isTaken ? undefined : away;
    if (nothingDone) pulses.drop(write);
    else pulses.written(write);
    if (command !== undefined) {
      if (nothingDone) host.failed(command.id, exception?.words ?? (outcome as { why: string }).why);
      // An echo that is looked at says more than the answer to the write.
      else if (isTaken && actuator.echo === undefined) host.accepted(command.id);
      else if (!isTaken) logger.warn({ actuator: id, outcome }, 'An order may or may not have been carried out.');
    }
    contacts.answered(action, !nothingDone, command?.id);
    if (!nothingDone && !isTaken) contacts.blind(exception?.words ?? (outcome as { why: string }).why);
  }

  return {
    topics: [],
    message() {},
    start() {
      line.join(member);
      watchdog?.join(watchdogTold);
    },
    send(command) {
      const { action } = command;
      assert(Object.hasOwn(actions, action), `${id} was sent ${action}, which it does not have.`);
      const stands = latched(action);
      const why = stopped ? 'the agent stops' : (refusal(action) ?? (stands === 'there' ? undefined : stands));
      if (why !== undefined) throw new Error(why);
      if (stands === 'there') {
        contacts.ask();
        return;
      }
      const lifeMs = Math.min(readBackWithinMs, command.expiresAtMs - clock.nowMs());
      if (lifeMs <= 0) throw new Error('the order is out of date');
      put(action, { command, leaveByMs: clock.monotonicMs() + lifeMs });
    },
    ask: () => contacts.ask(),
    async stop() {
      if (stopped) return;
      stopped = true;
      contacts.stop();
      watchdog?.leave(watchdogTold);
      if (order !== undefined) line.cancel(order.job, 'the agent stops');
      // What is still under way now cannot be called back.
      const acting = order?.action ?? away ?? rest;
      const mayRelease = acting !== rest && !irreversible.includes(acting) && line.problem() === undefined;
      const released = mayRelease
        ? new Promise<void>((done) => {
            try {
              put(rest, { done });
            } catch {
              done();
            }
          })
        : Promise.resolve();
      let cancel = () => {};
      const late = new Promise<void>((done) => {
        cancel = clock.after(stopMs, done);
      });
      await Promise.race([released.then(() => pulses.end()), late]);
      cancel();
      line.leave(member);
    },
  };
}
