import type { SiteEvent } from '@tocsin/contracts';
import type { EdgeAgentOptions } from '../agent.ts';
import type { Journal } from '../outbox/journal.ts';
import type { Recorder } from '../outbox/recorder.ts';
import { createUplink, type Uplink } from '../outbox/uplink.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import { descriptorOf } from './descriptor.ts';
import { createOrderTally, type Told } from './order-tally.ts';
import { createOrderDesk, type OrderRefusal, refusalCodes } from './orders.ts';

type Ends = {
  journal: Journal;
  recorder: Recorder;
  feed(events: PipelineEvent[]): void;
  status(): string;
  pictures(payload: Uint8Array): void;
};

/** While orders are being refused, the tally is looked at this often. */
const tallyEveryMs = 10_000;
/** The ids of the newest orders obeyed, so that the cloud's repeats do not fill the ledger. */
const signedMax = 512;
/** A signature costs about 0.1 ms of a gateway's processor to check: a flood beyond this is refused unread and counted. */
const ordersPerSecondMax = 100;
const burstMax = 600;

/** Joins the agent to the cloud, or answers undefined for a gateway that stands alone. */
export function createLink(options: EdgeAgentOptions, ends: Ends): Uplink | undefined {
  const { site, transport, clock, random, logger } = options;
  if (transport === undefined) return undefined;
  const { journal, recorder, status, pictures } = ends;
  const descriptor = JSON.stringify(descriptorOf(site, options.version));
  const orders = createOrders(options, ends);
  const uplink = createUplink({
    site: site.site,
    journal,
    transport,
    clock,
    random,
    logger,
    descriptor: () => descriptor,
    status,
    commit: (drafts) => void recorder.commit(drafts),
    command: orders.take,
    pictures,
  });
  return {
    ...uplink,
    async stop() {
      orders.stop();
      await uplink.stop();
    },
  };
}

/** Takes orders in: authentic ones go to the pipeline, and every refusal is counted, written down and shown to a person. */
function createOrders({ site, clock }: EdgeAgentOptions, { recorder, feed }: Ends) {
  const judge = createOrderDesk(site.site, site.cloud?.commandKeys ?? []);
  const tally = createOrderTally();
  const signed = new Set<string>();
  let budget = { left: burstMax, atMs: clock.monotonicMs() };
  let cancelLook: (() => void) | undefined;

  function isFlood(monotonicMs: number): boolean {
    const more = ((monotonicMs - budget.atMs) * ordersPerSecondMax) / 1000;
    budget = { left: Math.min(burstMax, budget.left + more), atMs: monotonicMs };
    if (budget.left < 1) return true;
    budget.left -= 1;
    return false;
  }

  /** Says which key signed an order, once. */
  function enterKey(id: string, entry: { atMs: number; actor: string; body: object }): void {
    if (signed.has(id)) return;
    signed.add(id);
    if (signed.size > signedMax) for (const oldest of signed) if (signed.delete(oldest)) break;
    recorder.entry({ ...entry, kind: 'command' });
  }

  function write({ entries }: Pick<Told, 'entries'>): void {
    const atMs = clock.nowMs();
    for (const { why, detail, folded } of entries) {
      const code = why === 'many' ? 'COMMAND_REFUSED' : refusalCodes[why as OrderRefusal];
      const body = { act: 'order.refused', code, why, detail, ...(folded === undefined ? {} : { folded }) };
      const noteCode = code === 'SIGNATURE_INVALID' ? code : 'ORDER_REFUSED';
      const counts = folded === undefined ? '' : ` ${JSON.stringify(folded)}`;
      const text = `${why === 'many' ? '' : `${why}: `}${detail}${counts}`.slice(0, 500);
      const event: SiteEvent = { kind: 'note', code: noteCode, text, atMs };
      recorder.event(event, { entry: { atMs, kind: 'security', actor: 'unknown', body } });
    }
  }

  /** Says it again with every look: renewed counts are told at most once a minute, and what was told last is the newest. */
  function show({ reasons }: Pick<Told, 'reasons'>): void {
    feed([{ kind: 'trouble', name: 'orders-refused', device: site.site, reasons, atMs: clock.nowMs() }]);
  }

  function look(): void {
    cancelLook = undefined;
    const told = tally.pass(clock.monotonicMs());
    write(told);
    show(told);
    if (told.entries.length > 0) recorder.commit();
    if (!tally.isQuiet()) cancelLook = clock.after(tallyEveryMs, look);
  }

  function refuse(why: OrderRefusal, detail: string): void {
    const atMs = clock.nowMs();
    feed([{ kind: 'refused', code: refusalCodes[why], detail, atMs }]);
    const told = tally.note({ why, detail, atMs }, clock.monotonicMs());
    write(told);
    if (told.entries.length > 0) {
      show(told);
      recorder.commit();
    }
    cancelLook ??= clock.after(tallyEveryMs, look);
  }

  return {
    take(payload: Uint8Array, retained: boolean): void {
      const [nowMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
      if (isFlood(monotonicMs)) {
        refuse('too many at once', `More than ${ordersPerSecondMax} orders a second came.`);
        return;
      }
      const verdict = judge({ payload, retained, nowMs, monotonicMs });
      if (!verdict.ok) {
        refuse(verdict.why, verdict.detail);
        return;
      }
      const { command, key, refused } = verdict;
      const { id: order, number, device, action, issuer: actor } = command;
      if (refused === undefined)
        enterKey(order, { atMs: nowMs, actor, body: { act: 'order.signed', order, number, device, action, key } });
      else refuse(refused.why, refused.detail);
      feed([{ kind: 'order', command, receivedAtMs: nowMs }]);
    },
    stop(): void {
      cancelLook?.();
      write({ entries: tally.close() });
      recorder.commit();
    },
  };
}
