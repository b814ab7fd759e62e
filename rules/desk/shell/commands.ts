import { type Clock, type Command, commandWire, type Mode, type Publish, topics } from '@tocsin/contracts';
import type { SignCommand } from '../../signing.ts';
import type { AlertRecord, PersonsAct } from '../desk.ts';
import type { OpenCommand, Store } from './store.ts';
import type { Work } from './work.ts';

/** An operator's wish is worth this long; afterwards the site must not act on it any more. */
const lifeMs = 600_000;
/** A site's clock may be this far behind the cloud's without refusing a command as not yet valid. */
const skewMs = 60_000;
/** Pauses between repeats double from the first to the longest: about fifteen repeats in ten minutes. */
const firstPauseMs = 2000;
const longestPauseMs = 60_000;

export type CommandDeps = { store: Store; work: Work; clock: Clock; publish: Publish; newId(): string };
/** What leaves for a site; `key` is the alert it is about, empty for an order to an actuator. */
export type Leaving = Pick<
  Command,
  'id' | 'site' | 'device' | 'action' | 'value' | 'alert' | 'issuer' | 'reason' | 'mode'
> & {
  key: string;
  askedAtMs: number;
  lifeMs: number;
};
type Wish = { record: AlertRecord; action: 'acknowledge' | 'reset'; act: PersonsAct; mode: Mode };

/**
 * Sends operators' wishes about edge alerts, and orders to actuators, down to the site and repeats them until the site answers or they
 * expire. Each is numbered, signed and committed before it is sent; its id makes every repeat harmless. `value` is the number of the newest
 * transition the
 * person saw: an alert that was raised or escalated after that number is not the one that was acknowledged.
 */
export function createCommands({ store, work, clock, publish, newId }: CommandDeps) {
  const send = (command: Command) => publish(topics.command(command.site), commandWire(command), { qos: 1 });

  /** Numbers and signs what leaves, keeps it in the open transaction and sends it after the commit; answers the signed command. */
  function leave({ key, askedAtMs, lifeMs, ...what }: Leaving, sign: SignCommand): Command {
    const nowMs = clock.nowMs();
    const command = sign({
      v: 1,
      ...what,
      number: store.nextOrderNumber(what.site, what.device, nowMs),
      // The time of asking: what is released later must not count as given later.
      notBeforeMs: Math.max(0, Math.min(askedAtMs, nowMs) - skewMs),
      expiresAtMs: nowMs + lifeMs,
      issuer: what.issuer.slice(0, 120),
      reason: what.reason.slice(0, 500),
    });
    const times = { nextAtMs: nowMs + firstPauseMs, pauseMs: firstPauseMs, expiresAtMs: command.expiresAtMs };
    store.putCommand({ command, key, ...times });
    work.after(() => send(command));
    return command;
  }

  return {
    leave,
    /** Keeps a wish about an alert of the edge. */
    ask({ record, action, act, mode }: Wish, sign: SignCommand): Command {
      const { key, site } = record;
      const wish = { id: `desk-${newId()}`, site, device: 'alerts', action, alert: key, key, mode, issuer: act.by };
      const value = record.origins.edge!.newest.number;
      const reason = act.note ?? `${action} at the desk`;
      return leave({ ...wish, value, reason, askedAtMs: clock.nowMs(), lifeMs }, sign);
    },
    /** Repeats what is due and gives up what has expired; answers what was given up. Call inside a transaction. */
    repeat(nowMs: number): OpenCommand[] {
      const givenUp: OpenCommand[] = [];
      for (const open of store.dueCommands(nowMs)) {
        if (nowMs < open.expiresAtMs) {
          const pauseMs = Math.min(open.pauseMs * 2, longestPauseMs);
          store.putCommand({ ...open, pauseMs, nextAtMs: nowMs + pauseMs });
          work.after(() => send(open.command));
          continue;
        }
        store.dropCommand(open.command.id);
        givenUp.push(open);
        const record = work.alert(open.key);
        if (record?.asked?.commandId !== open.command.id) continue;
        const why = 'The site did not answer in time.';
        work.put({ ...record, asked: { ...record.asked, state: 'expired', why }, changedAtMs: nowMs });
      }
      return givenUp;
    },
    isDue: (nowMs: number): boolean => store.dueCommands(nowMs).length > 0,
  };
}
