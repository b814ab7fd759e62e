import { systemClock } from '@tocsin/contracts';
import { type Asked, type ServedHttp, type ServeHttpOptions, serveHttp } from '../http/serve-http.ts';
import { orderSiren, passSiren, reportSiren, type SirenFault, sirenAtRest } from './siren.ts';

export type ServedSiren = Omit<ServedHttp, 'vanish'> & {
  /** What it really does. */
  sounds(): boolean;
  /** Times at which it began to sound, or fell silent, oldest first. */
  moves: readonly { on: boolean; atMs: number }[];
  setFault(fault: SirenFault): void;
  /** It does what it is asked so much later. */
  lag(ms: number): void;
  /** It falls silent, forgets everything and is away for so long. */
  reboot(awayMs: number): void;
};

type Options = Pick<ServeHttpOptions, 'port' | 'clock' | 'login'>;

/** How often it looks at itself. */
const tickMs = 10;
const movesMax = 1_000;

/**
 * Serves a siren on loopback. `POST /api/output` takes `{"on":true,"seconds":10}` as JSON or form, `GET /relay/0?turn=on&timer=10` the same
 * in the way of small relays, and `GET /api/output` answers `{"output":"on","left":7}`.
 */
export async function serveSiren(options: Options = {}): Promise<ServedSiren> {
  const { clock = systemClock } = options;
  let state = sirenAtRest;
  let fault: SirenFault = 'none';
  let lagMs = 0;
  let stopTick = () => {};
  const moves: { on: boolean; atMs: number }[] = [];

  function become(next: typeof state): void {
    if (next.sounds !== state.sounds) moves.push({ on: next.sounds, atMs: clock.monotonicMs() });
    if (moves.length > movesMax) moves.shift();
    state = next;
  }
  function tick(): void {
    become(passSiren(state, clock.monotonicMs(), fault));
    stopTick = clock.after(tickMs, tick);
  }

  const isOrder = ({ method, path }: Asked) => method === 'POST' || path === '/relay/0';
  const served = await serveHttp({
    ...options,
    isOrder,
    answer(asked) {
      const atMs = clock.monotonicMs();
      if (asked.path !== '/api/output' && asked.path !== '/relay/0') return undefined;
      if (isOrder(asked)) {
        const order = orderOf(asked);
        if (order === undefined) return { status: 400, body: { error: 'what?' } };
        become(orderSiren(state, { ...order, lagMs, atMs }, fault));
        return { status: 200, body: { ok: true } };
      }
      become(passSiren(state, atMs, fault));
      return { status: 200, body: reportSiren(state, atMs, fault) };
    },
  });
  tick();
  const { vanish, ...rest } = served;
  return {
    ...rest,
    moves,
    sounds: () => passSiren(state, clock.monotonicMs(), fault).sounds,
    setFault(next) {
      fault = next;
      become(passSiren(state, clock.monotonicMs(), fault));
    },
    lag(ms) {
      lagMs = ms;
    },
    reboot(awayMs) {
      become(sirenAtRest);
      vanish(awayMs);
    },
    async stop() {
      stopTick();
      await served.stop();
    },
  };
}

/** Reads an order in any of its forms; undefined when it is none. */
function orderOf({ path, query, body }: Asked): { on: boolean; lengthMs: number } | undefined {
  if (path === '/relay/0') return orderFrom({ on: query.get('turn'), seconds: query.get('timer') ?? '0' });
  try {
    return orderFrom(JSON.parse(body));
  } catch {
    return orderFrom(Object.fromEntries(new URLSearchParams(body)));
  }
}

function orderFrom(given: unknown): { on: boolean; lengthMs: number } | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { on, seconds = 0 } = given as { on?: unknown; seconds?: unknown };
  const lengthMs = Number(seconds) * 1000;
  const isOn = on === true || on === 'true' || on === 'on';
  const isOff = on === false || on === 'false' || on === 'off';
  return (isOn || isOff) && lengthMs >= 0 ? { on: isOn, lengthMs } : undefined;
}
