import { Fault, type Ledger, type Mode, type OperatorAct } from '@tocsin/contracts';
import type { SignCommand } from '../../signing.ts';
import { type AlertRecord, acknowledge, isForgotten, setAside, wordOf } from '../desk.ts';
import { isDeskMade } from '../troubles.ts';
import { type Applier, cloudEpoch } from './apply.ts';
import type { createCommands } from './commands.ts';
import type { Engines } from './engines.ts';
import type { Work } from './work.ts';

export type ActDeps = {
  work: Work;
  ledger: Ledger;
  applier: Applier;
  engines: Engines;
  commands: ReturnType<typeof createCommands>;
  signCommand: SignCommand | undefined;
  modeOf(site: string): Mode;
};

/** What operators do at the desk; every act runs inside an open transaction and throws a Fault to refuse. */
export function createActs(deps: ActDeps) {
  const { work, ledger, applier, engines, commands, signCommand } = deps;

  function known(key: string): AlertRecord {
    const record = work.alert(key);
    if (record === undefined) throw new Fault('ALERT_UNKNOWN', `${key}.`);
    return record;
  }

  function enter(record: AlertRecord, what: 'acknowledge' | 'reset', { by, atMs, note }: OperatorAct): void {
    const { key, occurrence } = record;
    const words = note === undefined ? {} : { note };
    ledger.append({ atMs, kind: 'operator', actor: by, body: { act: what, key, occurrence, ...words } });
  }

  /** Tells the cloud's own rules; answers why they refused, undefined when they did it. */
  function tellEngine(record: AlertRecord, what: 'acknowledge' | 'reset', act: OperatorAct): string | undefined {
    const { site, key } = record;
    const { by, atMs, note } = act;
    for (const effect of engines.tell(site, { kind: 'operator', act: what, key, by, note, atMs })) {
      if (effect.kind === 'refused') return effect.why;
      if (effect.kind === 'alert') applier.hear(effect.transition, cloudEpoch, atMs);
    }
    return undefined;
  }

  function tellSite(record: AlertRecord, action: 'acknowledge' | 'reset', act: OperatorAct): AlertRecord {
    const sign = signCommand;
    if (sign === undefined) return record;
    const mode = deps.modeOf(record.site);
    const command = commands.ask({ record, action, act, mode }, sign);
    ledger.append({ atMs: act.atMs, kind: 'command', actor: act.by, body: command });
    if (action === 'acknowledge') return record;
    const asked = { act: action, by: act.by, atMs: act.atMs, commandId: command.id, state: 'waiting' as const };
    return { ...record, asked, changedAtMs: act.atMs };
  }

  /** True when the decider of an alert's word is gone: a gateway that has forgotten it, or a rule the cloud no longer has. */
  function isOrphan(record: AlertRecord, origin: 'edge' | 'cloud'): boolean {
    if (origin === 'edge') return isForgotten(record);
    return !isDeskMade(record) && !engines.knows(record.site, record.key);
  }

  /** What nobody can end any more, a person ends, who has to say why while its last word is that the cause is present. */
  function putAway(record: AlertRecord, origin: 'edge' | 'cloud', act: OperatorAct): AlertRecord {
    const { condition } = wordOf(record, origin)!;
    if (condition === 'normal' || act.note?.trim()) return setAside(record, origin, act);
    const remedy = 'Make sure at the site that it is over, then reset it with a reason.';
    throw new Fault('ALERT_STILL_ACTIVE', `${record.key}: the last word was ${condition}.`, { remedy });
  }

  function resetOrigin(record: AlertRecord, origin: 'edge' | 'cloud', act: OperatorAct): AlertRecord {
    const word = wordOf(record, origin);
    if (word === undefined || (word.condition === 'normal' && word.latch === 'none')) return record;
    if (isOrphan(record, origin)) return putAway(record, origin, act);
    // While recovering, the severity may be held by the latch alone; who decided it knows, and refuses if it is not.
    if (word.condition === 'active')
      throw new Fault('ALERT_STILL_ACTIVE', `${record.key}: the ${origin} says ${word.condition}.`);
    if (origin === 'cloud') {
      const why = tellEngine(record, 'reset', act);
      if (why !== undefined) throw new Fault('ALERT_STILL_ACTIVE', `${record.key}: ${why}`);
      return known(record.key);
    }
    if (record.asked?.act === 'reset' && record.asked.state === 'waiting') return record;
    if (signCommand !== undefined) return tellSite(record, 'reset', act);
    const remedy = 'Give the cloud a signing key, or reset the alert at the site.';
    throw new Fault('COMMAND_REFUSED', `${record.key} is latched at the site and this cloud cannot sign.`, { remedy });
  }

  return {
    /** First come, first named; the second learns who and when. */
    acknowledge(act: OperatorAct): void {
      const record = known(act.key);
      const answer = acknowledge(record, act);
      if ('refused' in answer) {
        const { by, atMs } = answer.refused;
        throw new Fault('ALERT_ALREADY_ACKNOWLEDGED', `${by} did at ${new Date(atMs).toISOString()}.`);
      }
      work.put(answer.record);
      enter(record, 'acknowledge', act);
      if (record.origins.cloud !== undefined && !isDeskMade(record)) tellEngine(record, 'acknowledge', act);
      const edge = wordOf(record, 'edge');
      if (edge?.operator === 'unacknowledged' && !isOrphan(record, 'edge')) tellSite(record, 'acknowledge', act);
    },
    /** Ends a latch. The cloud's own latch ends at once; that of a site when the site says so. */
    reset(act: OperatorAct): void {
      const before = known(act.key);
      let changed = false;
      for (const origin of ['edge', 'cloud'] as const) {
        const record = known(act.key);
        const next = resetOrigin(record, origin, act);
        if (next === record) continue;
        changed = true;
        work.put(next);
      }
      if (changed) enter(before, 'reset', act);
    },
  };
}
