import assert from 'node:assert';
import type { Command } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { ActuatorDriver, DriverHost } from '../types.ts';
import type { Dialect, Heard, Message } from './dialect.ts';
import { createReach } from './reach.ts';
import { createWatchdog } from './watchdog.ts';
import { wordsOf } from './words.ts';

/** An order is looked at again after this: devices that report only when asked confirm it then. */
const lookAgainMs = 300;
/** How often a wrong setting is put right before it is left to people; each try costs the device's flash memory. */
const remediesMax = 3;
/** Orders whose answers are still waited for. */
const waitingMax = 16;

/** The parts of an open switch. */
type Switch = {
  host: DriverHost;
  dialect: Dialect;
  words: ReturnType<typeof wordsOf>;
  watchdog: ReturnType<typeof createWatchdog>;
  reach: ReturnType<typeof createReach>;
  /** Numbers of orders and questions; begins anywhere, so that answers to an earlier process are not taken for ours. */
  number: number;
  waiting: Map<number, string>;
  /** How often each setting was put right in vain. */
  remedies: Map<string, number>;
  /** Its reports are no echoes of orders. */
  honest: boolean;
  refused: number;
  warned: boolean;
  looking: boolean;
  /** Settings were asked for and not told, at least once. */
  overdue: boolean;
  stopped: boolean;
};

/** Opens a switch that speaks MQTT in some dialect; it believes what the device reports, and arms only what ends by itself. */
export function openSwitch(actuator: ActuatorConfig, host: DriverHost, dialect: Dialect): ActuatorDriver {
  const words = wordsOf(actuator);
  const it: Switch = {
    host,
    dialect,
    words,
    watchdog: createWatchdog(words, dialect.settings),
    reach: createReach(dialect.device),
    number: Math.floor(host.random() * 1e6),
    waiting: new Map(),
    remedies: new Map(),
    honest: dialect.echoes !== true,
    refused: 0,
    warned: false,
    looking: false,
    overdue: false,
    stopped: false,
  };
  const cancels: { poll?: () => void; look?: () => void } = {};
  const poll = (delayMs: number): void => {
    cancels.poll = host.clock.after(delayMs, () => {
      it.overdue = it.watchdog.unknown().length > 0;
      if (!it.honest && !it.warned) warn(it);
      ask(it);
      poll(dialect.pollEveryMs);
    });
  };
  return {
    topics: dialect.topics,
    message: (topic, payload, retained = false) => message(it, { topic, payload, retained }),
    start: () => poll(dialect.pollEveryMs * (0.5 + host.random() / 2)),
    async stop() {
      it.stopped = true;
      cancels.poll?.();
      cancels.look?.();
      if (it.watchdog.isHeld()) order(it, !words.awayOutput, 0);
    },
    send(command) {
      send(it, command);
      cancels.look?.();
      cancels.look = host.clock.after(lookAgainMs, () => ask(it));
    },
    ask: () => ask(it),
  };
}

function send(it: Switch, command: Command): void {
  const { words, watchdog, reach, dialect } = it;
  const on = words.output(command.action);
  assert(on !== undefined, `${dialect.device} was sent ${command.action}, which it does not have.`);
  // A broker may keep an order for a device that is away and deliver it when the reason is long over.
  if (reach.isGone()) throw new Error(reach.wrong());
  if (on === words.awayOutput) {
    const unknown = watchdog.unknown();
    if (unknown.length > 0) ask(it);
    const why =
      watchdog.wrong() ?? (unknown.length > 0 ? `it has not told its ${unknown.join(' and ')} yet` : undefined);
    if (why !== undefined) throw new Error(`${command.action} is not armed: ${why}`);
  }
  const number = order(it, on, words.irreversible ? 0 : (dialect.fixedLapseMs ?? command.leaseMs ?? words.lapseMs));
  if (it.waiting.size >= waitingMax) it.waiting.delete(it.waiting.keys().next().value!);
  it.waiting.set(number, command.id);
}

/** Publishes an order; throws when there is no way to the broker. */
function order(it: Switch, on: boolean, lapseMs: number): number {
  it.number += 1;
  publish(it, it.dialect.order(on, { number: it.number, lapseMs }));
  it.watchdog.sent(on, it.host.clock.monotonicMs(), lapseMs);
  return it.number;
}

/** Never retained: a broker that kept an order would hand it to a device that wakes up much later. */
function publish({ host }: Switch, { topic, payload }: Message): void {
  host.publish(topic, payload, { qos: 1, retain: false });
}

