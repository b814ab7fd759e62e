import { chance } from '../../simulators/chance/chance.ts';

/** What sensors say at sample `n`: functions without a memory, so that any stretch of a history can be made at once. */
export type Signal = (n: number) => number;

const size = 4096;
const luck = chance('bench/models');
const noise = Float64Array.from({ length: size }, () => luck.gauss());
/** One sigma 1; repeats after 4,096 samples in an order that shifts every time. */
const noiseAt = (n: number, salt: number) => noise[(n * 7919 + salt * 1013 + Math.floor(n / size) * 17) & (size - 1)]!;

/**
 * A slope that creeps at 1 mm per `perMm` samples and, every `episode` samples, accelerates by Voight's law (alpha 2) in the last
 * fifth until it is fifty times as fast, as before a failure; then it rests. Noise is 0.2 mm (wire extensometer, domain.md §1.7).
 */
export function creep({ perMm, episode }: { perMm: number; episode?: number }): Signal {
  if (episode === undefined) return (n) => n / perMm + 0.2 * noiseAt(n, 1);
  const onset = 0.8 * episode;
  const span = (episode - onset) / (1 - 1 / 50);
  const within = (at: number) =>
    at <= onset ? at / perMm : onset / perMm - (span / perMm) * Math.log(1 - (at - onset) / span);
  const whole = within(episode);
  return (n) => Math.floor(n / episode) * whole + within(n % episode) + 0.2 * noiseAt(n, 1);
}

/** Rain depths: a storm of 30 readings every 500, dry otherwise; 0.2 mm a tip. */
export const storms: Signal = (n) => (n % 500 < 30 ? 0.2 * Math.floor(2 + 2 * Math.abs(noiseAt(n, 2))) : 0);

/** A room's air over days of `day` samples, with a fire that adds `rise` over the last tenth of every tenth day. */
export function air({
  base,
  swing,
  sigma,
  rise,
  day,
}: Record<'base' | 'swing' | 'sigma' | 'rise' | 'day', number>): Signal {
  const cycle = 10 * day;
  return (n) => {
    const burning = Math.max(0, (n % cycle) / cycle - 0.99) * 100;
    const value = base + swing * Math.sin((2 * Math.PI * n) / day) + rise * burning ** 2 + sigma * noiseAt(n, 3);
    return Math.round(value * 100) / 100;
  };
}

/** A state that is `low` most of the time and `high` in the last twentieth of every `every` samples. */
export const sometimes =
  (high: number, every: number, low = 0): Signal =>
  (n) =>
    n % every >= 0.95 * every ? high : low;

/** People who walk to and fro over a road of 12 m at 0.6 to 1.5 m/s, seen `fps` times a second with an error of 5 cm. */
export function walkers(people: number, fps: number) {
  return (n: number) =>
    Array.from({ length: people }, (_, who) => {
      const metres = ((0.6 + (0.9 * who) / Math.max(1, people - 1)) * n) / fps + 3 * who;
      const lap = Math.floor(metres / 16);
      const along = (metres % 16) - 2;
      const xM = (lap % 2 === 0 ? along : 12 - along) + 0.05 * noiseAt(n, who);
      // A new lap is a new person, as a tracker would have it.
      return { id: who + people * lap, xM, yM: 0.4 * (who % 8) - 1.5 + 0.05 * noiseAt(n, who + 50) };
    });
}
