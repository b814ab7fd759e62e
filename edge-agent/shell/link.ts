import type { EdgeAgentOptions } from '../agent.ts';
import type { Journal } from '../outbox/journal.ts';
import type { Recorder } from '../outbox/recorder.ts';
import { createUplink, type Uplink } from '../outbox/uplink.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import { descriptorOf } from './descriptor.ts';
import { createOrderDesk } from './orders.ts';

type Ends = {
  journal: Journal;
  recorder: Recorder;
  feed(events: PipelineEvent[]): void;
  status(): string;
  pictures(payload: Uint8Array): void;
};

/** A forged command is told to the cloud and the ledger at most this often; all are counted. */
const forgeryEveryMs = 60_000;

/** Joins the agent to the cloud, or answers undefined for a gateway that stands alone. */
export function createLink(
  options: EdgeAgentOptions,
  { journal, recorder, feed, status, pictures }: Ends,
): Uplink | undefined {
  const { site, transport, clock, random, logger } = options;
  if (transport === undefined) return undefined;
  const judge = createOrderDesk(site.site, site.cloud?.commandKeys ?? []);
  const descriptor = JSON.stringify(descriptorOf(site, options.version));
  let toldAtMs = Number.NEGATIVE_INFINITY;

  function command(payload: Uint8Array, retained: boolean): void {
    const receivedAtMs = clock.nowMs();
    const verdict = judge(payload, retained);
    if (verdict.ok) {
      feed([{ kind: 'order', command: verdict.command, receivedAtMs }]);
      return;
    }
    const { code, detail, forged } = verdict;
    feed([{ kind: 'refused', code, detail, atMs: receivedAtMs }]);
    if (!forged || clock.monotonicMs() - toldAtMs < forgeryEveryMs) return;
    toldAtMs = clock.monotonicMs();
    const entry = { atMs: receivedAtMs, kind: 'security' as const, actor: 'unknown', body: { code, detail } };
    recorder.event({ kind: 'note', code, text: detail, atMs: receivedAtMs }, { entry });
    recorder.commit();
  }

  return createUplink({
    site: site.site,
    journal,
    transport,
    clock,
    random,
    logger,
    descriptor: () => descriptor,
    status,
    commit: (drafts) => void recorder.commit(drafts),
    command,
    pictures,
  });
}
