import { Fault } from '@tocsin/contracts';
import {
  type HiresEvent,
  instantsOf,
  knownCodes,
  type SignalName,
  type SignalSource,
  stateAfter,
} from '@tocsin/edge-agent/sensors';
import { lines, type RefusedRow } from './rows.ts';
import { cellNumber, columnFinder, guessSeparator, splitLine } from './table.ts';
import { timeReader } from './times.ts';

/** A state of the signal from an instant on. */
export type SignalChange = { atMs: number; signal: SignalName; state: number };

/** A controller's event log, as far as it is about one crossing. */
export type SignalLog = {
  changes: SignalChange[];
  firstAtMs: number;
  lastAtMs: number;
  source: SignalSource;
  walks: number;
  firstWalkAtMs: number;
  /** Usual length of the clearance; undefined when none was seen from its beginning to its end. */
  clearanceMs: number | undefined;
  /** Usual length of the walk, likewise. */
  walkMs: number | undefined;
  refused: RefusedRow[];
  /** What was chosen for the reader, in sentences. */
  notes: string[];
};

export type SignalLogOptions = {
  file: string;
  phase?: number;
  vehiclePhase?: number;
  controller?: string;
  timeZone: string;
};

/** Names that controllers, their makers and ATSPM give to the columns, in lower case without blanks. */
const columnNames = {
  time: ['timestamp', 'time', 'datetime', 'eventtime', 'event_time'],
  device: ['deviceid', 'device', 'signalid', 'signal', 'locationidentifier', 'controller'],
  event: ['eventid', 'event', 'eventcode', 'eventcodeid', 'event_code', 'code'],
  parameter: ['parameter', 'param', 'eventparam', 'eventparameter', 'event_param', 'parametercode'],
} as const;

type Row = Required<Pick<HiresEvent, 'event' | 'parameter'>> & { atMs: number };

function columnsOf(header: readonly string[], file: string) {
  const plain = header.map((name) => name.toLowerCase().replaceAll(/\s/g, ''));
  const find = columnFinder(header, header.length);
  const column = (what: keyof typeof columnNames) => {
    const known = columnNames[what] as readonly string[];
    const name = header[plain.findIndex((candidate) => known.includes(candidate))];
    return name === undefined ? undefined : find(name);
  };
  const [time, event, parameter] = [column('time'), column('event'), column('parameter')];
  if (time === undefined || event === undefined || parameter === undefined) {
    throw new Fault('ARGUMENT_INVALID', `--phases ${file}: its first line is “${header.slice(0, 8).join(', ')}”.`, {
      remedy: 'An event log begins with a line that names TimeStamp, DeviceId, EventId and Parameter.',
    });
  }
  return { time, event, parameter, device: column('device') };
}

