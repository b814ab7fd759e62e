import type { Clock } from '@tocsin/contracts';
import type { ModbusWatchdog } from './config.ts';
import { exceptionOf } from './exceptions.ts';
import type { Line, Member, Outcome } from './line.ts';
import { keyOf, levelOf, pointOf } from './points.ts';

/** Why the device would not fall back by itself: `wrong` is a trouble; `unknown` refuses the risky direction and may pass. */
export type WatchdogState = { kind: 'armed' } | { kind: 'wrong' | 'unknown'; why: string };

/** Keeps the watchdog of a device quiet and looks whether it is armed; shared by all actuators that name it. */
export type Watchdog = {
  state(): WatchdogState;
  /** Tells of every change. */
  join(told: (state: WatchdogState) => void): void;
  leave(told: (state: WatchdogState) => void): void;
};

type Options = { line: Line; unit: number; spec: ModbusWatchdog; clock: Clock };

const unread: WatchdogState = { kind: 'unknown', why: 'the watchdog of the device was not read yet' };

/** Makes the watchdog; it beats while somebody has joined and the line is open. */
export function createWatchdog({ line, unit, spec, clock }: Options): Watchdog {
  const listeners = new Set<(state: WatchdogState) => void>();
  let state = unread;
  let number = 0;
  let life = 0;
  let cancel = () => {};

  function tell(next: WatchdogState): void {
    if (next.kind === state.kind && (next.kind === 'armed' || next.why === (state as { why: string }).why)) return;
    state = next;
    for (const told of [...listeners]) told(state);
  }

  /** One heartbeat, then one look; the next pair follows `everyMs` after this one began. */
  function beat(mine: number): void {
    if (mine !== life) return;
    number = (number + 1) & 0xffff;
    cancel = clock.after(spec.everyMs, () => beat(mine));
    const heartbeat = { unit, table: 'holding' as const, address: spec.holding, value: number };
    line.push({
      request: heartbeat,
      rank: 'heartbeat',
      leaveByMs: clock.monotonicMs() + spec.everyMs,
      heard: (outcome) => {
        if (mine !== life) return;
        if (outcome.kind === 'exception')
          tell({ kind: 'wrong', why: `the device does not take the heartbeat: ${exceptionOf(outcome.code).words}` });
        else if (outcome.kind === 'written') look(mine);
        else if ('why' in outcome) tell({ kind: 'unknown', why: `the heartbeat did not arrive: ${outcome.why}` });
      },
    });
  }

  function look(mine: number): void {
    const request = { unit, ...pointOf(spec.armed), count: 1 };
    line.push({ request, rank: 'heartbeat', heard: (outcome) => mine === life && judge(outcome) });
  }

  function judge(outcome: Outcome): void {
    if (outcome.kind === 'exception') {
      const { words } = exceptionOf(outcome.code);
      tell({ kind: 'wrong', why: `the watchdog of the device cannot be read: ${words}` });
    } else if (outcome.kind === 'values') {
      const level = levelOf(spec.armed, new Map([[keyOf(pointOf(spec.armed)), outcome.values[0]!]]));
      const isArmed = level === (spec.armed.inverted !== true);
      if (isArmed) tell({ kind: 'armed' });
      else
        tell({
          kind: 'wrong',
          why: 'the watchdog of the device is switched off: it would hold on when the agent dies',
        });
    } else if ('why' in outcome) tell({ kind: 'unknown', why: outcome.why });
  }

  const member: Member = {
    opened() {
      life += 1;
      cancel();
      beat(life);
    },
    lost() {
      life += 1;
      cancel();
      tell(unread);
    },
  };

  return {
    state: () => state,
    join(told) {
      listeners.add(told);
      if (listeners.size === 1) line.join(member);
      else told(state);
    },
    leave(told) {
      if (!listeners.delete(told) || listeners.size > 0) return;
      life += 1;
      cancel();
      state = unread;
      line.leave(member);
    },
  };
}
