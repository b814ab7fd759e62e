import type { Answer } from './line.ts';
import type { Ask, Desk, DeskEffect, DeskOptions, Dialect, Sight, Times, Write } from './types.ts';

/** Between turns while something stands or is awaited. */
const fastMs = 250;
/** An unchanged state is told again after this. */
const tellEveryMs = 5000;
/** Answers that must be missing before the controller is called unreachable. */
const missesMax = 2;
/** A request that stood before this agent began is taken back unless an order claims it within this time. */
const claimMs = 3000;
/** An order to rest is hurried for so many turns without an answer; by then the device's own timer has done it. */
const hurriedMissesMax = 12;

type Entry<A extends Ask> = {
  ask: A;
  /** An order that waits for a reading of its own; `judged` when that allowed it. */
  open?: { commandId: string; sinceMs: number; untilMs: number; judged: boolean };
  wantedUntilMs?: number;
  wantedBy?: string;
  /** Orders to rest that wait until nothing stands. */
  resting: string[];
  /** What the write that is under way asks for, and the order it carries. */
  writing: boolean;
  sending?: string;
  stands: boolean;
  orphanUntilMs?: number;
  seen: boolean;
  told?: { state: string; atMs: number };
};

/**
 * Decides what is asked of one signal controller on behalf of every actuator that shares it (pure; time comes in the calls).
 *
 * A turn is one read and, where something must change, one write that rests on this very read: nobody keeps a mask of his own, and
 * nothing is asked for that the controller's last word does not allow. A request stands only while its lease does.
 */
