import type { DeviceConfig } from '../../site/types.ts';
import { gapIntervals, type Stream } from './stream.ts';
import type { Trouble } from './types.ts';

/** The gateway's clock may step back this far (NTP slew) without being news. */
const stepBackMs = 1_000;
/**
 * Ticks come every second or so: more than this between two of them is a clock that was set, or a machine that slept.
 */
const stepForwardMs = 3_600_000;
/** A jump stays a trouble until the clock has run evenly for this long. */
const evenMs = 600_000;

/**
 * Watches the gateway's own clock. When it jumps, silences are counted on from where they stood, so that setting a
 * clock neither declares every device dead nor hides one that is.
 */
export function createGatewayClock(devices: readonly DeviceConfig[], streams: readonly Stream[]) {
  // A replay of daily data ticks rarely; a step that the slowest device would not notice is no jump.
  const forwardMs = devices.reduce((most, { intervalMs }) => Math.max(most, gapIntervals * intervalMs), stepForwardMs);
  let lastMs: number | undefined;
  let lastTickMs: number | undefined;
  let awakeSinceMs = Number.POSITIVE_INFINITY;
  let jumpedAtMs: number | undefined;

  function jump(fromMs: number, toMs: number): Trouble {
    const deltaMs = toMs - fromMs;
    for (const stream of streams) {
      const { state } = stream;
      // What arrived between the jump and its discovery is already on the other side of it.
      if (state.arrivedAtMs >= 0) state.arrivedAtMs = Math.min(toMs, Math.max(0, state.arrivedAtMs + deltaMs));
      stream.dirty = true;
    }
    awakeSinceMs = Math.min(toMs, awakeSinceMs + deltaMs);
    lastTickMs = toMs;
    jumpedAtMs = toMs;
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
    const detail = `The gateway's clock went from ${from} to ${to}.`;
    return { kind: 'clockJump', raised: true, detail, atMs: toMs };
  }

  function observe(atMs: number): Trouble | undefined {
    const beforeMs = lastMs ?? atMs;
    if (awakeSinceMs === Number.POSITIVE_INFINITY) awakeSinceMs = atMs;
    lastMs = atMs;
    if (atMs < beforeMs - stepBackMs) return jump(beforeMs, atMs);
    if (jumpedAtMs === undefined || atMs - jumpedAtMs < evenMs) return undefined;
    jumpedAtMs = undefined;
    return { kind: 'clockJump', raised: false, detail: 'The gateway’s clock runs evenly.', atMs };
  }

  return {
    /** Takes note of an arrival; only a step back shows there. */
    arrival: observe,
    /** Takes note of a tick, where steps in both directions show. */
    tick(atMs: number): Trouble | undefined {
      const beforeMs = lastTickMs ?? atMs;
      lastTickMs = atMs;
      if (atMs - beforeMs <= forwardMs) return observe(atMs);
      lastMs = atMs;
      return jump(beforeMs, atMs);
    },
    /** Since when silence can be anybody's fault but ours: the first event after a start. */
    awakeSinceMs: () => awakeSinceMs,
    /** Forgets the last instants, because time passed while nobody watched. */
    restart(): void {
      lastMs = undefined;
      lastTickMs = undefined;
      awakeSinceMs = Number.POSITIVE_INFINITY;
    },
  };
}
