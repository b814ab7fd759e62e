import type { DriverHost } from '../types.ts';
import { type Keeper, type Loss, startKeeper } from './keeper.ts';
import { type Line, setArguments, type Version } from './tools.ts';

/** A line that was driven for this long is driven; gpioset is refused its line within a few milliseconds. */
const steadyMs = 300;
/** Full jitter below a bound that doubles from the first to the longest. */
const retryMsFirst = 1_000;
const retryMsMax = 30_000;

export type HolderOptions = {
  host: Pick<DriverHost, 'clock' | 'random' | 'logger'>;
  /** While the line is active this process renews its lease by itself; undefined where only orders renew it. */
  keepsAlive: number | undefined;
  /** Why the line is not driven, or undefined. */
  state(why: string | undefined): void;
  /** The order did nothing. */
  failed(commandId: string, why: string): void;
};

/** What the line should be: active until an instant, or inactive. */
type Wish = { active: boolean; untilMs: number; commandId?: string };

/** Drives one line as it was ordered last, one keeper after another; nothing that was lost is done again unasked, but for inactive. */
export type Holder = {
  start(version: Version, line: Line): void;
  hold(leaseMs: number, commandId: string): void;
  release(commandId?: string): void;
  stop(): Promise<void>;
};

export function createHolder({ host, keepsAlive, state, failed }: HolderOptions): Holder {
  const { clock, random } = host;
  let tools: { args: string[]; line: string } | undefined;
  let keeper: Keeper | undefined;
  let wish: Wish | undefined;
  let changing: Promise<void> | undefined;
  let isStopped = false;
  let tries = 0;
  let cancelSteady = () => {};
  let cancelRetry = () => {};
  let cancelAlive = () => {};

  /** Brings a new keeper when the present one cannot do what is wished; what was wished meanwhile is looked at again. */
  function change(): void {
    cancelRetry();
    changing ??= exchange().finally(() => (changing = undefined));
  }

  async function exchange(): Promise<void> {
    while (wish !== undefined && !isDone(wish)) {
      const old = keeper;
      keeper = undefined;
      await old?.end();
      if (!isStopped) begin();
    }
  }

  function isDone({ active }: Wish): boolean {
    return isStopped || (keeper !== undefined && keeper.isActive() === active);
  }

  function begin(): void {
    const mine = wish!;
    const leftMs = mine.active ? mine.untilMs - clock.monotonicMs() : 0;
    if (mine.active && leftMs <= 0) {
      if (mine.commandId !== undefined) failed(mine.commandId, 'its lease was over before the line was free');
      wish = { active: false, untilMs: 0 };
      return;
    }
    const started = startKeeper({
      clock,
      ...tools!,
      leaseMs: leftMs,
      lost: (loss) => {
        if (started === keeper) lost(mine, loss);
      },
    });
    keeper = started;
    cancelSteady();
    cancelSteady = clock.after(steadyMs, () => {
      tries = 0;
      state(undefined);
    });
  }

  function lost({ commandId }: Wish, { why, moved }: Loss): void {
    keeper = undefined;
    cancelSteady();
    cancelAlive();
    state(why);
    if (commandId !== undefined && !moved) failed(commandId, why);
    // An act is not repeated unasked; the line is claimed again as inactive, for it must not float.
    wish = { active: false, untilMs: 0 };
    retry();
  }

  function retry(): void {
    const boundMs = Math.min(retryMsMax, retryMsFirst * 2 ** Math.min(tries, 10));
    tries += 1;
    cancelRetry = clock.after(random() * boundMs, change);
  }

  /** Says that this process lives, as long as it does. */
  function stayAlive(leaseMs: number): void {
    cancelAlive();
    cancelAlive = clock.after(leaseMs / 3, () => {
      if (wish?.active !== true) return;
      wish.untilMs = clock.monotonicMs() + leaseMs;
      if (keeper?.isActive() === true) keeper.renew(leaseMs);
      stayAlive(leaseMs);
    });
  }

  return {
    start(version, line) {
      tools = { args: setArguments(version, line), line: String(line.line) };
    },
    hold(leaseMs, commandId) {
      wish = { active: true, untilMs: clock.monotonicMs() + leaseMs, commandId };
      if (keeper?.isActive() === true && changing === undefined) keeper.renew(leaseMs);
      else change();
      if (keepsAlive !== undefined) stayAlive(keepsAlive);
    },
    release(commandId) {
      cancelAlive();
      wish = { active: false, untilMs: 0, ...(commandId === undefined ? {} : { commandId }) };
      if (keeper?.isActive() === true && changing === undefined) keeper.release();
      else change();
    },
    async stop() {
      isStopped = true;
      for (const cancel of [cancelSteady, cancelRetry, cancelAlive]) cancel();
      await changing;
      await keeper?.end();
    },
  };
}
