import { crc32 } from 'node:zlib';
import { type Lane, lanes } from '@tocsin/contracts';
import type { Row } from './draft.ts';
import type { LaneQueue, Lost } from './journal.ts';
import { type Statements, windowRows } from './statements.ts';

/** Acknowledged numbers are remembered in stretches of this many, so that a later loss in the cloud can be described. */
const stretchRows = 500;

type Queue = { mark: number; rows: number; bytes: number; ids: number[] };

/**
 * The lanes of the journal's outbox as its open connection knows them. What a transaction changes counts only after `committed`.
 */
export type Queues = {
  append(row: Row): void;
  /** Answers how many acknowledged rows wait to be written. */
  noteAcked(lane: Lane, through: number): number;
  ackedWaiting(): boolean;
  writeAcked(): void;
  idOf(lane: Lane, seq: number): number | undefined;
  lengths(): Record<Lane, LaneQueue>;
  bytes(): number;
  lost(lane: Lane, from: number, to: number): Lost;
  /** Tells that rows behind the sent ones were joined. */
  shrunk(lane: Lane, rows: number, bytes: number): void;
  committed(): void;
  rolledBack(): void;
  takePending(): Record<Lane, number>;
  restorePending(acked: Record<Lane, number>): void;
};

function load(sql: Statements): Record<Lane, Queue> {
  const queues = {} as Record<Lane, Queue>;
  for (const lane of lanes) queues[lane] = { mark: 0, rows: 0, bytes: 0, ids: [] };
  for (const { lane, storedThrough } of sql.lanes.all()) queues[lane as Lane].mark = Number(storedThrough);
  for (const { lane, queued, bytes } of sql.counts.all())
    Object.assign(queues[lane as Lane], { rows: Number(queued), bytes: Number(bytes) });
  return queues;
}

/** Reads the lanes of an open journal. */
export function queuesOf(sql: Statements): Queues {
  const queues = load(sql);
  const acked: Record<Lane, number> = { urgent: 0, live: 0, backlog: 0 };
  let lastId = Number(sql.lastId.get()!.id);
  let undo: (() => void)[] = [];
  let onCommit: (() => void)[] = [];

  function change(queue: Queue, { mark = 0, rows = 0, bytes = 0 }: Partial<Omit<Queue, 'ids'>>): void {
    onCommit.push(() => {
      queue.mark += mark;
      queue.rows += rows;
      queue.bytes += bytes;
    });
  }

  function remember(lane: Lane, through: number, span: Record<string, unknown>): void {
    const { readings, fromMs, toMs } = span as Record<string, number>;
    const first = queues[lane].mark + 1;
    const last = sql.lastForgotten.get(lane) as { first: number; last: number } | undefined;
    if (last !== undefined && last.last - last.first < stretchRows)
      sql.growForgotten.run(through, readings!, fromMs!, toMs!, lane, last.first);
    else {
      sql.addForgotten.run(lane, first, through, readings!, fromMs!, toMs!);
      sql.pruneForgotten.run(lane);
    }
  }

  const self: Queues = {
    append(row) {
      lastId += 1;
      const { lane, epoch, seq, readings, fromMs, toMs, body } = row;
      const bytes = body.byteLength;
      sql.add.run(lastId, lane, epoch, seq, readings, fromMs, toMs, Number(row.gap), bytes, crc32(body), body);
      undo.push(() => {
        lastId -= 1;
      });
      change(queues[lane], { rows: 1, bytes });
    },
    noteAcked(lane, through) {
      acked[lane] = Math.max(acked[lane], through);
      return lanes.reduce((sum, name) => sum + Math.max(0, acked[name] - queues[name].mark), 0);
    },
    ackedWaiting: () => lanes.some((lane) => acked[lane] > queues[lane].mark),
    writeAcked() {
      for (const lane of lanes) {
        const queue = queues[lane];
        const rows = acked[lane] - queue.mark;
        if (rows <= 0) continue;
        const id = self.idOf(lane, acked[lane]);
        if (id === undefined) continue;
        const span = sql.span.get(lane, id)!;
        sql.forget.run(lane, id);
        sql.setLane.run(lane, acked[lane]);
        remember(lane, acked[lane], span);
        onCommit.push(() => queue.ids.splice(0, rows));
        change(queue, { mark: rows, rows: -rows, bytes: -Number(span.bytes) });
      }
    },
    idOf(lane, seq) {
      const { mark, ids } = queues[lane];
      const index = seq - mark - 1;
      if (index < 0) return undefined;
      if (index >= ids.length && index < windowRows)
        ids.push(...sql.window.all(lane, ids.at(-1) ?? 0).map(({ id }) => Number(id)));
      return ids[index];
    },
    lengths() {
      const one = (lane: Lane): LaneQueue => ({ storedThrough: queues[lane].mark, queued: queues[lane].rows });
      return { urgent: one('urgent'), live: one('live'), backlog: one('backlog') };
    },
    bytes: () => lanes.reduce((sum, lane) => sum + queues[lane].bytes, 0),
    lost(lane, from, to) {
      const found = sql.lost.get(lane, from, to) as Record<string, number | null>;
      // What is older than the kept stretches can have been taken at any time.
      const fromMs = found.first === null || found.first! > from ? 0 : (found.fromMs ?? 0);
      return { batches: to - from + 1, readings: found.readings ?? 0, fromMs, toMs: found.toMs ?? 0 };
    },
    shrunk(lane, rows, bytes) {
      change(queues[lane], { rows: -rows, bytes: -bytes });
      onCommit.push(() => {
        queues[lane].ids.length = 0;
      });
    },
    committed() {
      for (const task of onCommit) task();
      undo = [];
      onCommit = [];
    },
    rolledBack() {
      for (const task of undo) task();
      // Ids read within the lost transaction may name rows that do not exist.
      for (const lane of lanes) queues[lane].ids.length = 0;
      undo = [];
      onCommit = [];
    },
    takePending: () => ({ ...acked }),
    restorePending(others) {
      for (const lane of lanes) acked[lane] = Math.max(acked[lane], others[lane]);
    },
  };
  return self;
}
