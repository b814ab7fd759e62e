import type { FaultCode } from '@tocsin/contracts';

/** What ingest has seen since it started; nothing is dropped or refused without one of these growing. */
export type IngestCounters = {
  messages: number;
  bytes: number;
  /** Messages on topics that are none of ours. */
  topicsRefused: number;
  batchesStored: number;
  batchesDuplicate: number;
  batchesEarly: number;
  batchesConflict: number;
  /** Messages that could not be taken at all, by reason. */
  messagesRefused: Partial<Record<FaultCode, number>>;
  readingsStored: number;
  eventsStored: number;
  /** Readings taken out of stored batches, by reason. */
  readingsRefused: Partial<Record<FaultCode, number>>;
  eventsRefused: number;
  /** Readings stored from sites that have not described themselves, so that only value and time were judged. */
  readingsUndescribed: number;
  commits: number;
  commitsFailed: number;
  /** Batches not stored because the store failed or was being spared; the sites send them again. */
  batchesNotStored: number;
  consumerErrors: number;
};

/** All counters at zero. */
export function zeroCounters(): IngestCounters {
  return {
    messages: 0,
    bytes: 0,
    topicsRefused: 0,
    batchesStored: 0,
    batchesDuplicate: 0,
    batchesEarly: 0,
    batchesConflict: 0,
    messagesRefused: {},
    readingsStored: 0,
    eventsStored: 0,
    readingsRefused: {},
    eventsRefused: 0,
    readingsUndescribed: 0,
    commits: 0,
    commitsFailed: 0,
    batchesNotStored: 0,
    consumerErrors: 0,
  };
}

/** Adds to a counter that is kept per reason. */
export function countReason(table: Partial<Record<FaultCode, number>>, reason: FaultCode, by = 1): void {
  table[reason] = (table[reason] ?? 0) + by;
}
