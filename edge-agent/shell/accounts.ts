import type { AlertTransition, Command, PictureNote, Receipt } from '@tocsin/contracts';
import type { LedgerDraft } from '../outbox/journal.ts';
import type { PipelineEffect } from '../pipeline/types.ts';

/** The ledger's line about an alert; the evidence stays with the alert, the ledger keeps what was decided and by whom. */
export function alertEntry(site: string, { evidence: _evidence, ...transition }: AlertTransition): LedgerDraft {
  const byPerson = transition.kind === 'acknowledge' || transition.kind === 'reset';
  return {
    atMs: transition.decidedAtMs,
    kind: byPerson ? 'operator' : 'alert',
    actor: byPerson && transition.by !== undefined ? transition.by : `edge:${site}`,
    body: transition,
  };
}

/** The ledger's line about an intent to act. */
export function commandEntry(command: Command): LedgerDraft {
  return { atMs: command.notBeforeMs, kind: 'command', actor: command.issuer, body: command };
}

/** The ledger's line about what became of a command. */
export function receiptEntry(receipt: Receipt): LedgerDraft {
  const kind = receipt.state === 'refused' ? 'refusal' : 'receipt';
  return { atMs: receipt.atMs, kind, actor: receipt.issuer, body: receipt };
}

/** The ledger's line about a picture that belongs to an alert; the picture itself can be forgotten, its hash cannot. */
export function pictureEntry(site: string, note: PictureNote, atMs: number): LedgerDraft {
  return { atMs, kind: 'evidence', actor: `edge:${site}`, body: note };
}

/** The ledger's line about pictures that were deleted. */
export function deletedEntry(
  site: string,
  { atMs, pictures, why, unsent }: { atMs: number; pictures: string[]; why: string; unsent: boolean },
): LedgerDraft {
  const body = { act: 'picture.delete', why, unsent, count: pictures.length, pictures };
  return { atMs, kind: 'evidence', actor: `edge:${site}`, body };
}

/** The ledger's line about what a model refused to ask for, with the numbers behind it. */
export function remarkEntry(
  site: string,
  { model, remark, takenAtMs, late, atMs }: Extract<PipelineEffect, { kind: 'remark' }>,
): LedgerDraft {
  return { atMs, kind: 'refusal', actor: `edge:${site}`, body: { model, ...remark, takenAtMs, late } };
}
