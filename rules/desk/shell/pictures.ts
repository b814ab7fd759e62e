import type { PictureFate, PictureState } from '@tocsin/contracts';
import { type AlertPicture, PictureNote, picturesPerOccurrenceMax } from '@tocsin/contracts';
import type { OriginMemory } from '../origin.ts';
import type { Database } from './database.ts';

/** Newest pictures shown with one alert: those of its last four raisings and more. */
const shownMax = 32;
/** A picture that has not come after this long never will: no gateway is told to keep one longer. */
const awaitedMaxMs = 30 * 86_400_000;
/** A frame from longer before its alert than this is of an earlier life of the same number: the gateway began anew. */
const beforeMaxMs = 600_000;

type Row = { site: string; state: PictureState; receivedAtMs: number; note: string };

/** The notes of pictures in the state database; a picture of two alerts has two rows with one fate. Transactions are the caller's. */
export function createPictureTable(db: Database) {
  const columns = 'site, state, received_at_ms AS receivedAtMs, note';
  const known = db.prepare('SELECT state FROM picture WHERE site = ? AND sha256 = ?');
  const count = db.prepare('SELECT count(*) AS n FROM picture WHERE key = ? AND occurrence = ?');
  const insert = db.prepare('INSERT OR IGNORE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const ofAlert = db.prepare(
    `SELECT ${columns} FROM picture WHERE key = ? ORDER BY taken_at_ms DESC LIMIT ${shownMax}`,
  );
  const keysOf = db.prepare('SELECT DISTINCT key FROM picture WHERE site = ? AND sha256 = ? AND state <> ?');
  const setState = db.prepare('UPDATE picture SET state = ? WHERE site = ? AND sha256 = ? AND state <> ?');
  const statesOf = (site: string, sha256: string) =>
    known.all(site, sha256).map(({ state }) => state as unknown as PictureState);

  return {
    /** Keeps a note; false when it is known, or its occurrence has as many pictures as one may have. */
    addPicture(site: string, note: PictureNote, receivedAtMs: number): boolean {
      const { alert, occurrence, sha256, takenAtMs } = note;
      if (Number(count.get(alert, occurrence)!.n) >= picturesPerOccurrenceMax) return false;
      const [state = 'awaited'] = statesOf(site, sha256);
      const text = JSON.stringify(note);
      return insert.run(alert, occurrence, sha256, site, state, receivedAtMs, takenAtMs, text).changes > 0;
    },
    /** Gives every note of a picture this state and answers the keys of the alerts for which that is new. */
    markPicture(site: string, sha256: string, state: PictureState): string[] {
      const keys = keysOf.all(site, sha256, state).map(({ key }) => key as string);
      if (keys.length > 0) setState.run(state, site, sha256, state);
      return keys;
    },
    pictureFate(site: string, sha256: string): PictureFate {
      const states = statesOf(site, sha256);
      if (states.length === 0) return 'unknown';
      if (states.includes('here')) return 'here';
      return states.includes('awaited') ? 'awaited' : 'unwanted';
    },
    /** The pictures of an alert, those of its present occurrence first, then in order of time. */
    picturesOf(key: string, edge: OriginMemory | undefined, nowMs: number): AlertPicture[] {
      const rows = ofAlert.all(key) as unknown as Row[];
      const shown = rows.map(({ state, receivedAtMs, note }) => {
        const isLost = state === 'awaited' && nowMs - receivedAtMs > awaitedMaxMs;
        return pictureOf(JSON.parse(note) as PictureNote, edge, isLost ? 'expired' : state);
      });
      return shown.sort(
        (a, b) => Number(a.earlier) - Number(b.earlier) || b.occurrence - a.occurrence || a.takenAtMs - b.takenAtMs,
      );
    },
  };
}

function pictureOf(note: PictureNote, edge: OriginMemory | undefined, state: PictureState): AlertPicture {
  const { v: _v, alert: _alert, bytes: _bytes, ...rest } = note;
  const isPresent =
    edge === undefined || (note.occurrence === edge.occurrence && note.takenAtMs >= edge.raisedAtMs - beforeMaxMs);
  return { ...rest, earlier: !isPresent, state };
}

const noteFields = Object.keys(PictureNote.properties);
/** The fields of a note that its contract knows; what an open object carries besides is not for the record. */
export function knownNote(note: PictureNote): PictureNote {
  return Object.fromEntries(Object.entries(note).filter(([name]) => noteFields.includes(name))) as PictureNote;
}
