/** What the engineer has drawn so far, with undo: a reducer, so that every step can be taken back and none is lost. */
import type { MeasuredPoint, Pair, Zone } from './words.ts';

/** A clicked place; metres are null until they are typed. */
export type DraftPoint = { key: number; px: Pair; m: [number | null, number | null]; label?: string };
export type DraftZone = Zone & { key: number };
export type Draft = { points: DraftPoint[]; zones: DraftZone[]; nextKey: number };

export type Edit =
  | { kind: 'addPoint'; px: Pair }
  | { kind: 'movePoint'; key: number; px: Pair }
  | { kind: 'measure'; key: number; axis: 0 | 1; m: number | null }
  | { kind: 'removePoint'; key: number }
  | { kind: 'addZone' }
  | { kind: 'renameZone'; key: number; id: string }
  | { kind: 'removeZone'; key: number }
  | { kind: 'addCorner'; key: number; m: Pair }
  | { kind: 'moveCorner'; key: number; corner: number; m: Pair }
  | { kind: 'removeCorner'; key: number; corner: number };

/** `stroke` joins edits that are one act of the hand (a drag, a typed number) to one step of undo. */
export type Act = (Edit & { stroke?: string }) | { kind: 'undo' } | { kind: 'redo' };
export type History = { past: Draft[]; present: Draft; future: Draft[]; stroke?: string };

/** Bounds of one calibration: more points than this add nothing, more zones nobody can tell apart. */
export const pointsMax = 40;
export const zonesMax = 16;
export const cornersMax = 32;
const stepsMax = 200;

/** Begins with what was saved before. */
export function beginHistory(points: readonly MeasuredPoint[], zones: readonly Zone[]): History {
  const present: Draft = {
    points: points.map((point, key) => ({ ...point, key })),
    zones: zones.map((zone, index) => ({ ...zone, key: points.length + index })),
    nextKey: points.length + zones.length,
  };
  return { past: [], present, future: [] };
}

/** Applies one act; an edit that changes nothing leaves the history as it is. */
export function act(history: History, given: Act): History {
  const { past, present, future } = history;
  if (given.kind === 'undo') {
    const before = past.at(-1);
    return before ? { past: past.slice(0, -1), present: before, future: [present, ...future] } : history;
  }
  if (given.kind === 'redo') {
    const [after, ...rest] = future;
    return after ? { past: [...past, present], present: after, future: rest } : history;
  }
  const next = edit(present, given);
  if (next === present) return history;
  const isSameStroke = given.stroke !== undefined && given.stroke === history.stroke;
  return {
    past: isSameStroke ? past : [...past, present].slice(-stepsMax),
    present: next,
    future: [],
    ...(given.stroke === undefined ? {} : { stroke: given.stroke }),
  };
}

function edit(draft: Draft, given: Edit): Draft {
  switch (given.kind) {
    case 'addPoint':
      if (draft.points.length >= pointsMax) return draft;
      return {
        ...draft,
        points: [...draft.points, { key: draft.nextKey, px: given.px, m: [null, null] }],
        nextKey: draft.nextKey + 1,
      };
    case 'movePoint':
      return onPoint(draft, given.key, (point) => ({ ...point, px: given.px }));
    case 'measure':
      return onPoint(draft, given.key, (point) => ({
        ...point,
        m: given.axis === 0 ? [given.m, point.m[1]] : [point.m[0], given.m],
      }));
    case 'removePoint':
      return { ...draft, points: draft.points.filter(({ key }) => key !== given.key) };
    case 'addZone':
      if (draft.zones.length >= zonesMax) return draft;
      return {
        ...draft,
        zones: [...draft.zones, { key: draft.nextKey, id: freeId(draft), outline: [] }],
        nextKey: draft.nextKey + 1,
      };
    case 'renameZone':
      return onZone(draft, given.key, (zone) => ({ ...zone, id: given.id }));
    case 'removeZone':
      return { ...draft, zones: draft.zones.filter(({ key }) => key !== given.key) };
    default:
      return onZone(draft, given.key, (zone) => ({ ...zone, outline: reshape(zone.outline, given) }));
  }
}

function reshape(outline: Pair[], given: Extract<Edit, { kind: 'addCorner' | 'moveCorner' | 'removeCorner' }>): Pair[] {
  if (given.kind === 'addCorner') return outline.length >= cornersMax ? outline : [...outline, given.m];
  if (given.kind === 'removeCorner') return outline.filter((_, index) => index !== given.corner);
  return outline.map((m, index) => (index === given.corner ? given.m : m));
}

function onPoint(draft: Draft, key: number, change: (point: DraftPoint) => DraftPoint): Draft {
  return { ...draft, points: draft.points.map((point) => (point.key === key ? change(point) : point)) };
}

function onZone(draft: Draft, key: number, change: (zone: DraftZone) => DraftZone): Draft {
  return { ...draft, zones: draft.zones.map((zone) => (zone.key === key ? change(zone) : zone)) };
}

function freeId({ zones }: Draft): string {
  let number = zones.length + 1;
  while (zones.some(({ id }) => id === `zone-${number}`)) number += 1;
  return `zone-${number}`;
}

/** The points whose metres are known, with their places in the list. */
export function measuredPoints(draft: Draft): (MeasuredPoint & { key: number })[] {
  return draft.points.flatMap((point) => {
    const [x, y] = point.m;
    return x === null || y === null ? [] : [{ ...point, m: [x, y] as Pair }];
  });
}

/** Zones with enough corners to have an inside. */
export function drawnZones(draft: Draft): Zone[] {
  return draft.zones.flatMap(({ key: _key, ...zone }) => (zone.outline.length < 3 ? [] : [zone]));
}
