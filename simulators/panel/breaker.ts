/**
 * One way of a panel as a pure machine: a spring-operated circuit-breaker with a shunt trip or an undervoltage release, or a plain
 * contactor. Trip goes before close, a close coil must drop before it closes again (anti-pumping), and a trip may latch (IEC 60947-2
 * calls these trip-free operation, anti-pumping and lock-out after a trip; times are usual catalogue values).
 */
export type BreakerStory = {
  /** `shunt`: a trip coil opens it. `undervoltage`: the same coil holds it, and losing it opens. `contactor`: closed while held. */
  kind: 'shunt' | 'undervoltage' | 'contactor';
  /** Travel times of the main contacts. */
  openMs?: number;
  closeMs?: number;
  /** Time to charge the closing spring anew. */
  springMs?: number;
  /** A trip locks it out until somebody resets it. */
  latches?: boolean;
};

export type BreakerPlace = 'closed' | 'opening' | 'open' | 'closing';
export type BreakerMove = { atMs: number; to: 'open' | 'closed'; by: 'coil' | 'hand' };

export type Breaker = {
  place: BreakerPlace;
  /** When the contacts began or will end their travel. */
  sinceMs: number;
  arrivesAtMs: number;
  /** First coil: trips a shunt, holds an undervoltage release or a contactor. */
  coil: boolean;
  close: boolean;
  /** The close coil was used and has not dropped since. */
  used: boolean;
  springAtMs: number;
  latched: boolean;
  /** Control voltage; without it no coil pulls. */
  power: boolean;
  /** The mechanism is jammed and stays where it is. */
  jammed: boolean;
};

export type BreakerEvent =
  | { kind: 'coil' | 'close' | 'power' | 'jam'; on: boolean; atMs: number }
  | { kind: 'hand'; to: 'open' | 'closed'; atMs: number }
  | { kind: 'reset' | 'time'; atMs: number };

const usual = { openMs: 40, closeMs: 70, springMs: 3_000, latches: false };

/** A breaker that is closed and charged, as after commissioning; a contactor is open. */
export function breakerAtRest({ kind }: BreakerStory): Breaker {
  return {
    place: kind === 'contactor' ? 'open' : 'closed',
    sinceMs: 0,
    arrivesAtMs: 0,
    coil: kind === 'undervoltage',
    close: false,
    used: false,
    springAtMs: 0,
    latched: false,
    power: true,
    jammed: false,
  };
}

/** What happens next: answers the new state and the moves of the main contacts that began. */
export function stepBreaker(
  before: Breaker,
  story: BreakerStory,
  event: BreakerEvent,
): { state: Breaker; moves: BreakerMove[] } {
  const { springMs } = { ...usual, ...story };
  const { atMs } = event;
  let state = arrive(before, atMs);
  const moves: BreakerMove[] = [];
  const go = (to: 'open' | 'closed', by: BreakerMove['by']) => {
    if (state.jammed) return;
    moves.push({ atMs, to, by });
    state = depart(state, story, { to, atMs });
  };
  if (event.kind === 'coil') state = { ...state, coil: event.on };
  else if (event.kind === 'close') state = { ...state, close: event.on, used: event.on && state.used };
  else if (event.kind === 'jam') state = { ...state, jammed: event.on };
  else if (event.kind === 'reset') state = { ...state, latched: false };
  else if (event.kind === 'power') {
    const springAtMs = event.on && state.springAtMs > atMs ? atMs + springMs : state.springAtMs;
    state = { ...state, power: event.on, springAtMs };
  } else if (event.kind === 'hand') {
    const barred = event.to === 'closed' && (tripped(state, story) || state.latched || atMs < state.springAtMs);
    if (placeOf(state) !== event.to && !barred) go(event.to, 'hand');
  }
  if (tripped(state, story) && placeOf(state) === 'closed') go('open', 'coil');
  else if (closes(state, story, atMs) && placeOf(state) === 'open') go('closed', 'coil');
  return { state, moves };
}

/** Where the main contacts are or go to. */
function placeOf({ place }: Breaker): 'open' | 'closed' {
  return place === 'open' || place === 'opening' ? 'open' : 'closed';
}

function arrive(state: Breaker, atMs: number): Breaker {
  if (atMs < state.arrivesAtMs) return state;
  if (state.place === 'opening') return { ...state, place: 'open' };
  return state.place === 'closing' ? { ...state, place: 'closed' } : state;
}

function depart(state: Breaker, story: BreakerStory, { to, atMs }: { to: 'open' | 'closed'; atMs: number }): Breaker {
  const { openMs, closeMs, springMs, latches } = { ...usual, ...story };
  if (to === 'open')
    return { ...state, place: 'opening', sinceMs: atMs, arrivesAtMs: atMs + openMs, latched: latches || state.latched };
  const springAtMs = story.kind === 'contactor' ? 0 : atMs + closeMs + springMs;
  return { ...state, place: 'closing', sinceMs: atMs, arrivesAtMs: atMs + closeMs, springAtMs, used: true };
}

function tripped({ coil, power }: Breaker, { kind }: BreakerStory): boolean {
  return kind === 'shunt' ? power && coil : !(power && coil);
}

function closes(state: Breaker, story: BreakerStory, atMs: number): boolean {
  if (!state.power || tripped(state, story)) return false;
  if (story.kind === 'contactor') return true;
  return state.close && !state.used && !state.latched && atMs >= state.springAtMs;
}
