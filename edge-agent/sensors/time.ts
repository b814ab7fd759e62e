import { excerpt } from './payload.ts';

/** An instant of the device, or why its time cannot be read. Nothing at all is no fault: then the arrival counts. */
export type DeviceInstant = { atMs: number | undefined } | { detail: string };

// RFC 3339 with the zone required: a local time without its zone is ambiguous twice a year and wrong elsewhere.
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)([.,]\d{1,9})?(Z|z|[+-]\d\d:?\d\d)$/;

/** Reads an RFC 3339 date and time; a leap second (…:60) counts as the second after it, as Unix time has it. */
export function parseIsoMs(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, date, hourMinute, second, fraction = '', zone = ''] = match;
  const leap = second === '60';
  const offset = zone.length === 1 ? 'Z' : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const milliseconds = Math.round(Number(`0${fraction.replace(',', '.')}`) * 1000);
  const wholeMs = Date.parse(`${date}T${hourMinute}${leap ? '59' : second}${offset}`);
  return Number.isNaN(wholeMs) ? undefined : wholeMs + (leap ? 1000 : 0) + milliseconds;
}

/** Reads a time as its device writes it. Whether the instant is plausible is judged later, beside the arrival. */
export function readInstant(raw: unknown, unit: 'iso' | 's' | 'ms'): DeviceInstant {
  if (raw === undefined || raw === null) return { atMs: undefined };
  if (unit === 'iso') {
    const atMs = typeof raw === 'string' ? parseIsoMs(raw) : undefined;
    return atMs === undefined ? { detail: `${excerpt(raw)} is not an ISO date and time with its zone.` } : { atMs };
  }
  if (typeof raw !== 'number' || !Number.isFinite(raw))
    return { detail: `${excerpt(raw)} is not a number of ${unit}.` };
  // Rounded, because binary fractions of a second are not whole milliseconds.
  const atMs = Math.round(unit === 's' ? raw * 1000 : raw);
  return Number.isFinite(atMs) ? { atMs } : { detail: `${raw} ${unit} is beyond any calendar.` };
}
