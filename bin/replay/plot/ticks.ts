const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const steps = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((s) => s * second),
  ...[1, 2, 5, 10, 15, 30].map((min) => min * minute),
  ...[1, 2, 3, 6, 12].map((h) => h * hour),
  ...[1, 2, 7, 14].map((d) => d * day),
];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export type Tick = { at: number; text: string };
export type TimeAxis = { ticks: Tick[]; title: string };

const two = (value: number) => String(value).padStart(2, '0');

function clockText(at: Date, stepMs: number): string {
  const { date, month } = { date: at.getUTCDate(), month: months[at.getUTCMonth()]! };
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  if (stepMs >= day) return `${date} ${month}`;
  if (at.getTime() % day === 0) return `${date} ${month}`;
  if (stepMs >= minute) return time;
  const s = at.getUTCSeconds() + at.getUTCMilliseconds() / 1000;
  return `${time}:${stepMs < second ? s.toFixed(1).padStart(4, '0') : two(s)}`;
}

function monthTicks(fromMs: number, toMs: number, most: number): Tick[] {
  const spanMonths = (toMs - fromMs) / (30.44 * day);
  const step = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200].find((size) => spanMonths / size <= most) ?? 12_000;
  const ticks: Tick[] = [];
  const first = new Date(fromMs);
  let index = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step;
  for (; ; index += step) {
    const at = Date.UTC(Math.floor(index / 12), index % 12);
    if (!(at <= toMs)) return ticks;
    const year = Math.floor(index / 12);
    if (at >= fromMs) ticks.push({ at, text: step >= 12 ? String(year) : `${months[index % 12]} ${year}` });
  }
}

/** Ticks in UTC: times of day, dates or months, whichever fit. */
export function utcAxis(fromMs: number, toMs: number, most: number): TimeAxis {
  const stepMs = steps.find((size) => (toMs - fromMs) / size <= most);
  const years = new Set([fromMs, toMs].map((ms) => new Date(ms).getUTCFullYear()));
  const title = `UTC, ${[...years].join('–')}`;
  if (stepMs === undefined) return { ticks: monthTicks(fromMs, toMs, most), title: 'UTC' };
  const ticks: Tick[] = [];
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs)
    ticks.push({ at, text: clockText(new Date(at), stepMs) });
  return { ticks, title };
}

/** Ticks as time since `originMs`, in the unit that suits the length. */
export function elapsedAxis(
  fromMs: number,
  toMs: number,
  { originMs, most }: { originMs: number; most: number },
): TimeAxis {
  const spanMs = toMs - fromMs;
  const [unitMs, unit] =
    spanMs <= 20 * minute
      ? [second, 's']
      : spanMs <= 6 * hour
        ? [minute, 'min']
        : spanMs <= 10 * day
          ? [hour, 'h']
          : [day, 'd'];
  const { ticks } = valueAxis((fromMs - originMs) / unitMs, (toMs - originMs) / unitMs, most);
  return { ticks: ticks.map(({ at, text }) => ({ at: originMs + at * unitMs, text })), title: `Time in ${unit}` };
}

/** Round values between `low` and `high`, at most about `most` of them, and the range they span. */
export function valueAxis(low: number, high: number, most: number): { ticks: Tick[]; stepSize: number } {
  const rough = Math.max((high - low) / most, Number.MIN_VALUE * 1e20);
  const power = 10 ** Math.floor(Math.log10(rough));
  const stepSize = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * (1 - 1e-9))!;
  const ticks: Tick[] = [];
  const digits = Math.min(20, Math.max(0, Math.ceil(-Math.log10(stepSize) + (stepSize / power === 2.5 ? 1 : 0))));
  const far = Math.max(Math.abs(low), Math.abs(high)) >= 1e7;
  for (let n = Math.ceil(low / stepSize - 1e-9); n * stepSize <= high + stepSize * 1e-9; n += 1) {
    const at = n * stepSize;
    ticks.push({ at, text: far ? at.toExponential(1) : at.toFixed(digits) });
    if (ticks.length > 4 * most) break;
  }
  return { ticks, stepSize };
}
