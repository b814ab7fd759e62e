import type { ActLimit, ActLimits } from '@tocsin/contracts';
import type { PlanEffect } from './types.ts';
import { spanText } from './words.ts';

/**
 * How many acts away from rest may begin in a stretch of time: of one actuator, of an area, of the whole site. What exceeds a limit
 * waits, and goes on in stages as the stretch moves on. Rest is never limited.
 */
export type LimitConfig = {
  site: string;
  limits?: { site?: ActLimits; areas?: Readonly<Record<string, ActLimits>> };
  actuators: readonly { id: string; area?: string; actsMax?: ActLimits }[];
};

/** A limit that is used up. */
export type Full = { key: string; why: string; binding: boolean };

export type Limits = {
  /** The first limit that leaves no room for an act of this actuator, or undefined. */
  full(actuator: string, atMs: number): Full | undefined;
  /** An act begins. */
  note(actuator: string, atMs: number): void;
  /** An order, which does not wait, was turned away at this limit. */
  turnAway(key: string): void;
  /** Troubles that begin, change or end, given how many acts wait at each limit. */
  review(waiting: ReadonlyMap<string, number>, atMs: number): PlanEffect[];
  takeDirty(): [key: string, state: unknown][];
  restore(key: string, state: unknown): void;
};

type Scope = Extract<PlanEffect, { kind: 'trouble' }>['scope'];
/** Plain JSON: instants of the newest acts, whether an order was turned away, and the trouble that was told. */
type Memory = { acts: number[]; turnedAway?: boolean; told?: string };
type Row = { key: string; limit: ActLimit; scope: Scope; subject: string; memory: Memory };

const listOf = (limits: ActLimits | undefined): readonly ActLimit[] =>
  limits === undefined ? [] : Array.isArray(limits) ? limits : [limits];

/** Builds the limits of a site, with no act noted. */
export function createLimits({ site, limits, actuators }: LimitConfig): Limits {
  const rows = new Map<string, Row>();
  const dirty = new Set<string>();
  const rowsOf = (scope: Scope, subject: string, given: ActLimits | undefined): Row[] =>
    listOf(given).map((limit) => {
      const key = `${scope}/${subject}/${limit.withinMs}`;
      const row = rows.get(key) ?? { key, limit, scope, subject, memory: { acts: [] } };
      rows.set(key, row);
      return row;
    });
  const byActuator = new Map(
    actuators.map(({ id, area, actsMax }) => [
      id,
      [
        ...rowsOf('actuator', id, actsMax),
        ...(area === undefined ? [] : rowsOf('area', area, limits?.areas?.[area])),
        ...rowsOf('site', site, limits?.site),
      ],
    ]),
  );

  const groups = Map.groupBy(rows.values(), ({ scope, subject }) => `${scope}/${subject}`);

  function isFull({ limit, memory }: Row, atMs: number): boolean {
    if (memory.acts.length < limit.count) return false;
    // Of an act that a clock set back has put into the future, this instant is the latest it can have been.
    return atMs - Math.min(atMs, memory.acts[memory.acts.length - limit.count]!) < limit.withinMs;
  }

  /** What is told of a limit: how much waits at it, and whether an order was turned away since it was used up. */
  function troubleOf(row: Row, waits: number, atMs: number): string | undefined {
    const { turnedAway } = row.memory;
    if (waits === 0 && !turnedAway) return undefined;
    if (!isFull(row, atMs)) {
      if (turnedAway) change(row, { turnedAway: false });
      return undefined;
    }
    const waiting = waits === 0 ? 'an order was turned away' : `${waits} more ${waits === 1 ? 'waits' : 'wait'}`;
    return `${whyOf(row)}; ${waiting}`;
  }

  function change(row: Row, more: Partial<Memory>): void {
    Object.assign(row.memory, more);
    dirty.add(row.key);
  }

  return {
    full(actuator, atMs) {
      const row = byActuator.get(actuator)?.find((candidate) => isFull(candidate, atMs));
      return row && { key: row.key, why: whyOf(row), binding: row.limit.binding ?? false };
    },
    note(actuator, atMs) {
      for (const row of byActuator.get(actuator) ?? []) {
        const acts = [...row.memory.acts.map((at) => Math.min(at, atMs)), atMs];
        change(row, { acts: acts.slice(-row.limit.count) });
      }
    },
    turnAway(key) {
      const row = rows.get(key);
      if (row !== undefined && !row.memory.turnedAway) change(row, { turnedAway: true });
    },
    review(waiting, atMs) {
      const effects: PlanEffect[] = [];
      for (const group of groups.values()) {
        const [first] = group;
        const { scope, subject, memory } = first!;
        const whys = group.flatMap((row) => troubleOf(row, waiting.get(row.key) ?? 0, atMs) ?? []);
        const why = whys.length > 0 ? whys.join(', ') : undefined;
        const { told } = memory;
        if (why === told) continue;
        change(first!, { told: why });
        const about = { name: 'limit' as const, scope, subject };
        effects.push({ kind: 'trouble', ...about, active: why !== undefined, why: why ?? told!, atMs });
      }
      return effects;
    },
    takeDirty() {
      const taken = [...dirty].map((key): [string, unknown] => [key, rows.get(key)!.memory]);
      dirty.clear();
      return taken;
    },
    restore(key, state) {
      const row = rows.get(key);
      if (row !== undefined) row.memory = structuredClone(state as Memory);
    },
  };
}

/** Its count is the limit's own, so that a lasting refusal stays one refusal. */
function whyOf({ limit: { count, withinMs }, scope, subject }: Row): string {
  const whose = scope === 'actuator' ? subject : `${scope} ${subject}`;
  return `${count} of at most ${count} acts of ${whose} within ${spanText(withinMs)}`;
}
