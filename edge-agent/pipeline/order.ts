import type { EngineEffect } from '@tocsin/rules/engine';
import { alertsDevice, obeyAlertOrder, receiptOf } from './alert-orders.ts';
import { act, follow, tellAlert } from './decide.ts';
import type { Effects, Parts } from './parts.ts';
import type { Acted, OperatorAct } from './trouble-book.ts';
import type { PipelineEvent } from './types.ts';

/** Takes in a signed order: to an actuator, or about an alert. */
export function takeOrder(parts: Parts, event: Extract<PipelineEvent, { kind: 'order' }>, effects: Effects): void {
  const { command, receivedAtMs: atMs } = event;
  const { plan, alertOrders } = parts;
  if (plan.has(command.device)) {
    act(parts, { kind: 'order', command, atMs }, effects);
    return;
  }
  if (command.device !== alertsDevice) {
    const why = `there is no actuator ${command.device}`;
    effects.push({ kind: 'receipt', receipt: receiptOf(command, 'refused', atMs, why) });
    return;
  }
  const caused: EngineEffect[] = [];
  const { receipt, acted } = obeyAlertOrder(alertOrders, { command, atMs }, (asked) =>
    operate(parts, asked, { effects, caused }),
  );
  alertOrders.isDirty = true;
  if (acted !== undefined) tellAlert(parts, acted.transition, effects);
  // Rules that heard the act may answer it: what a latch held back comes out, a sequence goes on or ends.
  follow(parts, caused, effects, atMs);
  effects.push({ kind: 'receipt', receipt });
}

type Doing = { effects: Effects; caused: EngineEffect[] };

/** A person's act on an alert of a rule or on a trouble of the pipeline; `caused` takes what other rules made of it. */
function operate(parts: Parts, asked: OperatorAct, { effects, caused }: Doing): Acted {
  const { book, engine, wishes } = parts;
  if (book.has(asked.key)) return book.act(asked);
  const [answer, ...others] = engine.step({ kind: 'operator', ...asked });
  caused.push(...others);
  if (answer?.kind === 'alert') return { transition: answer.transition };
  const alert = engine.alerts().get(asked.key);
  const ended = asked.act === 'reset' && alert !== undefined ? wishes.reset(alert, asked.atMs) : [];
  for (const wish of ended) act(parts, wish, effects);
  return { refused: answer?.kind === 'refused' ? answer.why : 'There is no such alert.' };
}
