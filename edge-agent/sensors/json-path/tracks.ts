import { converter, type Track } from '@tocsin/contracts';
import { compilePath } from '../path.ts';
import { excerpt } from '../payload.ts';
import { convert, toNumber } from '../quantity.ts';
import type { Decoded } from '../types.ts';
import type { JsonPathDevice } from './config.ts';

/** Most tracks of one frame, as the contract has it. */
export const tracksMax = 256;

type TracksConfig = NonNullable<JsonPathDevice['tracks']>;

/**
 * Compiles the reader of a list of tracks; it answers whether the list was there. A track that cannot be read is
 * refused alone. An empty list is news: nobody is there.
 */
export function compileTracks(
  config: TracksConfig,
): (record: unknown, atMs: number | undefined, into: Decoded) => boolean {
  const getList = compilePath(config.path);
  const getId = compilePath(config.id);
  const toMetres = converter(config.unit ?? 'm', 'm');
  const lengths = (['x', 'y', 'vx', 'vy'] as const).flatMap((axis) =>
    config[axis] === undefined ? [] : [{ axis, get: compilePath(config[axis]), optional: axis.length === 2 }],
  );

  function readTrack(entry: unknown): Track | string {
    const id = getId(entry);
    if (!Number.isSafeInteger(id) || (id as number) < 0) return `The id ${excerpt(id)} is not a whole number from 0.`;
    const found: Partial<Record<'x' | 'y' | 'vx' | 'vy', number>> = {};
    for (const { axis, get, optional } of lengths) {
      const raw = get(entry);
      if (optional && (raw === undefined || raw === null)) continue;
      const number = toNumber(raw, undefined);
      const metres = 'value' in number ? convert(number.value, toMetres) : number;
      if (!('value' in metres)) return `${axis}: ${metres.detail}`;
      found[axis] = metres.value;
    }
    const { x = 0, y = 0, vx, vy } = found;
    const track: Track = { id: id as number, xM: x, yM: y };
    if (vx !== undefined) track.vxMps = vx;
    if (vy !== undefined) track.vyMps = vy;
    return track;
  }

  return (record, atMs, into) => {
    const list = getList(record);
    if (list === undefined) return false;
    if (!Array.isArray(list)) {
      into.refused.push({ code: 'PAYLOAD_MALFORMED', detail: `tracks: ${excerpt(list)} is not a list.` });
      return true;
    }
    if (list.length > tracksMax) {
      into.refused.push({ code: 'PAYLOAD_TOO_LARGE', detail: `${list.length} tracks, at most ${tracksMax}.` });
      return true;
    }
    const tracks: Track[] = [];
    let unreadable = 0;
    for (const entry of list) {
      const track = readTrack(entry);
      if (typeof track !== 'string') tracks.push(track);
      else {
        unreadable += 1;
        into.refused.push({ code: 'VALUE_NOT_FINITE', detail: `tracks: ${track}` });
      }
    }
    // A frame whose every track was refused must not read as "nobody is there".
    if (tracks.length > 0 || unreadable === 0) into.tracks = atMs === undefined ? { tracks } : { tracks, atMs };
    return true;
  };
}
