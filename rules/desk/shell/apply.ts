import {
  AlertTransition,
  alertKey,
  Command,
  Evidence,
  type Lane,
  type Ledger,
  type PictureNote,
  type PictureState,
  Receipt,
  type SiteEvent,
} from '@tocsin/contracts';
import type { TObject } from 'typebox';
import { sha256 } from '../../ledger/ledger.ts';
import { truthAfter } from '../actuators.ts';
import { type AlertRecord, acknowledgementOf, applyReceipt, applyTransition, forget, wordOf } from '../desk.ts';
import { incident, standing, type Trouble } from '../troubles.ts';
import { knownNote } from './pictures.ts';
import type { Store } from './store.ts';
import type { Work } from './work.ts';

/** Where an event came from. */
export type Place = { site: string; epoch: string; lane: Lane; seq: number; receivedAtMs: number };
/** The epoch of everything the cloud itself decides; the state of its engines lives as long as the desk's. */
export const cloudEpoch = 'cloud';

export type DeskCounters = {
  transitions: number;
  repeated: number;
  receipts: number;
  foreign: number;
  notes: number;
  gaps: number;
  pictures: number;
};

export type ApplierDeps = { store: Store; work: Work; ledger: Ledger; counters: DeskCounters };
export type Applier = ReturnType<typeof createApplier>;

/** Notes about somebody trying what they may not; they are kept as security entries and shown to a person. */
const securityCodes: readonly string[] = ['BATCH_CONFLICTS', 'SITE_MISMATCH', 'NOT_ALLOWED'];
/** Notes of a gateway about orders it refused: security entries too, for which it raises one alert of its own with their counts. */
const refusedCodes: readonly string[] = ['SIGNATURE_INVALID', 'ORDER_REFUSED'];

/** Keeps the fields a contract knows: what an open object carries besides is not for the record. */
function known<T extends object>(schema: TObject, value: T): T {
  const names = Object.keys(schema.properties);
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name))) as T;
}

function knownTransition(transition: AlertTransition): AlertTransition {
  const evidence = transition.evidence.map((one) => known(Evidence, one));
  return { ...known(AlertTransition, transition), evidence };
}

/** Ledger entries name evidence by its hash; the samples themselves stay in the history. */
function sealed({ evidence, ...rest }: AlertTransition): object {
  return evidence.length === 0 ? rest : { ...rest, evidenceSha256: sha256(JSON.stringify(evidence)) };
}

