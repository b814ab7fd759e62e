import type { ActuatorTruth, Lane, Receipt } from '@tocsin/contracts';

/**
 * What is known of an actuator, from receipts alone. Pure.
 * Within one lane of one epoch the order of arrival is the order of events (ingest accepts a lane in order), so that a
 * clock
 * set back on a gateway cannot freeze the truth; between lanes the times of the receipts decide.
 */
export type ReceiptPlace = { epoch: string; lane: Lane; seq: number };
export type ActuatorMemory = { truth: ActuatorTruth; place: ReceiptPlace };

/** States that say something about the order, not about the device: nothing has moved. */
const beforeTheAct: readonly Receipt['state'][] = ['requested', 'authorised', 'refused', 'expired'];
/** States after which the device's own state is not known unless the receipt says it. */
const doubtful: readonly Receipt['state'][] = ['unverified', 'failed'];

function isOlder(memory: ActuatorMemory, receipt: Receipt, place: ReceiptPlace): boolean {
  const same = memory.place.epoch === place.epoch && memory.place.lane === place.lane;
  return same ? place.seq < memory.place.seq : receipt.atMs < memory.truth.changedAtMs;
}

function commandedBy(receipt: Receipt, before: ActuatorTruth | undefined) {
  const { commanded = before?.commanded } = receipt;
  if (commanded === undefined) return {};
  const stays = commanded === before?.commanded || beforeTheAct.includes(receipt.state);
  return { commanded, commandedAtMs: (stays ? before?.commandedAtMs : undefined) ?? receipt.atMs };
}

function confirmedBy(receipt: Receipt, before: ActuatorTruth | undefined) {
  if (receipt.confirmed !== undefined)
    return { confirmed: receipt.confirmed, confirmedAtMs: receipt.confirmedAtMs ?? receipt.atMs };
  if (before?.confirmed === undefined || doubtful.includes(receipt.state)) return {};
  return { confirmed: before.confirmed, confirmedAtMs: before.confirmedAtMs ?? before.changedAtMs };
}

/** The truth after one more receipt; a receipt older than the newest changes nothing and answers the same object. */
export function truthAfter(memory: ActuatorMemory | undefined, receipt: Receipt, place: ReceiptPlace): ActuatorMemory {
  if (memory !== undefined && isOlder(memory, receipt, place)) return memory;
  const before = memory?.truth;
  const alert = receipt.alert ?? before?.alert;
  const leaseUntilMs =
    receipt.leaseUntilMs ?? (beforeTheAct.includes(receipt.state) ? before?.leaseUntilMs : undefined);
  const truth: ActuatorTruth = {
    site: receipt.site,
    actuator: receipt.device,
    mode: receipt.mode,
    ...commandedBy(receipt, before),
    ...confirmedBy(receipt, before),
    state: receipt.state,
    ...(receipt.why === undefined ? {} : { why: receipt.why }),
    ...(leaseUntilMs === undefined ? {} : { leaseUntilMs }),
    ...(alert === undefined ? {} : { alert }),
    issuer: receipt.issuer,
    changedAtMs: receipt.atMs,
  };
  return { truth, place };
}
