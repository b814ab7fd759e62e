import type { Command, Receipt } from '@tocsin/contracts';
import { admit, type OrderMemory, recall, remember } from '../actuators/plan/order-memory.ts';
import type { Acted, OperatorAct } from './trouble-book.ts';

/** Device of orders that are about alerts and not about an actuator. */
export const alertsDevice = 'alerts';

/** A dispatcher may have to acknowledge a flood of alerts at once; their orders live for ten minutes each. */
const alertOrdersMax = 512;

type Answer = { receipt: Receipt; acted?: Exclude<Acted, { refused: string }> };

/**
 * Carries out a person's acknowledgement or reset that came as a signed order. An id acts once: an old acknowledgement that comes again
 * must not silence an alert that was raised anew in between.
 */
export function obeyAlertOrder(
  memory: OrderMemory,
  { command, atMs }: { command: Command; atMs: number },
  perform: (act: OperatorAct) => Acted,
): Answer {
  const known = recall(memory, command.id);
  if (known !== undefined) return { receipt: known };
  const refused = admit(memory, command, { atMs, max: alertOrdersMax });
  if (refused !== undefined)
    return { receipt: receiptOf(command, refused.expired ? 'expired' : 'refused', atMs, refused.why) };
  const { action, alert: key, issuer: by, reason, value: seenNumber } = command;
  const act = { key: key!, act: action as OperatorAct['act'], by, note: reason, atMs, seenNumber };
  const acted = judge(command, atMs) ?? perform(act);
  const why = 'refused' in acted ? acted.refused : undefined;
  const receipt = receiptOf(command, why === undefined ? 'executed' : 'refused', atMs, why);
  remember(memory, command, receipt);
  return 'refused' in acted ? { receipt } : { receipt, acted };
}

function judge({ action, alert, notBeforeMs }: Command, atMs: number): { refused: string } | undefined {
  if (atMs < notBeforeMs) return { refused: 'its time has not come' };
  if (action !== 'acknowledge' && action !== 'reset') return { refused: `alerts cannot ${action}` };
  return alert === undefined ? { refused: 'it does not say which alert' } : undefined;
}

/** The receipt of an order that no actuator carries out. */
export function receiptOf(command: Command, state: Receipt['state'], atMs: number, why?: string): Receipt {
  const { id, site, device, action, alert, issuer, mode } = command;
  return {
    v: 1,
    commandId: id,
    site,
    device,
    action,
    state,
    ...(why === undefined ? {} : { why: why.slice(0, 300) }),
    ...(alert === undefined ? {} : { alert }),
    mode,
    issuer,
    atMs,
  };
}