export function createDesk<A extends Ask>(asks: readonly A[], dialect: Dialect<A>, options: DeskOptions): Desk {
  const entries = asks.map((ask): Entry<A> => ({ ask, resting: [], writing: false, stands: false, seen: false }));
  const entryOf = (actuator: string) => entries.find(({ ask }) => ask.actuator === actuator)!;
  let misses = 0;
  let lastSetMs = Number.NEGATIVE_INFINITY;
  let watchdogMs = 0;
  let unsure = false;
  let closed = false;

  const renewMs = () => Math.max(fastMs, watchdogMs / 3);

  function miss(answer: Extract<Answer, { ok: false }>): DeskEffect[] {
    misses += 1;
    const effects: DeskEffect[] = [];
    for (const entry of entries) {
      const { actuator } = entry.ask;
      if (entry.open !== undefined) {
        effects.push({
          kind: 'failed',
          actuator,
          commandId: entry.open.commandId,
          why: `its status cannot be read: ${answer.why}`,
        });
        delete entry.open;
      }
      const why = `The controller's status cannot be read: ${answer.why}.`;
      // A controller that answers with an error is there, but does not show that it would let go by itself.
      if (answer.sure) effects.push({ kind: 'trouble', actuator, name: 'watchdog', why });
      else if (misses >= missesMax) effects.push({ kind: 'trouble', actuator, name: 'unreachable', why });
    }
    return effects;
  }

  /** True when a renewal arrives before the request can have lapsed, its second try included; any other is asked for anew. */
  const isSecure = ({ stands }: Sight, atMs: number) => stands && atMs + 2 * options.timeoutMs < lastSetMs + watchdogMs;

  /** Settles what this entry wants after a reading; answers what is told. */
  function settle(entry: Entry<A>, sight: Sight, { askedAtMs, atMs }: Times, effects: DeskEffect[]): void {
    const { actuator, leaseMs } = entry.ask;
    const watchdogWhy = watchdogTrouble(watchdogMs, leaseMs);
    effects.push({ kind: 'trouble', actuator, name: 'watchdog', why: watchdogWhy });
    if (!entry.seen && sight.stands) entry.orphanUntilMs = atMs + claimMs;
    entry.seen = true;
    entry.stands = sight.stands;
    const secure = isSecure(sight, atMs);
    const forbidden = watchdogWhy ?? sight.withdraw ?? (secure ? undefined : sight.refusal);
    const open = entry.open !== undefined && entry.open.sinceMs <= askedAtMs ? entry.open : undefined;
    const late =
      open !== undefined && open.untilMs <= atMs ? 'its lease was over before it could be asked for' : undefined;
    const why = forbidden ?? late;
    if (open !== undefined && why !== undefined) {
      effects.push({ kind: 'failed', actuator, commandId: open.commandId, why });
      delete entry.open;
      if (!secure || watchdogWhy !== undefined) drop(entry, effects);
    } else if (open !== undefined) {
      open.judged = true;
      entry.wantedUntilMs = open.untilMs;
      entry.wantedBy = open.commandId;
      delete entry.orphanUntilMs;
    }
    const lost = entry.wantedUntilMs !== undefined && open === undefined && !sight.stands;
    const over = entry.wantedUntilMs !== undefined && entry.wantedUntilMs <= atMs;
    if (lost || over || (entry.wantedUntilMs !== undefined && forbidden !== undefined)) drop(entry, effects);
    tell(entry, sight.state, atMs, effects);
  }

  function drop(entry: Entry<A>, effects: DeskEffect[]): void {
    if (entry.wantedBy !== undefined)
      effects.push({ kind: 'lapsed', actuator: entry.ask.actuator, commandId: entry.wantedBy });
    delete entry.wantedUntilMs;
    delete entry.wantedBy;
  }

  function tell(entry: Entry<A>, state: string, atMs: number, effects: DeskEffect[]): void {
    const { told } = entry;
    if (told !== undefined && told.state === state && atMs - told.atMs < tellEveryMs) return;
    entry.told = { state, atMs };
    effects.push({ kind: 'readBack', actuator: entry.ask.actuator, state });
  }

  function writeOf(atMs: number, raising: boolean): Write | undefined {
    const wanted = new Set<string>();
    let due = atMs >= lastSetMs + renewMs();
    let clearing = false;
    for (const entry of entries) {
      if (entry.wantedUntilMs !== undefined) wanted.add(entry.ask.actuator);
      else if (entry.stands && (entry.orphanUntilMs === undefined || entry.orphanUntilMs <= atMs)) clearing = true;
      if (entry.open?.judged) due = true;
    }
    if (!clearing && !(wanted.size > 0 && due)) return undefined;
    for (const entry of entries) {
      entry.writing = entry.wantedUntilMs !== undefined;
      entry.sending = entry.open?.judged ? entry.open.commandId : undefined;
      if (entry.open?.judged) delete entry.open;
    }
    return { objects: dialect.writes(asks, wanted), once: raising };
  }

  return {
    order({ actuator, commandId, away, leaseMs }, atMs) {
      const entry = entryOf(actuator);
      delete entry.told;
      const effects: DeskEffect[] = [];
      if (entry.open !== undefined)
        effects.push({
          kind: 'failed',
          actuator,
          commandId: entry.open.commandId,
          why: 'a newer order took its place',
        });
      delete entry.open;
      if (away && closed) effects.push({ kind: 'failed', actuator, commandId, why: 'the driver is stopping' });
      else if (away) entry.open = { commandId, sinceMs: atMs, untilMs: atMs + leaseMs, judged: false };
      else {
        drop(entry, []);
        delete entry.orphanUntilMs;
        entry.resting = [...entry.resting, commandId].slice(-8);
      }
      return effects;
    },
    saw(answer, { askedAtMs, atMs }) {
      if (!answer.ok) return { effects: miss(answer) };
      misses = 0;
      unsure = false;
      const effects: DeskEffect[] = [];
      const taken = dialect.take(answer.values, askedAtMs);
      watchdogMs = taken.watchdogMs;
      if (taken.rebooted) lastSetMs = Number.NEGATIVE_INFINITY;
      let raising = false;
      for (const entry of entries) {
        effects.push({ kind: 'trouble', actuator: entry.ask.actuator, name: 'unreachable' });
        const sight = dialect.sight(entry.ask, atMs + options.timeoutMs);
        settle(entry, sight, { askedAtMs, atMs }, effects);
        if (entry.wantedUntilMs !== undefined && !isSecure(sight, atMs)) raising = true;
      }
      const write = writeOf(atMs, raising);
      if (write === undefined) effects.push(...rested(entries));
      return { effects, write };
    },
    wrote(answer, { askedAtMs }) {
      if (answer.ok) lastSetMs = askedAtMs;
      else if (!answer.sure) unsure = true;
      const effects: DeskEffect[] = [];
      for (const entry of entries) {
        const { sending, resting, writing } = entry;
        const { actuator } = entry.ask;
        delete entry.sending;
        delete entry.told;
        if (answer.ok) {
          entry.stands = writing;
          if (sending !== undefined) effects.push({ kind: 'accepted', actuator, commandId: sending });
          effects.push(...rested([entry]));
        } else if (answer.sure) {
          const failed = [...(writing ? [] : resting), ...(sending === undefined ? [] : [sending])];
          for (const commandId of failed) effects.push({ kind: 'failed', actuator, commandId, why: answer.why });
          if (!writing) entry.resting = [];
          else if (sending === entry.wantedBy && !entry.stands) drop(entry, []);
        }
      }
      return effects;
    },
    waitMs(atMs) {
      const hurried = entries.some(({ open, resting }) => open !== undefined || resting.length > 0);
      if (hurried && misses < hurriedMissesMax) return misses === 0 ? 0 : fastMs;
      if (misses > 0) return Math.min(30_000, options.lookMs * 2 ** Math.min(misses, 5));
      const active = entries.some((entry) => entry.wantedUntilMs !== undefined || entry.stands);
      if (unsure || active) return Math.min(fastMs, Math.max(0, lastSetMs + renewMs() - atMs) || fastMs);
      return options.lookMs;
    },
    tellAgain: (actuator) => void delete entryOf(actuator).told,
    close() {
      closed = true;
      for (const entry of entries) {
        drop(entry, []);
        delete entry.open;
        // What stood before this agent and was never claimed is left to the device's own timer.
      }
    },
    holds: () => unsure || entries.some(({ stands, orphanUntilMs }) => stands && orphanUntilMs === undefined),
  };
}

/** Orders to rest that are done, because nothing stands any more. */
function rested(entries: readonly Entry<Ask>[]): DeskEffect[] {
  return entries.flatMap((entry) => {
    if (entry.stands) return [];
    const done = entry.resting.map((commandId) => ({
      kind: 'accepted' as const,
      actuator: entry.ask.actuator,
      commandId,
    }));
    entry.resting = [];
    return done;
  });
}

/** Why a controller's own watchdog is not good enough for a lease, or undefined when it is. */
export function watchdogTrouble(watchdogMs: number, leaseMs: number): string | undefined {
  if (watchdogMs === 0)
    return 'The controller would keep a request for ever when this agent dies: its backup time is 0. Set it to a few seconds.';
  if (watchdogMs > leaseMs)
    return `The controller keeps a request for ${watchdogMs / 1000} s when this agent dies, longer than the lease of ${leaseMs / 1000} s.`;
  return undefined;
}
