import assert from 'node:assert';
import type { Command } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { DriverHost } from '../types.ts';
import { createOwnTimer } from './own-timer.ts';
import type { Report } from './report.ts';

/** How long an act that cannot be taken back may wait for a device that is busy. */
const irreversibleWaitMs = 5_000;

export type LeasedOptions = {
  actuator: ActuatorConfig;
  host: Pick<DriverHost, 'clock' | 'readBack' | 'trouble'>;
  /** The site file's word for each state text of the device. */
  words: ReadonlyMap<string, string>;
  /** Its reports hold what its own timer has left. */
  tells: boolean;
};

/** An order that may leave. */
export type LeasedOrder = {
  /** Seconds after which the device must end it by itself, rounded up so that it never lapses before its lease. */
  leaseS: number;
  /** When it is too late, monotonic. */
  expiresAtMs: number;
  /** The device may have got it. */
  left(atMs: number): void;
};

/** A device whose acts end by a timer of its own: what it reports, in the site file's words, and whether its timer is to be trusted. */
export function createLeased({ actuator, host, words, tells }: LeasedOptions) {
  const { rest, irreversible, leaseMs } = actuator;
  const actions = new Set(words.values());
  const timer = createOwnTimer(tells);
  let told: string | undefined;
  return {
    /** Throws when the device has shown that it would not let go by itself. */
    plan({ action, leaseMs: givenMs = leaseMs }: Command): LeasedOrder {
      assert(actions.has(action), `${actuator.id} was sent ${action}, which it does not have.`);
      const away = action !== rest;
      const isFinal = irreversible.includes(action);
      const why = timer.wrong();
      if (away && !isFinal && why !== undefined) throw new Error(`${action} is not armed: ${why}`);
      const leaseS = Math.max(1, Math.ceil(givenMs / 1000));
      const lapseMs = isFinal ? undefined : leaseS * 1000;
      return {
        leaseS,
        expiresAtMs: host.clock.monotonicMs() + (isFinal || !away ? irreversibleWaitMs : givenMs),
        left: (atMs) => timer.sent({ away, lapseMs, atMs }),
      };
    },
    /** Passes a report on that was asked for (or came) at `atMs`, and answers its state in the site file's words. */
    heard({ state, leftMs }: Report, { atMs, old = false }: { atMs: number; old?: boolean }): string {
      const word = words.get(state) ?? state;
      if (!old && actions.has(word)) timer.heard({ away: word !== rest, leftMs, atMs });
      const why = timer.wrong();
      if (why !== told) host.trouble('watchdog', why);
      told = why;
      host.readBack(word, old);
      return word;
    },
    isHeld: () => timer.isHeld(),
  };
}

/** Mistakes about rest and irreversible actions, as sentences. */
export function actionProblems({ id, rest, irreversible = [] }: ActuatorConfig, actions: readonly string[]): string[] {
  const wrong: string[] = [];
  if (!actions.includes(rest)) wrong.push(`rest is ${rest}, but ${id} has no such action`);
  for (const action of irreversible) {
    if (!actions.includes(action)) wrong.push(`irreversible names ${action}, but ${id} has no such action`);
    if (action === rest) wrong.push(`rest (${rest}) cannot be irreversible`);
  }
  return wrong;
}

/** Were two actions confirmed by the same text, one would prove the other. */
export function doubleProblems(states: readonly (readonly [state: string, action: string])[]): string[] {
  const seen = new Map<string, string>();
  return states.flatMap(([state, action]) => {
    const other = seen.get(state);
    seen.set(state, action);
    return other === undefined ? [] : [`${action} and ${other} are confirmed by the same state ${state}`];
  });
}