/** Applies what sites and engines say to the desk, inside the open transaction of `work`. */
export function createApplier({ store, work, ledger, counters }: ApplierDeps) {
  function hear(raw: AlertTransition, epoch: string, receivedAtMs: number): void {
    const transition = knownTransition(raw);
    const { key, site, origin } = transition;
    const rank = epoch === cloudEpoch ? 0 : store.rankOf(site, epoch);
    const id = store.addTransition(transition, epoch, receivedAtMs);
    if (id === undefined) {
      counters.repeated += 1;
      return;
    }
    counters.transitions += 1;
    const actor = transition.by ?? (origin === 'edge' ? `edge:${site}` : 'cloud');
    ledger.append({ atMs: receivedAtMs, kind: 'alert', actor, body: sealed(transition) });
    const before = work.alert(key);
    const record = applyTransition(before, { transition, rank, receivedAtMs });
    if (record === before) return;
    work.put(record);
    work.transition(record, id);
    if (origin === 'edge') dropAnswered(record);
  }

  /** A command is kept while its wish is open: not after the site has done it, nor after the alert outgrew it. */
  function dropAnswered(record: AlertRecord): void {
    for (const { command } of store.commandsOf(record.key)) {
      const edge = wordOf(record, 'edge')!;
      const done =
        command.action === 'reset'
          ? edge.latch === 'none'
          : edge.operator === 'acknowledged' || acknowledgementOf(record) === undefined;
      if (done) store.dropCommand(command.id);
    }
  }

  function raise(trouble: Trouble, present?: boolean): void {
    const record = work.alert(alertKey(trouble.site, trouble.rule, trouble.subject));
    const seen = record !== undefined && acknowledgementOf(record) !== undefined;
    const transition = present === undefined ? incident(record, trouble, seen) : standing(record, trouble, present);
    if (transition !== undefined) hear(transition, cloudEpoch, trouble.atMs);
  }

  /** A site speaks only for itself and only as the edge. */
  function foreign(event: SiteEvent, place: Place): void {
    counters.foreign += 1;
    const { site, receivedAtMs: atMs } = place;
    const text = `An event (${event.kind}) named another site or origin than the batch it came in.`;
    note({ site, code: 'SITE_MISMATCH', text, atMs });
  }

  function note({ site, code, text, atMs }: { site: string; code: string; text: string; atMs: number }): void {
    counters.notes += 1;
    const security = securityCodes.includes(code);
    const kind = security || refusedCodes.includes(code) ? 'security' : 'config';
    ledger.append({ atMs, kind, actor: `edge:${site}`, body: { site, code, text } });
    if (!security) return;
    const event = 'Somebody tried what is not allowed';
    const advice = 'Find out who sent it; change the credentials of the gateway if it was not the gateway.';
    raise({ site, rule: 'security', subject: code, event, reasons: [text], advice, atMs });
  }

  /** A site has told all that stands in its present epoch: what it said in earlier ones and not again, it has forgotten. */
  function told({ site, epoch, receivedAtMs }: Place): void {
    const rank = store.rankOf(site, epoch);
    for (const record of work.alertsOf(site)) {
      const next = forget(record, rank, receivedAtMs);
      if (next !== record) work.put(next);
    }
  }

  function gap(event: Extract<SiteEvent, { kind: 'gap' }>, { site, receivedAtMs: atMs }: Place): void {
    counters.gaps += 1;
    ledger.append({ atMs, kind: 'gap', actor: `edge:${site}`, body: event });
    const span = `${new Date(event.fromMs).toISOString()} to ${new Date(event.toMs).toISOString()}`;
    if (event.pictures !== undefined) {
      for (const sha256 of event.pictures) mark(site, sha256, 'expired');
      const words = { event: 'Evidence pictures were lost', advice: 'The alerts they belong to stand without them.' };
      const reasons = [event.what, `${event.pictures.length} pictures from ${span}.`];
      raise({ site, rule: 'data-gap', subject: 'pictures', ...words, reasons, atMs });
      return;
    }
    const reasons = [event.what, `${event.readings} readings from ${span}.`];
    const advice = 'What happened in that time can no longer be shown; look at the gateway’s disk and link.';
    raise({ site, rule: 'data-gap', subject: 'readings', event: 'Readings were lost', reasons, advice, atMs });
  }

  /** A picture of an alert is announced; its bytes come by another way, before or after. */
  function picture(raw: PictureNote, { site, receivedAtMs: atMs }: Place): void {
    const note = knownNote(raw);
    if (!store.addPicture(site, note, atMs)) {
      counters.repeated += 1;
      return;
    }
    counters.pictures += 1;
    ledger.append({ atMs, kind: 'evidence', actor: `edge:${site}`, body: note });
    show(note.alert);
  }

  function show(key: string): void {
    const record = work.alert(key);
    if (record !== undefined) work.put(record);
  }

  /** Says what became of a picture to every alert it belongs to; true when that was new. */
  function mark(site: string, sha256: string, state: PictureState): boolean {
    const keys = store.markPicture(site, sha256, state);
    keys.forEach(show);
    return keys.length > 0;
  }

  function receive(raw: Receipt, place: Place): void {
    counters.receipts += 1;
    const receipt = known(Receipt, raw);
    const atMs = place.receivedAtMs;
    const kind = receipt.state === 'refused' ? 'refusal' : 'receipt';
    ledger.append({ atMs, kind, actor: receipt.issuer, body: receipt });
    if (receipt.device === 'alerts') {
      answer(receipt, atMs);
      return;
    }
    answerOrder(receipt);
    const before = work.actuator(place.site, receipt.device);
    const after = truthAfter(before, receipt, place);
    if (after === before) return;
    work.putActuator(after);
    // An alert shows the truth of its actuators, so the one that acts and the one that acted before are shown again.
    for (const key of new Set([receipt.alert, before?.truth.alert])) {
      const record = key === undefined ? undefined : work.alert(key);
      if (record?.site !== place.site) continue;
      work.put(key === receipt.alert ? applyReceipt(record, receipt, atMs) : { ...record, changedAtMs: atMs });
    }
    if (receipt.state === 'refused' && !receipt.issuer.startsWith('edge:')) refused(receipt, atMs);
  }

  /** The site has the order: it need not be repeated, and what becomes of it is in its receipts. */
  function answerOrder({ commandId, state, why }: Receipt): void {
    store.dropCommand(commandId);
    const order = store.order(commandId);
    if (order === undefined) return;
    const { why: _before, ...rest } = order;
    store.putOrder({ ...rest, state, ...(why === undefined ? {} : { why }) });
  }

  /** A refused act is an alert row, not a line in a file; of its own decisions the edge says it itself. */
  function refused({ site, device, action, why = 'No reason was given.' }: Receipt, atMs: number): void {
    const event = `Act refused: ${action} on ${device}`;
    const advice = 'The actuator did not move. Decide whether it has to be moved by hand.';
    raise({ site, rule: 'act-refused', subject: device, event, reasons: [why], advice, atMs, class: 'supervisory' });
  }

  /** The site's answer to a wish about one of its alerts. */
  function answer(receipt: Receipt, atMs: number): void {
    if (!['refused', 'expired', 'failed', 'executed', 'verified'].includes(receipt.state)) return;
    store.dropCommand(receipt.commandId);
    const record = receipt.alert === undefined ? undefined : work.alert(receipt.alert);
    if (record?.asked?.commandId !== receipt.commandId) return;
    if (receipt.state === 'executed' || receipt.state === 'verified') return;
    const state = receipt.state === 'expired' ? 'expired' : 'refused';
    const why = receipt.why === undefined ? {} : { why: receipt.why };
    work.put({ ...record, asked: { ...record.asked, state, ...why }, changedAtMs: atMs });
  }

  return {
    hear,
    raise,
    note,
    mark,
    /** Applies one event of a batch. */
    event(event: SiteEvent, place: Place): void {
      const { site } = place;
      if (event.kind === 'note') {
        note({ site, code: event.code, text: event.text, atMs: place.receivedAtMs });
        if (event.code === 'ALERTS_TOLD') told(place);
      } else if (event.kind === 'gap') gap(event, place);
      else if (!isOwn(event, site)) foreign(event, place);
      else if (event.kind === 'picture') picture(event.note, place);
      else if (event.kind === 'alert') hear(event.transition, place.epoch, place.receivedAtMs);
      else if (event.kind === 'receipt') receive(event.receipt, place);
      else {
        const body = known(Command, event.command);
        ledger.append({ atMs: place.receivedAtMs, kind: 'command', actor: body.issuer, body });
      }
    },
  };
}

/** True when an event names the site of its batch, and an alert the edge and its own key. */
function isOwn(event: Exclude<SiteEvent, { kind: 'note' | 'gap' }>, site: string): boolean {
  if (event.kind === 'picture') return event.note.alert.startsWith(`${site}/`);
  if (event.kind === 'receipt') return event.receipt.site === site;
  if (event.kind === 'command') return event.command.site === site;
  const { transition } = event;
  const key = alertKey(site, transition.rule, transition.subject);
  return transition.site === site && transition.origin === 'edge' && transition.key === key;
}
