import type { FaultCode } from '@tocsin/contracts';
import type { DeviceConfig } from '../../site/types.ts';
import { excerpt, parsePayload, payloadBytesMax } from '../payload.ts';
import { readInstant } from '../time.ts';
import type { Decoded, SensorFormat } from '../types.ts';
import { HiresLogDevice } from './config.ts';
import { eventOf, type HiresEvent, instantsOf, signals, stateAfter } from './events.ts';

/** Most events of one message; a controller logs some ten a second at its busiest. */
export const eventsMax = 1_000;

type Refusal = { code: FaultCode; detail: string };
type Raw = { time: unknown; device: unknown; event: unknown; parameter: unknown };

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Event codes and parameters are one byte; newer logs use two. */
const isCode = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;

/** CSV lines `time,device,event,parameter`; a header is passed over. */
function fromLines(payload: Uint8Array): { raws: Raw[] } | Refusal {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return { code: 'PAYLOAD_MALFORMED', detail: 'The lines are not UTF-8.' };
  }
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const cells = rows.map((line) => line.split(',').map((cell) => cell.trim()));
  const isHeader = cells[0]?.length === 4 && !/^\d/.test(cells[0][0]!) && !/^\d/.test(cells[0][2]!);
  const raws: Raw[] = [];
  for (const [i, line] of (isHeader ? cells.slice(1) : cells).entries()) {
    if (line.length !== 4) {
      const detail = `${excerpt(rows[isHeader ? i + 1 : i])} is not time,device,event,parameter.`;
      return { code: 'PAYLOAD_MALFORMED', detail };
    }
    const [time, device, event, parameter] = line as [string, string, string, string];
    const number = (cell: string) => (/^\d{1,5}$/.test(cell) ? Number(cell) : cell);
    raws.push({ time, device, event: number(event), parameter: number(parameter) });
  }
  return { raws };
}

function fromJson(payload: Uint8Array): { raws: Raw[] } | Refusal {
  const parsed = parsePayload(payload);
  if (!parsed.ok) return parsed;
  const list = Array.isArray(parsed.json) ? parsed.json : [parsed.json];
  const raws: Raw[] = [];
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      return { code: 'PAYLOAD_MALFORMED', detail: `An event is ${excerpt(entry)}.` };
    const own = (name: string) => (Object.hasOwn(entry, name) ? (entry as Record<string, unknown>)[name] : undefined);
    raws.push({ time: own('time'), device: own('device'), event: own('event'), parameter: own('parameter') });
  }
  return { raws };
}

/** Reads the events of a message; a bad one costs only itself. */
function eventsOf(raws: readonly Raw[], controller: string | undefined, refused: Refusal[]): HiresEvent[] {
  const events: HiresEvent[] = [];
  for (const { time, device, event, parameter } of raws) {
    if (controller !== undefined && device !== undefined && String(device) !== controller) continue;
    if (!isCode(event) || !isCode(parameter)) {
      const detail = `event is ${excerpt(event)} and parameter is ${excerpt(parameter)}; both are whole numbers.`;
      refused.push({ code: 'PAYLOAD_MALFORMED', detail });
      continue;
    }
    const instant = readInstant(time, 'iso');
    if ('detail' in instant) refused.push({ code: 'TIME_IMPLAUSIBLE', detail: instant.detail });
    else events.push({ atMs: instant.atMs, event, parameter });
  }
  return events;
}

/** The event log of a signal controller: codes become the states of one pedestrian crossing. */
export const hiresLog: SensorFormat = {
  format: 'hires-log',
  device: HiresLogDevice,
  check(config) {
    const { channels, vehiclePhase, phase } = config as unknown as HiresLogDevice;
    const problems = channels.flatMap(({ signal, unit }, i) => {
      const at = `/channels/${i}`;
      const own: string[] = [];
      if (unit !== '{state}') own.push(`${at}/unit: ${signal} is a state; write unit: '{state}'.`);
      if (channels.findIndex((other) => other.signal === signal) !== i)
        own.push(`${at}/signal: Two channels hold ${signal}.`);
      if (signal === 'vehicle' && vehiclePhase === undefined)
        own.push(`${at}/signal: vehicle needs to know the phase; give the device vehiclePhase.`);
      return own;
    });
    if (vehiclePhase === phase)
      problems.push('/vehiclePhase: It is the pedestrians’ own phase; name the one that waits while they walk.');
    return problems;
  },
  encode(config, { values, atMs }) {
    const device = config as unknown as HiresLogDevice;
    const time = new Date(atMs).toISOString();
    const events = values.flatMap(({ channel: id, value }) => {
      const signal = device.channels.find((channel) => channel.id === id)?.signal;
      const event = signal === undefined ? undefined : eventOf(signal, value, device);
      return event === undefined ? [] : [{ time, ...event }];
    });
    return JSON.stringify(events);
  },
  compile(config: DeviceConfig) {
    const device = config as unknown as HiresLogDevice;
    const channels = device.channels.toSorted((a, b) => signals.indexOf(a.signal) - signals.indexOf(b.signal));
    return (payload) => {
      const into: Decoded = { values: [], refused: [] };
      const refuse = (refusal: Refusal) => ({ values: [], refused: [{ code: refusal.code, detail: refusal.detail }] });
      if (payload.byteLength > payloadBytesMax)
        return refuse({
          code: 'PAYLOAD_TOO_LARGE',
          detail: `${payload.byteLength} bytes, at most ${payloadBytesMax}.`,
        });
      const first = payload.find((byte) => byte > 0x20);
      const read = first === 0x7b || first === 0x5b ? fromJson(payload) : fromLines(payload);
      if ('code' in read) return refuse(read);
      const { raws } = read;
      if (raws.length > eventsMax)
        return refuse({ code: 'PAYLOAD_TOO_LARGE', detail: `${raws.length} events, at most ${eventsMax}.` });
      if (raws.length === 0 && first === undefined)
        return refuse({ code: 'PAYLOAD_MALFORMED', detail: 'The message is empty.' });
      for (const instant of instantsOf(eventsOf(raws, device.controller, into.refused))) {
        const { atMs } = instant[0]!;
        for (const { id, signal } of channels) {
          const value = stateAfter(signal, instant, device);
          if (value !== undefined) into.values.push({ channel: id, value, ...(atMs === undefined ? {} : { atMs }) });
        }
      }
      return into;
    };
  },
};