/** Its acts stay unverified; the log is where an engineer finds why. */
function warn(it: Switch): void {
  it.warned = true;
  it.host.logger.warn({}, `${it.dialect.device} may repeat orders instead of reporting; its reports prove nothing.`);
}

/** Asks for state and settings; says so when there is no way to the broker. */
function ask(it: Switch): void {
  if (it.stopped) return;
  it.number += 1;
  const questions = it.dialect.ask(it.number);
  if (questions.length > 0) it.reach.asking();
  try {
    for (const question of questions) publish(it, question);
    it.reach.broker(undefined);
  } catch (error) {
    it.reach.broker(error instanceof Error ? error.message : String(error));
  }
  look(it);
  tell(it);
}

/** Looks at what MQTT does not show, one look at a time. */
function look(it: Switch): void {
  if (it.dialect.look === undefined || it.looking) return;
  it.looking = true;
  void it.dialect.look().then((heard) => {
    it.looking = false;
    if (it.stopped) return;
    for (const one of heard) take(it, one, false);
    tell(it);
  });
}

type Arrived = { topic: string; payload: Uint8Array; retained: boolean };

function message(it: Switch, { topic, payload, retained }: Arrived): void {
  if (!it.dialect.topics.includes(topic)) return;
  const heard = it.dialect.hear(topic, payload);
  if (heard === undefined) {
    it.refused += 1;
    // The first of every power of ten: a device that talks nonsense must not fill the log.
    if (Math.log10(it.refused) % 1 === 0)
      it.host.logger.warn({ topic, refused: it.refused }, `${it.dialect.device} sent something it should not.`);
    return;
  }
  // A word of somebody between proves nothing of the device.
  if (!retained && heard.some(({ kind }) => kind !== 'online' && kind !== 'honest')) it.reach.alive();
  for (const one of heard) take(it, one, retained);
  tell(it);
}

function take(it: Switch, heard: Heard, retained: boolean): void {
  const { watchdog, reach, words, host, dialect } = it;
  const atMs = host.clock.monotonicMs();
  if (heard.kind === 'online') {
    reach.online(heard.online, heard.who);
    if (retained || !heard.online) return;
    // It has just started: its settings may be others, and its output went where its power-on state says.
    watchdog.forget();
    it.remedies.clear();
    ask(it);
    return;
  }
  if (heard.kind === 'output' || heard.kind === 'contact') {
    // A kept report of rest still tells that the hold of before is over.
    if (heard.kind === 'output' && (!retained || heard.on !== words.awayOutput)) watchdog.output(heard.on, atMs);
    const counts = (heard.kind === 'contact') === dialect.feedback;
    if (counts) host.readBack(words.action(heard.on), retained || !it.honest);
    return;
  }
  // Kept by the broker from some earlier time, the rest proves nothing.
  if (retained) return;
  if (heard.kind === 'setting') setting(it, heard);
  else if (heard.kind === 'running') watchdog.running(heard.leftMs, atMs);
  else if (heard.kind === 'honest') it.honest = heard.honest;
  else answer(it, heard.number, heard.error);
}

function setting(it: Switch, { name, wrong, remedy }: Extract<Heard, { kind: 'setting' }>): void {
  const tried = it.remedies.get(name) ?? 0;
  if (wrong === undefined) it.remedies.delete(name);
  else if (remedy !== undefined && tried < remediesMax) {
    it.remedies.set(name, tried + 1);
    try {
      publish(it, remedy);
      return;
    } catch (error) {
      it.reach.broker(error instanceof Error ? error.message : String(error));
    }
  }
  it.watchdog.setting(name, wrong);
}

function answer(it: Switch, number: number, error: string | undefined): void {
  const commandId = it.waiting.get(number);
  if (commandId === undefined) return;
  it.waiting.delete(number);
  if (error === undefined) it.host.accepted(commandId);
  else it.host.failed(commandId, `${it.dialect.device} turned it away: ${error}`);
}

/** Says what is wrong now; the host drops what it knows already. */
function tell({ host, reach, watchdog, overdue }: Switch): void {
  const unreachable = reach.wrong();
  host.trouble('unreachable', unreachable);
  const unknown = watchdog.unknown();
  // While it cannot be reached, that is the news.
  const silent = unreachable === undefined && overdue && unknown.length > 0;
  host.trouble('watchdog', watchdog.wrong() ?? (silent ? `it does not tell its ${unknown.join(' and ')}` : undefined));
}
