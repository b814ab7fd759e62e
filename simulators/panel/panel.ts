import {
  type Breaker,
  type BreakerEvent,
  type BreakerMove,
  type BreakerStory,
  breakerAtRest,
  stepBreaker,
} from './breaker.ts';

/** Where the addresses of way `w` begin: coils and discrete inputs at 10 w, registers at 200 + w. */
export const wayStride = 10;
/** Coil of the lamp test. */
export const lampTestCoil = 50_000;
/** Holding registers of the watchdog: any write is a heartbeat; its time in tenths of a second, 0 switches it off. */
export const heartbeatRegister = 100;
export const watchdogTimeRegister = 101;
/** Discrete inputs of the watchdog: it is armed; it has run out. */
export const armedInput = 50_000;
export const expiredInput = 50_001;
/** First command register (1 trips, 2 closes) and first status register (bits: open, closed, spring charged, latched). */
export const commandRegisters = 200;

/** How the feedback contacts of a way go wrong. */
export type FeedbackFault =
  | { kind: 'stick' }
  | { kind: 'lie' }
  | { kind: 'lag'; byMs: number }
  | { kind: 'bounce'; everyMs: number }
  | { kind: 'both' | 'neither' };

export type PanelStory = {
  ways: BreakerStory[];
  /** What the panel does when its watchdog runs out: drops the first coil of every way, or nothing. */
  onSilence?: 'release' | 'keep';
  watchdogMs?: number;
};

export type Table = 'coil' | 'input' | 'holding' | 'inputRegister';
export type PanelMove = BreakerMove & { way: number };
type Contacts = { open: boolean; closed: boolean };
type Way = {
  story: BreakerStory;
  breaker: Breaker;
  /** Contacts as they really were, newest last, for those that lag. */
  past: (Contacts & { atMs: number })[];
  fault?: FeedbackFault & { atMs: number; held: Contacts };
};

const pastMax = 32;
/** Longest history of moves that is kept. */
const movesMax = 10_000;
/** A command register energises its coil for this long. */
const commandPulseMs = 200;

export type Panel = {
  /** Undefined when there is no such address. */
  read(table: Table, address: number, atMs: number): number | undefined;
  /** Answers whether the panel took it; `address` and `value` are what was wrong. */
  write(
    table: 'coil' | 'holding',
    address: number,
    what: { value: number; atMs: number },
  ): 'taken' | 'address' | 'value';
  /** Somebody at the panel: moves a breaker by hand, resets a latch, takes the control voltage away, jams the mechanism. */
  touch(way: number, event: BreakerEvent): void;
  feedback(way: number, fault: FeedbackFault | undefined, atMs: number): void;
  /** Every move of main contacts that began up to this instant, oldest first. */
  moves(atMs: number): readonly PanelMove[];
  place(way: number, atMs: number): Breaker['place'];
};

