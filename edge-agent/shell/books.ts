import type { Recorder } from '../outbox/recorder.ts';
import type { PipelineEffect } from '../pipeline/types.ts';
import { alertEntry, commandEntry, receiptEntry, remarkEntry } from './accounts.ts';
import type { Refusals } from './refusals.ts';

/** What an agent has done since it started. */
export type Counts = { readings: number; alerts: number; commands: number; receipts: number };

/** Receipts that follow an act, and refusals, are committed together this soon; the act itself never waits for them. */
const receiptsWithinMs = 5;

type Books = { site: string; counts: Counts; recorder: Recorder; refusals: Refusals };

/** Writes down one effect of the pipeline where it belongs: readings and events to be sent up, acts of power into the ledger. */
export function record({ site, counts, recorder, refusals }: Books, effect: PipelineEffect): void {
  switch (effect.kind) {
    case 'store':
      counts.readings += 1;
      recorder.reading(effect.reading, effect.unit, effect.late);
      break;
    case 'alert': {
      counts.alerts += 1;
      const { transition } = effect;
      recorder.event({ kind: 'alert', transition }, { entry: alertEntry(site, transition) });
      break;
    }
    case 'command': {
      counts.commands += 1;
      const { command } = effect;
      recorder.event({ kind: 'command', command }, { entry: commandEntry(command), intent: { command } });
      break;
    }
    case 'receipt': {
      counts.receipts += 1;
      const { receipt } = effect;
      recorder.within(receiptsWithinMs);
      recorder.event({ kind: 'receipt', receipt }, { entry: receiptEntry(receipt), intent: { receipt } });
      break;
    }
    case 'ask':
      // A question moves nothing, and the answer is told as a read-back.
      break;
    case 'remark':
      // Requests, extensions and releases show in the commands they lead to; a refusal shows nowhere else.
      if (effect.remark.what !== 'refusal') break;
      recorder.within(receiptsWithinMs);
      recorder.entry(remarkEntry(site, effect));
      break;
    case 'refused':
      refusals.note(effect);
      break;
    default:
      effect satisfies never;
  }
}
