import type { ControllerState } from './machine.ts';
import { bitOf, type ControllerPlan } from './plan.ts';

export type Vehicle = 'red' | 'yellow' | 'green';
export type Pedestrian = 'dontWalk' | 'walk' | 'clearance';
/** What one phase shows to vehicles and to people. */
export type Head = { phase: number; vehicle: Vehicle; pedestrian: Pedestrian };

/** What every phase shows. */
export function headsOf({ ring }: ControllerPlan, { index, interval }: ControllerState): Head[] {
  return ring.map(({ number, vehicle }, place) => {
    const on = place === index;
    const walking = interval === 'walk' || interval === 'clearance';
    const pedestrian = on && walking ? interval : 'dontWalk';
    const green = on && vehicle !== undefined && (walking || interval === 'green');
    return { phase: number, pedestrian, vehicle: green ? 'green' : on && interval === 'yellow' ? 'yellow' : 'red' };
  });
}

/** The phase status group of NTCIP 1202 as masks over all phases. */
export type Status = {
  reds: number;
  yellows: number;
  greens: number;
  dontWalks: number;
  pedClears: number;
  walks: number;
  vehCalls: number;
  pedCalls: number;
  ons: number;
  nexts: number;
};

/** What the controller reports of itself. */
export function statusOf(plan: ControllerPlan, state: ControllerState): Status {
  const status: Status = {
    reds: 0,
    yellows: 0,
    greens: 0,
    dontWalks: 0,
    pedClears: 0,
    walks: 0,
    vehCalls: 0,
    pedCalls: state.calls,
    ons: bitOf(plan.ring[state.index]!.number),
    nexts: bitOf(plan.ring[(state.index + 1) % plan.ring.length]!.number),
  };
  for (const { phase, vehicle, pedestrian } of headsOf(plan, state)) {
    const bit = bitOf(phase);
    status[`${vehicle}s`] |= bit;
    status[pedestrian === 'walk' ? 'walks' : pedestrian === 'clearance' ? 'pedClears' : 'dontWalks'] |= bit;
  }
  for (const { number, vehicle } of plan.ring) if (vehicle !== undefined) status.vehCalls |= bitOf(number);
  return status;
}