/** A breaker panel without wires: addresses in, contacts out. It has no clock; every call says what time it is, in milliseconds. */
export function createPanel(story: PanelStory): Panel {
  const ways = story.ways.map((way): Way => ({ story: way, breaker: breakerAtRest(way), past: [] }));
  const moves: PanelMove[] = [];
  const due: { atMs: number; run: () => void }[] = [];
  let lampTest = false;
  let heartbeat = 0;
  let beatAtMs = 0;
  let watchdogMs = story.watchdogMs ?? 0;
  let expired = false;

  function step(way: number, event: BreakerEvent): void {
    const one = ways[way]!;
    const stepped = stepBreaker(one.breaker, one.story, event);
    one.breaker = stepped.state;
    for (const move of stepped.moves) moves.push({ ...move, way });
    if (moves.length > movesMax) moves.splice(0, moves.length - movesMax);
    const real = contactsOf(one.breaker);
    const last = one.past.at(-1);
    if (last?.open === real.open && last.closed === real.closed) return;
    one.past.push({ ...real, atMs: event.atMs });
    if (one.past.length > pastMax) one.past.shift();
  }

  /** Lets what was due happen at its own instant, in order. */
  function pass(atMs: number): void {
    if (watchdogMs > 0 && !expired && atMs >= beatAtMs + watchdogMs) {
      expired = true;
      const ranOutAtMs = beatAtMs + watchdogMs;
      const release = () => {
        for (const way of ways.keys()) step(way, { kind: 'coil', on: false, atMs: ranOutAtMs });
      };
      if (story.onSilence === 'release') due.push({ atMs: ranOutAtMs, run: release });
    }
    due.sort((a, b) => a.atMs - b.atMs);
    while (due.length > 0 && due[0]!.atMs <= atMs) due.shift()!.run();
    ways.forEach(({ breaker }, way) => {
      if (breaker.arrivesAtMs <= atMs)
        step(way, { kind: 'time', atMs: Math.max(breaker.arrivesAtMs, breaker.sinceMs) });
      step(way, { kind: 'time', atMs });
    });
  }

  function bits(way: number, atMs: number): boolean[] {
    const { breaker } = ways[way]!;
    const { open, closed } = seen(ways[way]!, atMs);
    const charged = breaker.power && atMs >= breaker.springAtMs;
    return [open, closed, charged, breaker.latched, lampTest || (breaker.power && open)];
  }

  function coilOf(address: number): { way: number; part: number } | undefined {
    const way = Math.floor(address / wayStride);
    const part = address % wayStride;
    return way < ways.length && part < 5 ? { way, part } : undefined;
  }

  function command(way: number, value: number, atMs: number): void {
    const kind = value === 1 ? 'coil' : 'close';
    step(way, { kind, on: true, atMs });
    const endsAtMs = atMs + commandPulseMs;
    due.push({ atMs: endsAtMs, run: () => step(way, { kind, on: false, atMs: endsAtMs }) });
  }

  return {
    read(table, address, atMs) {
      pass(atMs);
      if (table === 'holding') {
        if (address === heartbeatRegister) return heartbeat;
        if (address === watchdogTimeRegister) return Math.round(watchdogMs / 100);
        return address >= commandRegisters && address < commandRegisters + ways.length ? 0 : undefined;
      }
      if (table === 'inputRegister') {
        const way = address - commandRegisters;
        if (way < 0 || way >= ways.length) return undefined;
        return bits(way, atMs).reduce((word, bit, i) => word | (Number(bit) << i), 0);
      }
      if (table === 'coil' && address === lampTestCoil) return Number(lampTest);
      if (table === 'input' && address === armedInput) return Number(watchdogMs > 0);
      if (table === 'input' && address === expiredInput) return Number(expired);
      const at = coilOf(address);
      if (at === undefined) return undefined;
      const { coil, close } = ways[at.way]!.breaker;
      if (table === 'coil') return at.part > 2 ? undefined : Number([coil, close, false][at.part]);
      return Number(bits(at.way, atMs)[at.part]);
    },
    write(table, address, { value, atMs }) {
      pass(atMs);
      if (table === 'holding') {
        if (address === heartbeatRegister) {
          heartbeat = value;
          beatAtMs = atMs;
          expired = false;
        } else if (address === watchdogTimeRegister) {
          watchdogMs = value * 100;
          beatAtMs = atMs;
        } else {
          const way = address - commandRegisters;
          if (way < 0 || way >= ways.length) return 'address';
          if (value !== 1 && value !== 2) return 'value';
          command(way, value, atMs);
        }
        return 'taken';
      }
      if (address === lampTestCoil) lampTest = value !== 0;
      else {
        const at = coilOf(address);
        if (at === undefined || at.part > 2) return 'address';
        if (at.part === 2) step(at.way, { kind: 'reset', atMs });
        else step(at.way, { kind: at.part === 0 ? 'coil' : 'close', on: value !== 0, atMs });
      }
      return 'taken';
    },
    touch(way, event) {
      pass(event.atMs);
      step(way, event);
    },
    feedback(way, fault, atMs) {
      pass(atMs);
      const one = ways[way]!;
      if (fault === undefined) delete one.fault;
      else one.fault = { ...fault, atMs, held: contactsOf(one.breaker) };
    },
    moves(atMs) {
      pass(atMs);
      return moves;
    },
    place(way, atMs) {
      pass(atMs);
      return ways[way]!.breaker.place;
    },
  };
}

function contactsOf({ place }: Breaker): Contacts {
  return { open: place === 'open', closed: place === 'closed' };
}

/** What the feedback contacts show, which is not always what the main contacts do. */
function seen({ breaker, past, fault }: Way, atMs: number): Contacts {
  const real = contactsOf(breaker);
  switch (fault?.kind) {
    case 'stick':
      return fault.held;
    case 'lie':
      return { open: !real.open, closed: !real.closed };
    case 'lag':
      return past.findLast((then) => then.atMs <= atMs - fault.byMs) ?? fault.held;
    case 'bounce':
      return Math.floor((atMs - fault.atMs) / fault.everyMs) % 2 === 0
        ? real
        : { open: real.closed, closed: real.open };
    case 'both':
      return { open: true, closed: true };
    case 'neither':
      return { open: false, closed: false };
    default:
      return real;
  }
}
