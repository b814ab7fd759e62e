import { type ControllerState, startController, stepController } from './machine.ts';
import { type MonitorState, type Shout, startMonitor, watchController } from './monitor.ts';
import type { ControllerEvent, ControllerPlan } from './plan.ts';

/** A controller under the eyes of its conflict monitor. Time comes in the events. */
export type WatchedController = {
  step(event: ControllerEvent): void;
  state(): ControllerState;
  /** What the monitor shouted; empty when every request was legal and every signal right. */
  shouts(): readonly Shout[];
};

/** Switches a controller and its conflict monitor on. */
export function createController(plan: ControllerPlan, atMs = 0): WatchedController {
  let state = startController(plan, atMs);
  let monitor: MonitorState = startMonitor(plan, state);
  return {
    step(event) {
      const before = state;
      const { state: after, passed } = stepController(plan, before, event);
      monitor = watchController(monitor, plan, { before, passed, event });
      state = after;
    },
    state: () => state,
    shouts: () => monitor.shouts,
  };
}
