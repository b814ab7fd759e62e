/**
 * What a signal controller's high-resolution event log says about one crossing, event by event and without memory.
 * Codes: Indiana Traffic Signal Hi Resolution Data Logger Enumerations (Sturdevant et al. 2012, Purdue, doi:10.4231/K4RN35SH;
 * domain.md §3.5); their parameter is the phase, the detector or the number of the pre-emption.
 */
export type HiresEvent = { atMs: number | undefined; event: number; parameter: number };

/**
 * What a channel can hold of the log; every one is a state. Of one instant they are told in this order, so that whoever hears that
 * people may walk has heard before that the vehicles may not.
 */
export const signals = ['preempt', 'preemptCall', 'vehicle', 'phase', 'button', 'call', 'buttonFault'] as const;
export type SignalName = (typeof signals)[number];

/** The part of the controller that one crossing is about. `button` is a pedestrian detector, `phase` where it is left out. */
export type SignalSource = { phase: number; vehiclePhase?: number; button?: number };

/** A state that begins with any of `codes`, unless one of `endedBy` comes in the same instant: then it was over at once. */
type Meaning = { state: number; codes: readonly number[]; endedBy: readonly number[] };

/**
 * Meanings of the codes, the most permissive first. Events of one instant come in any order (databases sort them by code),
 * so the order in the file says nothing:
 * - `phase`: 1 walk (21), 2 clearance (22), 0 don't walk (23) or dark (24).
 * - `vehicle`: 1 green (1), 2 yellow (8), 3 red clearance (10), 0 red (11, 12). Green end (7) is left out, because a flashing arrow
 *   may go on until 8; yellow end (9) is left out, because red clearance (10) may follow in the same instant.
 * - `preempt`: 1 from the start of entry (105, also 106 track clearance and 107 dwell), 0 from the exit interval on (111).
 * - `preemptCall`: its input, before the delay runs out: 1 on (102), 0 off (104).
 * - `button`: 1 pressed (90), 0 let go (89); a press and its end in one instant are a press.
 * - `call`: 1 registered (45), 0 served by walk (21). `buttonFault`: 1 failed (91), 0 restored (92).
 */
const meanings: Record<SignalName, readonly Meaning[]> = {
  phase: [
    { state: 1, codes: [21], endedBy: [22] },
    { state: 2, codes: [22], endedBy: [23, 24] },
    { state: 0, codes: [23, 24], endedBy: [] },
  ],
  vehicle: [
    { state: 1, codes: [1], endedBy: [8] },
    { state: 2, codes: [8], endedBy: [10, 11, 12] },
    { state: 3, codes: [10], endedBy: [11, 12] },
    { state: 0, codes: [11, 12], endedBy: [] },
  ],
  preempt: [
    { state: 1, codes: [105, 106, 107], endedBy: [] },
    { state: 0, codes: [111], endedBy: [] },
  ],
  preemptCall: [
    { state: 1, codes: [102], endedBy: [104] },
    { state: 0, codes: [104], endedBy: [] },
  ],
  button: [
    { state: 1, codes: [90], endedBy: [] },
    { state: 0, codes: [89], endedBy: [] },
  ],
  call: [
    { state: 1, codes: [45], endedBy: [] },
    { state: 0, codes: [21], endedBy: [] },
  ],
  buttonFault: [
    { state: 1, codes: [91], endedBy: [92] },
    { state: 0, codes: [92], endedBy: [] },
  ],
};

/** Every code that means something to one of the signals. */
export const knownCodes: ReadonlySet<number> = new Set(
  Object.values(meanings).flatMap((list) => list.flatMap(({ codes }) => codes)),
);

/** The parameter that events about a signal of this crossing carry; undefined where every parameter counts, null where none does. */
export function parameterOf(signal: SignalName, source: SignalSource): number | undefined | null {
  if (signal === 'phase' || signal === 'call') return source.phase;
  if (signal === 'vehicle') return source.vehiclePhase ?? null;
  if (signal === 'button' || signal === 'buttonFault') return source.button ?? source.phase;
  // Whichever pre-emption runs, it wins.
  return undefined;
}

/** The code and parameter by which a controller would log this state, or undefined where no event alone says it. */
export function eventOf(signal: SignalName, state: number, source: SignalSource): Omit<HiresEvent, 'atMs'> | undefined {
  const parameter = parameterOf(signal, source);
  // That a call was served shows only in the walk itself.
  if (parameter === null || (signal === 'call' && state === 0)) return undefined;
  const code = meanings[signal].find((meaning) => meaning.state === state)?.codes.at(-1);
  return code === undefined
    ? undefined
    : { event: signal === 'preempt' && state === 1 ? 105 : code, parameter: parameter ?? 1 };
}

/** The state of a signal after the events of one instant, or undefined when they say nothing about it. */
export function stateAfter(
  signal: SignalName,
  events: readonly Omit<HiresEvent, 'atMs'>[],
  source: SignalSource,
): number | undefined {
  const wanted = parameterOf(signal, source);
  if (wanted === null) return undefined;
  const has = (code: number) =>
    events.some(({ event, parameter }) => event === code && (wanted === undefined || parameter === wanted));
  return meanings[signal].find(({ codes, endedBy }) => codes.some(has) && !endedBy.some(has))?.state;
}

/** Events in the order of their times, those of one instant together; events without a time are an instant of their own. */
export function instantsOf(events: readonly HiresEvent[]): HiresEvent[][] {
  const instants = new Map<number | undefined, HiresEvent[]>();
  for (const event of events) {
    const instant = instants.get(event.atMs);
    if (instant === undefined) instants.set(event.atMs, [event]);
    else instant.push(event);
  }
  return [...instants.values()].sort(([a], [b]) => (a!.atMs ?? Infinity) - (b!.atMs ?? Infinity));
}
