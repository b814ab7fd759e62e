import type { Lane, SiteEvent } from '@tocsin/contracts';
import { emptyColumns, type ReadingColumns } from './draft.ts';
import type { Intent, LedgerDraft } from './journal.ts';

/** What was decided and is not yet in the books: outbox rows, ledger lines and the list of intents are written from it. */
export type Waiting = {
  chunks: { lane: Lane; columns: ReadingColumns }[];
  events: SiteEvent[];
  intents: Intent[];
  entries: LedgerDraft[];
};

/** Its place among the states of the journal. No part of the pipeline has such a key. */
export const waitingKey = 'shell:waiting';
export const nothingWaits = 'null';

/** More than this is not worth writing twice; it goes into the books at once. */
const readingsMax = 256;
const eventsMax = 32;

/** True when writing it down as it is costs less than the books. */
export function isShort({ chunks, events }: Waiting): boolean {
  return events.length <= eventsMax && chunks.reduce((sum, { columns }) => sum + columns.rows.length, 0) <= readingsMax;
}

/** As one JSON text, quicker to make and to store than rows, hashes and columns; an order must not wait for those. */
export function waitingText({ chunks, events, intents, entries }: Waiting): string {
  const plain = chunks.map(({ lane, columns: { index: _, ...columns } }) => ({ lane, columns }));
  return JSON.stringify({ chunks: plain, events, intents, entries });
}

/** Reads what a process that died had written down but not yet put into the books. */
export function readWaiting(state: unknown): Waiting | undefined {
  if (state === null || state === undefined) return undefined;
  const { chunks, ...rest } = state as Waiting;
  return {
    ...rest,
    chunks: chunks.map(({ lane, columns }) => {
      const index = new Map(
        columns.series.map(({ device, channel, unit }, at) => [`${device}/${channel}/${unit}`, at]),
      );
      return { lane, columns: { ...emptyColumns(), ...columns, index } };
    }),
  };
}
