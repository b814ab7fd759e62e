import { type ChannelKind, channelKinds } from './config.ts';
import { intervalsUntilMissing, type Rhythm } from './rhythm.ts';

/**
 * Which channels still speak, by the clock of the agent: a channel is heard at the tick after its sample, so that a device
 * whose clock runs behind is not taken for silent. Without ticks the newest sample of any channel is the clock.
 */
export type Presence = {
  /** Newest tick remembered, or -1. */
  tickMs: number;
  /** By channel: newest sample at a tick, and the first tick that knew it. */
  sampleMs: readonly number[];
  heardMs: readonly number[];
};

export const noPresence: Presence = { tickMs: -1, sampleMs: [-1, -1, -1, -1], heardMs: [-1, -1, -1, -1] };

/** Place of a channel in the lists. */
const places: Record<ChannelKind, number> = { temperature: 0, smoke: 1, co: 2, co2: 3 };

type Rhythms = Record<ChannelKind, Rhythm>;

/** Ticks are remembered this often, and missed when farther apart than this: the agent slept, and silence was its own. */
const rememberMs = 10_000;
const sleptMs = 60_000;
/** Jitter of networks and polling that is not silence. */
const graceMs = 5_000;
/** A channel that was never heard is missing after this long: a fault is shown within 200 s (NFPA 72 10.15, domain.md §2.6). */
const firstWordMs = 190_000;

/** The presence at a tick; the same object when there is nothing to remember. */
export function tickPresence(before: Presence, channels: Rhythms, atMs: number): Presence {
  const { tickMs, sampleMs, heardMs } = before;
  const slept = tickMs < 0 || atMs - tickMs > sleptMs;
  const known = channelKinds.every((kind, i) => sampleMs[i] === channels[kind].atMs);
  if (!slept && known && atMs - tickMs < rememberMs) return before;
  return {
    tickMs: atMs,
    sampleMs: channelKinds.map((kind) => channels[kind].atMs),
    heardMs: channelKinds.map((kind, i) => (slept || sampleMs[i] !== channels[kind].atMs ? atMs : heardMs[i]!)),
  };
}

/** For how long a channel that should be there has been silent, or 0 while that is nothing unusual. */
export function silenceMs(
  { tickMs, sampleMs, heardMs }: Presence,
  kind: ChannelKind,
  rhythm: Rhythm,
  { startedAtMs, nowMs }: { startedAtMs: number; nowMs: number },
): number {
  const { atMs, intervalMs } = rhythm;
  if (tickMs >= 0 && sampleMs[places[kind]] !== atMs) return 0;
  const sinceMs = tickMs >= 0 ? heardMs[places[kind]]! : atMs >= 0 ? atMs : startedAtMs;
  const allowedMs =
    atMs < 0 ? firstWordMs : intervalMs === 0 ? firstWordMs : intervalsUntilMissing * intervalMs + graceMs;
  const silentMs = nowMs - sinceMs;
  return silentMs > allowedMs ? silentMs : 0;
}
