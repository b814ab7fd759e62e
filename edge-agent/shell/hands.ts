import assert from 'node:assert';
import { type Clock, type Command, Fault, type Logger, type Secret } from '@tocsin/contracts';
import { type ActuatorDriver, type DriverHost, driverOf } from '../actuators/index.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import type { Site } from '../site/types.ts';
import type { FieldPort, OpenActuator } from './field.ts';

type HandsOptions = {
  site: Site;
  field: FieldPort;
  clock: Clock;
  logger: Logger;
  random(): number;
  readSecret?(secret: Secret): string;
};

type Ends = {
  feed(events: PipelineEvent[]): void;
  /** Keeps a bug of a driver from costing more than one order. */
  contained(what: string, work: () => void): void;
};

/** The drivers of a site's actuators, and the last step of every order: what was decided and written down is handed over. */
export function createHands(options: HandsOptions, { feed, contained }: Ends) {
  const { site, field, clock, logger, random } = options;
  const drivers = new Map<string, ActuatorDriver>();

  function hostOf(actuator: string): DriverHost {
    const atMs = () => clock.nowMs();
    const sent = { kind: 'sent' as const, actuator };
    return {
      publish: field.publish,
      clock,
      logger,
      random,
      readSecret(secret) {
        if (options.readSecret === undefined) throw new Fault('FILE_UNREADABLE', 'This agent was given no secrets.');
        return options.readSecret(secret);
      },
      readBack: (state, old = false) => feed([{ kind: 'readBack', actuator, state, old, atMs: atMs() }]),
      accepted: (commandId) => feed([{ kind: 'accepted', actuator, commandId, atMs: atMs() }]),
      failed: (commandId, why) => feed([{ ...sent, commandId, ok: false, why: why.slice(0, 300), atMs: atMs() }]),
      trouble: (name, why) =>
        feed([
          {
            kind: 'trouble',
            name: `actuator-${name}`,
            device: actuator,
            reasons: why === undefined ? [] : [why],
            atMs: atMs(),
          },
        ]),
    };
  }

  const irreversible = new Map(site.actuators.map((actuator) => [actuator.id, actuator.irreversible]));
  return {
    /** Makes the drivers; none opens a connection yet. */
    open(): OpenActuator[] {
      for (const actuator of site.actuators)
        drivers.set(actuator.id, driverOf(actuator.driver)!.open(actuator, hostOf(actuator.id)));
      return [...drivers].map(([id, driver]) => ({ id, driver }));
    },
    start(): void {
      for (const driver of drivers.values())
        contained('A driver failed.', () => {
          driver.start?.();
          driver.ask();
        });
    },
    async stop(): Promise<void> {
      await Promise.allSettled([...drivers.values()].map((driver) => driver.stop?.()));
    },
    /** Asks a device for its state; a question that cannot leave is one that stays unanswered, which is counted where it was decided. */
    ask(actuator: string): void {
      try {
        drivers.get(actuator)?.ask();
      } catch (error) {
        logger.info({ actuator, error: String(error) }, 'An actuator could not be asked for its state.');
      }
    },
    /** The intent is on disk (or could not be); now the order leaves. */
    dispatch(command: Command, stored: boolean): void {
      if (command.mode !== 'live') return;
      const driver = drivers.get(command.device);
      assert(driver !== undefined, `There is no actuator ${command.device}.`);
      const sent = { kind: 'sent' as const, actuator: command.device, commandId: command.id };
      const failed = (why: string) => feed([{ ...sent, ok: false, why: why.slice(0, 300), atMs: clock.nowMs() }]);
      if (!stored && irreversible.get(command.device)!.includes(command.action)) {
        failed('journal: the intent could not be stored, and the act cannot be taken back');
        return;
      }
      try {
        driver.send(command);
      } catch (error) {
        failed(`driver: ${error instanceof Error ? error.message : String(error)}`);
        return;
      }
      feed([{ ...sent, ok: true, atMs: clock.nowMs() }]);
    },
  };
}
