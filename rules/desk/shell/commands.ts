import { type Clock, type Command, type Mode, type Publish, topics } from '@tocsin/contracts';
import type { SignCommand } from '../../signing.ts';
import type { AlertRecord, PersonsAct } from '../desk.ts';
import type { Store } from './store.ts';
import type { Work } from './work.ts';

/** An operator's wish is worth this long; afterwards the site must not act on it any more. */
const lifeMs = 600_000;
/** A site's clock may be this far behind the cloud's without refusing a command as not yet valid. */
const skewMs = 60_000;
/** Pauses between repeats double from the first to the longest: about fifteen repeats in ten minutes. */
const firstPauseMs = 2000;
const longestPauseMs = 60_000;

export type CommandDeps = { store: Store; work: Work; clock: Clock; publish: Publish; newId(): string };
type Wish = { record: AlertRecord; action: 'acknowledge' | 'reset'; act: PersonsAct; mode: Mode };

/**
 * Sends operators' wishes about edge alerts down to the site and repeats them until the site answers or they expire.
 * A wish is committed before it is sent; its id makes every repeat harmless. `value` is the number of the newest
 * transition the
 * person saw: an alert that was raised or escalated after that number is not the one that was acknowledged.
 */
export function createCommands({ store, work, clock, publish, newId }: CommandDeps) {
  const send = (command: Command) => publish(topics.command(command.site), JSON.stringify(command), { qos: 1 });
  return {
    /** Keeps the wish in the open transaction and sends it after the commit; answers the signed command. */
    ask({ record, action, act, mode }: Wish, sign: SignCommand): Command {
      const nowMs = clock.nowMs();
      const command = sign({
        v: 1,
        id: `desk-${newId()}`,
        site: record.site,
        device: 'alerts',
        action,
        value: record.origins.edge!.newest.number,
        alert: record.key,
        notBeforeMs: Math.max(0, nowMs - skewMs),
        expiresAtMs: nowMs + lifeMs,
        issuer: act.by.slice(0, 120),
        reason: (act.note ?? `${action} at the desk`).slice(0, 500),
        mode,
      });
      const times = { nextAtMs: nowMs + firstPauseMs, pauseMs: firstPauseMs, expiresAtMs: command.expiresAtMs };
      store.putCommand({ command, key: record.key, ...times });
      work.after(() => send(command));
      return command;
    },
    /** Repeats what is due and gives up what has expired; call inside a transaction. */
    repeat(nowMs: number): void {
      for (const open of store.dueCommands(nowMs)) {
        if (nowMs < open.expiresAtMs) {
          const pauseMs = Math.min(open.pauseMs * 2, longestPauseMs);
          store.putCommand({ ...open, pauseMs, nextAtMs: nowMs + pauseMs });
          work.after(() => send(open.command));
          continue;
        }
        store.dropCommand(open.command.id);
        const record = work.alert(open.key);
        if (record?.asked?.commandId !== open.command.id) continue;
        const why = 'The site did not answer in time.';
        work.put({ ...record, asked: { ...record.asked, state: 'expired', why }, changedAtMs: nowMs });
      }
    },
    isDue: (nowMs: number): boolean => store.dueCommands(nowMs).length > 0,
  };
}
