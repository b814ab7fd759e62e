/**
 * The rain of the last 30 days as a running total at the end of every hour, so that the sum of any stretch is a difference of
 * two numbers, at any reporting interval. Hours are counted from the first reading, never from the calendar, so that shifting
 * all times shifts nothing else. Within an hour, and within a reading longer than one, rain is taken to fall evenly.
 */
export type Depths = {
  /** End of the newest closed hour. */
  endMs: number;
  /** Running totals in mm at the ends of closed hours: a ring, by days so that closing an hour copies little; newest at `head`. */
  totals: readonly (readonly number[])[];
  head: number;
  /** Running total and time of the newest reading. */
  totalMm: number;
  atMs: number;
};

const hourMs = 3_600_000;
/** Thirty days, and the day that the oldest begins in. */
const daysKept = 31;
const hoursKept = daysKept * 24;

function at(totals: Depths['totals'], index: number): number {
  return totals[Math.floor(index / 24)]![index % 24]!;
}

/** Exact to a billionth of a millimetre, so that sums of dry days are exactly 0. */
export function tidy(mm: number): number {
  return Math.round(mm * 1e9) / 1e9;
}

/** Nothing measured yet; the first hour ends at `atMs`. */
export function noDepths(atMs: number): Depths {
  return { endMs: atMs, totals: new Array(daysKept).fill(new Array<number>(24).fill(0)), head: 0, totalMm: 0, atMs };
}

/** Adds rain that fell evenly from `fromMs` to `toMs`, which must not be before the newest reading. */
export function addDepth(depths: Depths, depthMm: number, fromMs: number, toMs: number): Depths {
  const totalMm = tidy(depths.totalMm + depthMm);
  const closing = Math.floor((toMs - depths.endMs) / hourMs);
  if (closing <= 0) return { ...depths, totalMm, atMs: toMs };
  const totals = depths.totals.slice();
  const endMs = depths.endMs + closing * hourMs;
  let { head } = depths;
  const newest = Math.min(closing, hoursKept) - 1;
  let copied: number[] = [];
  for (let back = newest; back >= 0; back -= 1) {
    const share = Math.min(1, Math.max(0, (endMs - back * hourMs - fromMs) / (toMs - fromMs)));
    head = (head + 1) % hoursKept;
    const day = Math.floor(head / 24);
    if (head % 24 === 0 || back === newest) copied = totals[day]!.slice();
    copied[head % 24] = tidy(depths.totalMm + depthMm * share);
    totals[day] = copied;
  }
  return { endMs, totals, head, totalMm, atMs: toMs };
}

/** The running total so many hours before the end of the newest closed hour. */
function totalBack({ totals, head }: Depths, hours: number): number {
  const whole = Math.min(hoursKept - 2, Math.floor(hours));
  const newer = at(totals, (head - whole + hoursKept) % hoursKept);
  const part = hours - whole;
  if (part <= 0) return newer;
  return newer - part * (newer - at(totals, (head - whole - 1 + hoursKept) % hoursKept));
}

/** Rain of the last so many hours (1 to 720), in mm. */
export function sumOf(depths: Depths, hours: number): number {
  return tidy(depths.totalMm - totalBack(depths, hours - (depths.atMs - depths.endMs) / hourMs));
}
