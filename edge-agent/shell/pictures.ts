import type { EdgeAgentOptions } from '../agent.ts';
import { createEvidence, type Deleted, type Evidence } from '../evidence/evidence.ts';
import type { Recorder } from '../outbox/recorder.ts';
import type { Uplink } from '../outbox/uplink.ts';
import { deletedEntry, pictureEntry } from './accounts.ts';

/** What was deleted is written down this soon. */
const deletedWithinMs = 1_000;
const reasons = { age: 'they were too old', budget: 'there was no more room', damaged: 'they were damaged' } as const;

/** Joins the evidence to journal and link, or answers undefined for an agent that keeps no pictures. */
export function createPictures(
  options: EdgeAgentOptions,
  { recorder, uplink }: { recorder: Recorder; uplink: Uplink | undefined },
): Evidence | undefined {
  const { evidence, transport, clock, logger } = options;
  const { site } = options.site;
  if (evidence === undefined) return undefined;

  function deleted({ pictures, why, fromMs, toMs, unsent }: Deleted): void {
    const entry = deletedEntry(site, { atMs: clock.nowMs(), pictures, why, unsent });
    const what = `${pictures.length} evidence pictures were deleted before the cloud had them: ${reasons[why]}.`;
    if (unsent) recorder.event({ kind: 'gap', what, readings: 0, fromMs, toMs, pictures }, { entry });
    else recorder.entry(entry);
    recorder.within(deletedWithinMs);
  }

  return createEvidence({
    ...evidence,
    site,
    clock,
    logger,
    deleted,
    told(note) {
      recorder.event({ kind: 'picture', note }, { entry: pictureEntry(site, note, clock.nowMs()) });
      return recorder.commit();
    },
    ...(uplink === undefined || transport === undefined
      ? {}
      : { link: { publish: transport.publish, online: uplink.online, free: uplink.free } }),
  });
}
