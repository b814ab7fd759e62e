import { Fault } from '@tocsin/contracts';

/** How the time of a row is written. `auto` takes ISO instants, local dates and epoch numbers that can be nothing else. */
export const timeForms = ['auto', 'iso', 's', 'ms', 'min', 'h', 'd', 'dmy', 'mdy'] as const;
export type TimeForm = (typeof timeForms)[number];

const formMs: Partial<Record<TimeForm, number>> = { s: 1e3, ms: 1, min: 60e3, h: 3.6e6, d: 86.4e6 };

/** Minutes by which a time zone is ahead of UTC at an instant, by the machine's own zone tables. */
function zoneFormatter(timeZone: string): Intl.DateTimeFormat {
  const parts = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
  } catch (cause) {
    throw new Fault('ARGUMENT_INVALID', `"${timeZone}" is not a time zone.`, {
      remedy: 'Use a name such as Europe/Zurich or UTC.',
      cause,
    });
  }
}

/** Turns local wall time of a zone into an instant; in the hour a zone skips or repeats, the earlier offset counts. */
function localReader(timeZone: string): (utcAsIfLocalMs: number) => number {
  if (timeZone === 'UTC') return (ms) => ms;
  const formatter = zoneFormatter(timeZone);
  const offsetMs = (atMs: number) => {
    const of = Object.fromEntries(formatter.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    return (
      Date.UTC(of.year!, of.month! - 1, of.day!, of.hour!, of.minute!, of.second!) - Math.floor(atMs / 1000) * 1000
    );
  };
  return (wallMs) => {
    const before = wallMs - offsetMs(wallMs - 86_400_000);
    return before + offsetMs(before) === wallMs ? before : wallMs - offsetMs(wallMs - offsetMs(wallMs));
  };
}

const isoInstant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)$/;
const localDate =
  /^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ]+(\d{1,2})(?::|\s)(\d{1,2})(?:(?::|\s)(\d{1,2}(?:\.\d+)?))?)?$/;
const dayFirst = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?)?$/;

function wallMs([y, mo, d, h = '0', mi = '0', s = '0']: readonly (string | undefined)[]): number {
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi)) + Math.round(Number(s) * 1000);
}

/**
 * A reader of time cells. Numbers with a unit count from `startMs`, unless they are too large to be anything but an epoch.
 * Answers undefined for a cell that is no time, so that the row can be refused and counted.
 */
export function timeReader({ form, startMs, timeZone }: { form: TimeForm; startMs: number; timeZone: string }) {
  const local = localReader(timeZone);
  const number = (value: number): number | undefined => {
    const scale = formMs[form];
    if (scale !== undefined) return value * scale > 1e11 ? value * scale : startMs + value * scale;
    return value > 1e11 ? value : value > 1e8 ? value * 1000 : undefined;
  };
  return (cell: string): number | undefined => {
    if (isoInstant.test(cell)) {
      const atMs = Date.parse(cell.replace(' ', 'T'));
      return Number.isNaN(atMs) ? undefined : atMs;
    }
    if (cell !== '' && Number.isFinite(Number(cell))) return number(Number(cell));
    const ymd = localDate.exec(cell);
    if (ymd) return local(wallMs(ymd.slice(1)));
    const parts = dayFirst.exec(cell);
    if (!parts || (form !== 'dmy' && form !== 'mdy')) return undefined;
    const [, a, b, year, ...clock] = parts;
    return local(wallMs(form === 'dmy' ? [year, b, a, ...clock] : [year, a, b, ...clock]));
  };
}

/** Splits `COLUMN[:unit]`; the part after the last colon counts as a form only when it is one. */
export function timeColumn(text: string): { columns: string[]; form: TimeForm } {
  const colon = text.lastIndexOf(':');
  const tail = text.slice(colon + 1) as TimeForm;
  const hasForm = colon > 0 && timeForms.includes(tail);
  const name = hasForm ? text.slice(0, colon) : text;
  // Dates spread over columns (year+month+day+hour+minute) are joined before they are read.
  return { columns: /^#?\d+(\+#?\d+)+$/.test(name) ? name.split('+') : [name], form: hasForm ? tail : 'auto' };
}

/** Reads a length of time such as `250ms`, `1s`, `5min`, `1h` or `1d`, in milliseconds. */
export function durationMs(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$/.exec(text);
  const ms = match ? Number(match[1]) * (formMs[match[2] as TimeForm] ?? Number.NaN) : Number.NaN;
  if (!(ms > 0)) {
    throw new Fault('ARGUMENT_INVALID', `--${option} ${text} is not a length of time.`, {
      remedy: 'Write 250ms, 1s, 5min, 1h or 1d.',
    });
  }
  return ms;
}
