import type { Clock } from '@tocsin/contracts';
import type { ModbusWrite } from './config.ts';
import type { Line, Outcome } from './line.ts';
import { idleOf, keyOf, pointOf } from './points.ts';

/** Takes back what was written for a moment only, also when the connection or the agent was lost in between. */
export type Pulses = {
  /** An order with a pulse waits or is under way: nobody else may take its value back. */
  begin(write: ModbusWrite): void;
  /** It never left. */
  drop(write: ModbusWrite): void;
  /** It was written, or may have been: its end is due. */
  written(write: ModbusWrite): void;
  /** The line is open: whatever still stands from before is taken back. */
  settle(): void;
  /** Resolves when every pulse has ended. */
  end(): Promise<void>;
};

type Options = {
  line: Line;
  unit: number;
  clock: Clock;
  writes: readonly ModbusWrite[];
  /** A pulse could not be taken back. */
  stuck(why: string): void;
};

type Pulse = { write: ModbusWrite; orders: number; isOn: boolean; cancel(): void };

/** A pulse whose end the device turned away is tried again after this time. */
const againMs = 500;

/** Watches over the pulsed addresses of one actuator. */
export function createPulses({ line, unit, clock, writes, stuck }: Options): Pulses {
  const pulses = new Map<string, Pulse>();
  const waiters = new Set<() => void>();
  for (const write of writes)
    if (write.pulseMs !== undefined) pulses.set(keyOf(pointOf(write)), { write, orders: 0, isOn: false, cancel() {} });

  const of = (write: ModbusWrite) => (write.pulseMs === undefined ? undefined : pulses.get(keyOf(pointOf(write))));

  function takeBack(pulse: Pulse): void {
    pulse.cancel();
    const request = { unit, ...pointOf(pulse.write), value: idleOf(pulse.write)! };
    // Without a connection `settle` takes it back later.
    line.push({ request, rank: 'order', heard: (outcome) => tookBack(pulse, outcome) });
  }

  function tookBack(pulse: Pulse, outcome: Outcome): void {
    if (outcome.kind === 'written') {
      if (pulse.orders > 0) return;
      pulse.isOn = false;
      if (![...pulses.values()].some(({ isOn }) => isOn)) for (const done of waiters) done();
    } else if (outcome.kind === 'exception') {
      stuck(`the pulse on ${keyOf(pointOf(pulse.write))} could not be ended`);
      pulse.cancel = clock.after(againMs, () => takeBack(pulse));
    }
  }

  return {
    begin(write) {
      const pulse = of(write);
      if (pulse === undefined) return;
      pulse.orders += 1;
      pulse.cancel();
    },
    drop(write) {
      const pulse = of(write);
      if (pulse === undefined) return;
      pulse.orders -= 1;
      if (pulse.isOn && pulse.orders === 0) takeBack(pulse);
    },
    written(write) {
      const pulse = of(write);
      if (pulse === undefined) return;
      pulse.orders -= 1;
      pulse.isOn = true;
      pulse.cancel();
      pulse.cancel = clock.after(write.pulseMs!, () => takeBack(pulse));
    },
    settle() {
      for (const pulse of pulses.values()) {
        if (pulse.isOn) {
          takeBack(pulse);
          continue;
        }
        const point = pointOf(pulse.write);
        const heard = (outcome: Outcome) => {
          // It stands from an agent that died in the middle, and a coil that stays energised burns.
          const stands = outcome.kind === 'values' && outcome.values[0] === Number(pulse.write.value);
          if (!stands || pulse.orders > 0 || pulse.isOn) return;
          pulse.isOn = true;
          takeBack(pulse);
        };
        line.push({ request: { unit, ...point, count: 1 }, rank: 'look', heard });
      }
    },
    async end() {
      if (![...pulses.values()].some(({ isOn }) => isOn)) return;
      await new Promise<void>((done) => waiters.add(done));
    },
  };
}
