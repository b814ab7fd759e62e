import assert from 'node:assert';
import type { Command } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { ActuatorDriver, DriverHost, DriverType } from '../types.ts';
import { GpioActuator } from './config.ts';
import { createFeedback } from './feedback.ts';
import { createHolder } from './holder.ts';
import { findVersion, type Line, locate, run } from './tools.ts';

/** An actuator entry that was checked against GpioActuator. */
type Gpio = ActuatorConfig & GpioActuator;

/** Full jitter below a bound that doubles from the first to the longest. */
const retryMsFirst = 1_000;
const retryMsMax = 30_000;

function check(actuator: ActuatorConfig): string[] {
  const { id, rest, irreversible = [], energised = 'on', released = 'off', pulseMs, ...gpio } = actuator as Gpio;
  const { feedback } = gpio;
  const wrong: string[] = [];
  if (energised === released) wrong.push(`energised and released are both called ${energised}`);
  for (const [field, action] of [['rest', rest], ...irreversible.map((action) => ['irreversible', action])])
    if (action !== energised && action !== released) wrong.push(`${field} is ${action}, but ${id} has no such action`);
  if (irreversible.includes(rest)) wrong.push(`rest (${rest}) cannot be irreversible`);
  wrong.push(...lineProblems(gpio, ''), ...lineProblems(feedback, '/feedback'));
  if (gpio.chip === feedback.chip && gpio.line === feedback.line)
    wrong.push('/feedback/line: the feedback is read from the line that is driven, which proves nothing');
  if (pulseMs !== undefined && rest === energised) wrong.push('/pulseMs: a line that is active at rest has no pulse');
  if (pulseMs !== undefined && !irreversible.includes(energised))
    wrong.push(`/pulseMs: a pulse that is not irreversible would be given again at each renewal; remove it`);
  if (irreversible.includes(energised) && pulseMs === undefined)
    wrong.push(
      `${energised} is irreversible and ends with the agent; give pulseMs for a coil whose act stays done, or wire it so that the released line does it`,
    );
  return wrong;
}

function lineProblems({ chip, line }: Line, at: string): string[] {
  if (typeof line === 'number' && chip === undefined)
    return [`${at}/line: an offset needs its chip; see gpiodetect and gpioinfo`];
  if (typeof line === 'string' && chip !== undefined)
    return [`${at}/chip: a line with a name needs no chip; remove it`];
  return [];
}

function open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver {
  const gpio = actuator as Gpio;
  const { rest, energised = 'on', released = 'off', pulseMs, feedback, leaseMs } = gpio;
  const { clock } = host;
  const wrong = new Map<'tools' | 'line' | 'contact', string>();
  let told: string | undefined;
  let cancelRetry = () => {};
  let tries = 0;
  let isReady = false;
  let isStopped = false;

  function note(what: 'tools' | 'line' | 'contact', why: string | undefined): void {
    if (why === undefined) wrong.delete(what);
    else wrong.set(what, why);
    const now = wrong.size === 0 ? undefined : [...wrong.values()].join('; ');
    if (now === told) return;
    told = now;
    host.trouble('unreachable', now);
  }

  const contact = createFeedback({
    clock,
    everyMs: feedback.everyMs ?? 1_000,
    level: (active) => host.readBack(active ? energised : released),
    wrong: (why) => note('contact', why && `the feedback contact cannot be read: ${why}`),
  });
  const holder = createHolder({
    host,
    // Then the energised line is what rest is, and the agent must keep saying that it lives.
    keepsAlive: rest === energised ? leaseMs : undefined,
    state: (why) => note('line', why && `the line is not driven: ${why}`),
    failed: (commandId, why) => host.failed(commandId, why),
  });

  async function prepare(): Promise<void> {
    const found = await find(gpio);
    if (isStopped) return;
    if ('why' in found) {
      note('tools', found.why);
      if (found.isWatchdog) host.trouble('watchdog', found.why);
      const boundMs = Math.min(retryMsMax, retryMsFirst * 2 ** Math.min(tries, 10));
      tries += 1;
      cancelRetry = clock.after(host.random() * boundMs, () => void prepare());
      return;
    }
    note('tools', undefined);
    host.trouble('watchdog', undefined);
    isReady = true;
    contact.start(found.version, found.contact);
    holder.start(found.version, found.line);
    // Only the released line is claimed unasked: energising it is an act, and acts are ordered.
    if (rest === released) holder.release();
  }

  return {
    topics: [],
    message: () => {},
    start: () => void prepare(),
    async stop() {
      isStopped = true;
      cancelRetry();
      contact.stop();
      await holder.stop();
    },
    send({ id, action, leaseMs: givenMs }: Command) {
      assert(action === energised || action === released, `${gpio.id} was sent ${action}, which it does not have.`);
      if (!isReady) throw new Error(told ?? 'the tools of libgpiod were not found yet');
      if (action === energised) holder.hold(pulseMs ?? givenMs ?? leaseMs, id);
      else holder.release(id);
      contact.ask();
    },
    ask: () => contact.ask(),
  };
}

type Found = { version: 1 | 2; line: Line; contact: Line } | { why: string; isWatchdog?: boolean };

/** Looks whether everything is there: libgpiod's tools, both lines, and timeout(1), which ends a hold when the agent hangs. */
async function find({ chip, line, activeLow, feedback }: Gpio): Promise<Found> {
  const timer = await run('timeout', ['5', 'true']);
  if (!timer.ok) return { why: `nothing would end a hold when the agent hangs: ${timer.why}`, isWatchdog: true };
  const tools = await findVersion();
  if ('why' in tools) return tools;
  const { version } = tools;
  const own = await locate(version, { chip, line, activeLow });
  if ('why' in own) return own;
  const contact = await locate(version, feedback);
  if ('why' in contact) return contact;
  return { version, line: own.line, contact: contact.line };
}

const wordsOf = ({ energised = 'on', released = 'off' }: Gpio) => [energised, released];

/** A GPIO line of this gateway: driven by a process of its own that outlives a hanging agent by no more than the lease. */
export const gpio: DriverType = {
  driver: 'gpio',
  actuator: GpioActuator,
  check,
  actions: (actuator) => wordsOf(actuator as Gpio),
  expected: (_actuator, action) => action,
  open,
};