/** Reads the events of one controller that mean something to a crossing. */
async function readEvents({ file, controller, timeZone }: SignalLogOptions) {
  const events: Row[] = [];
  const refused: RefusedRow[] = [];
  const controllers = new Set<string>();
  let [firstAtMs, lastAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // These logs come from North America: a date with slashes has the month first.
  const readTime = timeReader({ form: 'mdy', startMs: 0, timeZone });
  let columns: ReturnType<typeof columnsOf> | undefined;
  let shape = { separator: guessSeparator('') };
  for await (const { text, line } of lines(file)) {
    if (columns === undefined) {
      shape = { separator: guessSeparator(text) };
      columns = columnsOf(splitLine(text, shape), file);
      continue;
    }
    const cells = splitLine(text, shape);
    const device = columns.device === undefined ? '' : (cells[columns.device] ?? '');
    const [event, parameter] = [cellNumber(cells[columns.event]), cellNumber(cells[columns.parameter])];
    const atMs = readTime(cells[columns.time] ?? '');
    if (atMs === undefined) refused.push({ line, why: `"${cells[columns.time] ?? ''}" is no time` });
    else if (event === undefined || parameter === undefined)
      refused.push({ line, why: 'event or parameter is no number' });
    else {
      controllers.add(device);
      if (controller !== undefined && controller !== device) continue;
      firstAtMs = Math.min(firstAtMs, atMs);
      lastAtMs = Math.max(lastAtMs, atMs);
      if (knownCodes.has(event)) events.push({ atMs, event, parameter });
    }
  }
  if (columns === undefined) throw new Fault('PAYLOAD_MALFORMED', `--phases ${file}: the file is empty.`);
  const known = [...controllers];
  if (controller !== undefined && !controllers.has(controller))
    throw new Fault('ARGUMENT_INVALID', `--controller ${controller}: the log has ${known.slice(0, 8).join(', ')}.`);
  if (controller === undefined && known.length > 1)
    throw new Fault('ARGUMENT_INVALID', `--phases ${file} holds the events of ${known.length} controllers.`, {
      remedy: `Say which with --controller: ${known.slice(0, 8).join(', ')}.`,
    });
  events.sort((a, b) => a.atMs - b.atMs);
  return { events, refused, firstAtMs, lastAtMs };
}

/** The pedestrian phase: as asked, else the one that walks most. */
function choosePhase(events: readonly Row[], { phase, file }: SignalLogOptions, notes: string[]): number {
  const walks = new Map<number, number>();
  for (const { event, parameter } of events) if (event === 21) walks.set(parameter, (walks.get(parameter) ?? 0) + 1);
  const ranked = [...walks].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const said = ranked.map(([number, count]) => `${number} (${count})`).join(', ');
  if (ranked.length === 0) {
    throw new Fault('ARGUMENT_INVALID', `--phases ${file}: no phase ever shows walk (event 21).`, {
      remedy: 'Is it a log of high-resolution events with Indiana codes, and long enough?',
    });
  }
  if (phase === undefined) {
    if (ranked.length > 1) notes.push(`Phase ${ranked[0]![0]} walks most of ${said}; --phase chooses another.`);
    return ranked[0]![0];
  }
  if (!walks.has(phase))
    throw new Fault('ARGUMENT_INVALID', `--phase ${phase} never shows walk in this log.`, {
      remedy: `Phases that do, with how often: ${said}.`,
    });
  return phase;
}

/** Times from one of `begin` to the next of `end` of a phase. */
function spans(
  events: readonly Row[],
  phase: number,
  begin: readonly number[],
  end: readonly number[],
): [number, number][] {
  const found: [number, number][] = [];
  let since: number | undefined;
  for (const { atMs, event, parameter } of events) {
    if (parameter !== phase) continue;
    if (since !== undefined && end.includes(event) && atMs > since) {
      found.push([since, atMs]);
      since = undefined;
    }
    if (begin.includes(event)) since ??= atMs;
  }
  return found;
}

/** Typical time from the end of a movement to the walk that follows it. */
function medianWaitMs(moving: readonly [number, number][], walks: readonly number[]): number {
  const waits = walks.flatMap((walkAtMs) => {
    const ended = moving.filter(([, endMs]) => endMs <= walkAtMs).map(([, endMs]) => walkAtMs - endMs);
    return ended.length === 0 ? [] : [Math.min(...ended)];
  });
  return waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/**
 * The vehicle phase that people make wait: never green or yellow in a walk or clearance, and of those the one that stops last before the
 * walk, because its red is what the walk costs.
 */
function chooseVehicle(events: readonly Row[], phase: number, wanted: number | undefined, notes: string[]) {
  const moved = new Set(events.flatMap(({ event, parameter }) => (event === 1 ? [parameter] : [])));
  if (wanted !== undefined && !moved.has(wanted))
    throw new Fault('ARGUMENT_INVALID', `--vehicle-phase ${wanted} never has green in this log.`, {
      remedy: `Phases that do: ${[...moved].sort((a, b) => a - b).join(', ') || 'none'}.`,
    });
  if (wanted !== undefined) return wanted;
  const crossing = spans(events, phase, [21], [23, 24]);
  moved.delete(phase);
  const waiting = [...moved].flatMap((other) => {
    const moving = spans(events, other, [1], [10, 11, 12]);
    const meets = moving.some(([from, to]) => crossing.some(([walk, stop]) => from < stop && walk < to));
    const walks = crossing.map(([walkAtMs]) => walkAtMs);
    return meets ? [] : [{ other, waitMs: medianWaitMs(moving, walks) }];
  });
  const [chosen, ...rest] = waiting.sort((a, b) => a.waitMs - b.waitMs || a.other - b.other);
  if (chosen === undefined) {
    notes.push(
      'No vehicle phase waits whenever people walk, so the vehicles’ signal is left out; --vehicle-phase names it.',
    );
    return undefined;
  }
  const others =
    rest.length === 0 ? '' : ` (so does ${rest.map(({ other }) => other).join(', ')}) and stops last before it`;
  notes.push(
    `Vehicle phase ${chosen.other} always waits while phase ${phase} walks or clears${others}; --vehicle-phase chooses another.`,
  );
  return chosen.other;
}

/** Reads a controller's event log and chooses the crossing in it. */
export async function readSignalLog(options: SignalLogOptions): Promise<SignalLog> {
  const { events, refused, firstAtMs, lastAtMs } = await readEvents(options);
  const notes: string[] = [];
  const phase = choosePhase(events, options, notes);
  const vehiclePhase = chooseVehicle(events, phase, options.vehiclePhase, notes);
  const source: SignalSource = { phase, ...(vehiclePhase === undefined ? {} : { vehiclePhase }) };
  // Where no entry is ever logged, the input is all there is to know of a pre-emption.
  const hasEntry = events.some(({ event }) => event === 105);
  // Vehicles before people, as in the format: nobody walks while they have red clearance.
  const names: SignalName[] = [hasEntry ? 'preempt' : 'preemptCall', 'vehicle', 'phase', 'button'];
  const changes = instantsOf(events).flatMap((instant) =>
    names.flatMap((signal) => {
      const state = stateAfter(signal, instant, source);
      const named: SignalName = signal === 'preemptCall' ? 'preempt' : signal;
      return state === undefined ? [] : [{ atMs: instant[0]!.atMs!, signal: named, state }];
    }),
  );
  const usual = (begin: number[], end: number[]) => {
    const lengths = spans(events, phase, begin, end).map(([from, to]) => to - from);
    return lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
  };
  const walks = events.filter(({ event, parameter }) => event === 21 && parameter === phase);
  return {
    changes,
    firstAtMs,
    lastAtMs,
    source,
    walks: walks.length,
    firstWalkAtMs: walks[0]!.atMs,
    clearanceMs: usual([22], [23, 24]),
    walkMs: usual([21], [22, 23, 24]),
    refused,
    notes,
  };
}
