import { bitOf, type ControllerEvent, type ControllerPlan, type PhasePlan, type Register } from './plan.ts';

export type Interval = 'walk' | 'clearance' | 'green' | 'yellow' | 'red';

/** The whole state of a controller; masks have one bit a phase. */
export type ControllerState = {
  atMs: number;
  /** Place in the ring. */
  index: number;
  interval: Interval;
  sinceMs: number;
  /** When the phase began. */
  onSinceMs: number;
  /** Pedestrian calls that wait, from buttons and from requests. */
  calls: number;
  registers: Readonly<Record<Register, number>>;
  lastSetMs: number;
  /** It runs by itself, because nobody has asked for `backupMs`. */
  backup: boolean;
  backupMs: number;
  preemptSinceMs?: number;
  upSinceMs: number;
};

const noRequests = { hold: 0, call: 0, force: 0, phaseOmit: 0, pedOmit: 0, forceOff: 0, vehCall: 0 };

/** A controller that was just switched on: all red for the buffer of its last phase, then round the ring from its first. */
export function startController(plan: ControllerPlan, atMs = 0): ControllerState {
  return {
    atMs,
    index: plan.ring.length - 1,
    interval: 'red',
    sinceMs: atMs,
    onSinceMs: atMs,
    calls: 0,
    registers: noRequests,
    lastSetMs: atMs,
    backup: true,
    backupMs: plan.backupMs,
    upSinceMs: atMs,
  };
}

/**
 * Moves a controller on to an event. `passed` holds every state on the way, at the instant it began, so that a monitor misses none;
 * the last of them is the new state.
 */
export function stepController(
  plan: ControllerPlan,
  before: ControllerState,
  event: ControllerEvent,
): { state: ControllerState; passed: ControllerState[] } {
  const passed: ControllerState[] = [];
  let state = before;
  const reach = (untilMs: number) => {
    for (let dueMs = dueAtMs(plan, state); dueMs <= untilMs; dueMs = dueAtMs(plan, state)) {
      state = transition(plan, state, dueMs);
      passed.push(state);
    }
  };
  reach(event.atMs);
  state = take(plan, { ...state, atMs: Math.max(state.atMs, event.atMs) }, event);
  passed.push(state);
  reach(event.atMs);
  return { state, passed };
}

function take(plan: ControllerPlan, state: ControllerState, event: ControllerEvent): ControllerState {
  switch (event.kind) {
    case 'press':
      return called(plan, state, bitOf(event.phase));
    case 'set': {
      const registers = { ...state.registers, [event.register]: event.mask };
      const asked = { ...state, registers, lastSetMs: state.atMs, backup: false };
      return event.register === 'call' || event.register === 'force' ? called(plan, asked, event.mask) : asked;
    }
    case 'preempt':
      return { ...state, preemptSinceMs: event.on ? (state.preemptSinceMs ?? state.atMs) : undefined };
    case 'backupTime':
      return { ...state, backupMs: event.ms };
    case 'reboot':
      return { ...startController(plan, state.atMs), backupMs: state.backupMs };
    default:
      return state;
  }
}

/** Registers calls of pedestrian phases; one that has its walk is served and needs none. */
function called(plan: ControllerPlan, state: ControllerState, mask: number): ControllerState {
  const serving = state.interval === 'walk' ? bitOf(plan.ring[state.index]!.number) : 0;
  let known = 0;
  for (const { number, pedestrian } of plan.ring) if (pedestrian !== undefined) known |= bitOf(number);
  return { ...state, calls: state.calls | (mask & known & ~serving) };
}

/** When the state changes by itself next; infinity when only an event can change it. */
export function dueAtMs(plan: ControllerPlan, state: ControllerState): number {
  return Math.min(intervalEndMs(plan, state), lapseAtMs(state));
}

function lapseAtMs({ backup, backupMs, lastSetMs, atMs }: ControllerState): number {
  return backup || backupMs === 0 ? Number.POSITIVE_INFINITY : Math.max(atMs, lastSetMs + backupMs);
}

function intervalEndMs(plan: ControllerPlan, state: ControllerState): number {
  const { vehicle, pedestrian, number } = plan.ring[state.index]!;
  const { interval, sinceMs, atMs } = state;
  switch (interval) {
    case 'walk':
      return sinceMs + pedestrian!.walkMs;
    case 'clearance': {
      const plannedMs = sinceMs + pedestrian!.clearanceMs;
      // The controller's own maximum ends what nobody releases.
      if (isHeld(state, number)) return plannedMs + pedestrian!.extensionMaxMs;
      return Math.max(atMs, plannedMs);
    }
    case 'yellow':
      return sinceMs + vehicle!.yellowMs;
    case 'red':
      return sinceMs + (vehicle?.redClearMs ?? pedestrian!.bufferMs);
    default: {
      if (nextIndex(plan, state) === state.index) return Number.POSITIVE_INFINITY;
      return yieldAtMs(plan, state, Math.max(atMs, state.onSinceMs + vehicle!.minGreenMs));
    }
  }
}

/** True while a request holds the clearance of the phase; pre-emption goes before every request. */
export function isHeld({ registers: { hold, force }, preemptSinceMs }: ControllerState, phase: number): boolean {
  return preemptSinceMs === undefined && ((hold | force) & bitOf(phase)) !== 0;
}

function yieldAtMs({ coordination }: ControllerPlan, { index }: ControllerState, earliestMs: number): number {
  if (coordination === undefined || index !== 0) return earliestMs;
  const { cycleMs, yieldMs } = coordination;
  const intoMs = earliestMs % cycleMs;
  return intoMs < yieldMs ? earliestMs : earliestMs - intoMs + cycleMs;
}

/** The next phase somebody wants; vehicles are always wanted (recall), pedestrians when called and nothing pre-empts them. */
function nextIndex({ ring }: ControllerPlan, state: ControllerState): number {
  for (let further = 1; further < ring.length; further += 1) {
    const index = (state.index + further) % ring.length;
    if (ring[index]!.vehicle !== undefined || isCalled(state, ring[index]!)) return index;
  }
  return state.index;
}

function isCalled({ calls, preemptSinceMs }: ControllerState, { number, pedestrian }: PhasePlan): boolean {
  return pedestrian !== undefined && preemptSinceMs === undefined && (calls & bitOf(number)) !== 0;
}

function transition(plan: ControllerPlan, state: ControllerState, atMs: number): ControllerState {
  if (lapseAtMs(state) <= atMs) return { ...state, atMs, backup: true, registers: noRequests };
  const begin = (interval: Interval): ControllerState => ({ ...state, atMs, interval, sinceMs: atMs });
  const { vehicle } = plan.ring[state.index]!;
  switch (state.interval) {
    case 'walk': {
      // A request that still stands asks for the walk after this one.
      const { call, force } = state.registers;
      return called(plan, begin('clearance'), call | force);
    }
    case 'clearance':
      return begin(vehicle === undefined ? 'red' : 'green');
    case 'green':
      return begin('yellow');
    case 'yellow':
      return begin('red');
    default: {
      const index = nextIndex(plan, state);
      const phase = plan.ring[index]!;
      const walks = isCalled(state, phase) || phase.vehicle === undefined;
      const calls = walks ? state.calls & ~bitOf(phase.number) : state.calls;
      return { ...begin(walks ? 'walk' : 'green'), index, calls, onSinceMs: atMs };
    }
  }
}
