import type { SiteEvent, Status } from '@tocsin/contracts';
import type { Journal, JournalOrigin } from '../outbox/journal.ts';
import type { Recorder } from '../outbox/recorder.ts';
import type { Uplink } from '../outbox/uplink.ts';

export type HealthInput = {
  site: string;
  startedAtMs: number;
  atMs: number;
  refused: number;
  lastBug?: string;
  /** Why nothing comes from the field side. */
  field?: string;
  /** Why nothing is seen of any camera. */
  eyes?: string;
  journal: Journal;
  recorder: Recorder;
  uplink?: Uplink;
};

/** What the site says of itself; it needs no disk, so that a full one can be told. Failed: what is decided cannot be kept. */
export function healthOf(input: HealthInput): Status {
  const { recorder, journal, uplink } = input;
  const problems: string[] = [];
  const broken = recorder.problem();
  if (broken !== undefined) problems.push(`Journal: ${broken}`);
  if (input.field !== undefined) problems.push(input.field);
  if (input.eyes !== undefined) problems.push(input.eyes);
  if (uplink !== undefined && !uplink.online()) problems.push('The cloud cannot be reached.');
  if (recorder.counters().readingsDropped > 0) problems.push('Readings were dropped while the journal failed.');
  if ((uplink?.counters().rowsEvicted ?? 0) > 0)
    problems.push('The disk budget was used up: old readings were dropped.');
  if (input.lastBug !== undefined) problems.push(input.lastBug);
  const { urgent, live, backlog } = journal.lengths();
  const queued = uplink === undefined ? 0 : urgent.queued + live.queued + backlog.queued;
  return {
    v: 1,
    site: input.site,
    online: true,
    atMs: input.atMs,
    health: broken !== undefined ? 'failed' : problems.length > 0 ? 'degraded' : 'ok',
    problems: problems.map((text) => text.slice(0, 300)),
    queued,
    ...(queued > 0 ? { oldestQueuedAtMs: oldestAtMs(journal) } : {}),
    refused: input.refused,
    startedAtMs: input.startedAtMs,
  };
}

/** A journal that cannot be read must not keep the site from saying so. */
function oldestAtMs(journal: Journal): number | undefined {
  try {
    return journal.oldestAtMs();
  } catch {
    return undefined;
  }
}

/** What the cloud must know of a journal that was not simply continued. */
export function originEvents(origin: JournalOrigin, atMs: number): SiteEvent[] {
  if (origin.kind === 'kept') return [];
  if (origin.kind === 'new') return [{ kind: 'note', code: 'JOURNAL_BEGUN', text: 'A new journal was begun.', atMs }];
  const { setAside, readings, fromMs, toMs } = origin;
  const name = setAside.slice(Math.max(setAside.lastIndexOf('/'), setAside.lastIndexOf('\\')) + 1);
  const what = `The journal was damaged and set aside as ${name}; what it had not yet sent is lost here.`.slice(0, 300);
  return [{ kind: 'gap', what, readings, fromMs, toMs }];
}
