import { basename } from 'node:path';
import type { Clock, Log } from '@tocsin/contracts';
import type { DamagedRow, IngestHealth, RecoveredLog, SqliteLog } from '@tocsin/ingest';

/** The name under which troubles of the cloud itself stand in the alert list. */
export const cloudSite = 'cloud';

type Note = { site: string; code: string; text: string };
export type TroublesDeps = { clock: Clock; noted(note: Note): void };

/** Notes of one code that wait to be told; what a damaged disk says over and over is told as a number. */
const waitingMax = 8;
/** News are gathered for so long, so that a page of damaged rows is one alert and not a hundred. */
const gatherMs = 1_000;
const lookEveryMs = 10_000;

/** Brings what the cloud's own stores lost, or cannot do, before a person: each becomes a trouble at the desk. */
export function createTroubles({ clock, noted }: TroublesDeps) {
  const waiting = new Map<string, { texts: string[]; more: number; site: string; code: string }>();
  let open = false;
  let cancel: (() => void) | undefined;
  let cancelLook = () => {};
  let told: RecoveredLog | undefined;
  let degraded: IngestHealth | undefined;

  function tell(): void {
    cancel = undefined;
    for (const { site, code, texts, more } of waiting.values())
      noted({ site, code, text: `${texts.join(' ')}${more > 0 ? ` And ${more} more.` : ''}` });
    waiting.clear();
  }

  /** Never on the caller's stack, which may be in the middle of reading the log for the desk. */
  function soon(): void {
    if (open) cancel ??= clock.after(gatherMs, tell);
  }

  function say(code: string, text: string, site = cloudSite): void {
    const key = `${site}/${code}`;
    const had = waiting.get(key) ?? { texts: [], more: 0, site, code };
    if (had.texts.length < waitingMax) had.texts.push(text);
    else had.more += 1;
    waiting.set(key, had);
    soon();
  }

  function health({ status, sinceMs, why }: IngestHealth): void {
    const since = (atMs: number) => new Date(atMs).toISOString();
    if (status === 'ok') {
      if (degraded !== undefined)
        say('STORE_BUSY', `The log stores again; it refused from ${since(degraded.sinceMs)} to ${since(sinceMs)}.`);
      degraded = undefined;
      return;
    }
    degraded ??= { status, sinceMs };
    const code = why?.startsWith('STORE_FULL') ? 'STORE_FULL' : 'STORE_BUSY';
    say(code, `Nothing is stored or acknowledged since ${since(sinceMs)}; sites keep what they have. ${why ?? ''}`);
  }

  /** Tells what the log had to leave behind, also when it is found damaged later. */
  function look(log: Pick<SqliteLog, 'recovered'>): void {
    cancelLook = clock.after(lookEveryMs, () => look(log));
    const found = log.recovered();
    if (found === undefined || found === told) return;
    told = found;
    const kept = `${found.batches} batches and ${found.marks} marks could be carried over`;
    say('STORE_DAMAGED', `The log was damaged and set aside as ${basename(found.setAsideAs)}; ${kept}. ${found.why}`);
  }

  return {
    say,
    health,
    damaged(_offset: number, { site, lane, seq }: DamagedRow): void {
      say('STORE_DAMAGED', `Batch ${lane}/${seq} is damaged in the log: what it said is lost here.`, site);
    },
    /** The log for a reader; what the reader came too late for, and what the log itself had to leave behind, is told. */
    watched(log: Pick<SqliteLog, 'read' | 'trimmedThrough'>): Pick<Log, 'read'> {
      let gapAt = 0;
      return {
        read(after, entriesMax, bytesMax) {
          const from = log.trimmedThrough();
          if (after > 0 && after < from && after !== gapAt) {
            gapAt = after;
            say('LOG_GAP', `The desk had come to ${after} of the log, which reaches back to ${from} only.`);
          }
          return log.read(after, entriesMax, bytesMax);
        },
      };
    },
    /** From now on the desk listens; what was said before is told first. The log is looked at again and again. */
    begin(log: Pick<SqliteLog, 'recovered'>): void {
      open = true;
      look(log);
      if (waiting.size > 0) soon();
    },
    stop(): void {
      open = false;
      cancel?.();
      cancelLook();
    },
  };
}
