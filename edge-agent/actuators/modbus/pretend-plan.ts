import { type Command, type Receipt, silentLogger, systemClock } from '@tocsin/contracts';
import type { PipelineEvent } from '../../pipeline/types.ts';
import { createHands } from '../../shell/hands.ts';
import type { Site } from '../../site/types.ts';
import { createPlan, type PlanEvent } from '../plan/plan.ts';
import { orderOf } from '../plan/story.ts';
import type { Modbus } from './hand.ts';

/** Often enough for the shortest lease of the tests; the agent itself ticks every 500 ms. */
const tickMs = 25;

/** An entry of a breaker on way `way` of the simulated panel: pulsed trip and close coils, two contacts, everything quick. */
export function breakerAt(port: number, more: Record<string, unknown> = {}, way = 0): Modbus {
  const at = way * 10;
  return {
    ...{ id: `breaker-${way}`, driver: 'modbus', host: '127.0.0.1', port, rest: 'supply', onSilence: 'no change' },
    ...{ irreversible: ['cut'], interlocks: [], leaseMs: 600, readBackWithinMs: 400, timeoutMs: 100, lookMs: 100 },
    actions: {
      cut: { coil: at, value: true, pulseMs: 60 },
      supply: { coil: at + 1, value: true, pulseMs: 60 },
    },
    feedback: [
      { input: at, high: 'cut' },
      { input: at + 1, high: 'supply' },
    ],
    ...more,
  } as Modbus;
}

/** An entry of a contactor on way `way`: a coil that stands, one contact for both states. */
export function holderAt(port: number, more: Record<string, unknown> = {}, way = 0): Modbus {
  const at = way * 10;
  return breakerAt(
    port,
    {
      ...{ id: `holder-${way}`, rest: 'off', irreversible: [], onSilence: 'off' },
      actions: { on: { coil: at, value: true }, off: { coil: at, value: false } },
      feedback: [{ input: at + 1, high: 'on', low: 'off' }],
      ...more,
    },
    way,
  );
}

/** The real command plan and the real hands over the real drivers, with the pipeline left out. */
export function openPlan(actuators: readonly Modbus[]) {
  const receipts: Receipt[] = [];
  const commands: Command[] = [];
  const troubles = new Map<string, string>();
  const waiting: PlanEvent[] = [];
  let running = false;
  let cancelTick = () => {};
  const plan = createPlan({
    actuators: actuators.map((actuator) => ({
      ...{ site: 'mill', mode: 'live', actuator, canAsk: true },
      expected: Object.fromEntries(Object.keys(actuator.actions).map((action) => [action, action])),
    })),
    responses: new Map(),
    staleAfterMs: () => 6000,
  });
  const site = { site: 'mill', actuators } as unknown as Site;
  const field = { publish() {}, onMessage() {}, subscribe() {} };
  const ends = { feed, contained: (_: string, work: () => void) => work() };
  const hands = createHands({ site, field, clock: systemClock, logger: silentLogger, random: () => 0.5 }, ends);

  function feed(events: PipelineEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'trouble') waiting.push(event as PlanEvent);
      else if (event.reasons.length > 0) troubles.set(`${event.device} ${event.name}`, event.reasons[0]!);
      else troubles.delete(`${event.device} ${event.name}`);
    }
    run();
  }

  function run(): void {
    if (running) return;
    running = true;
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift())
      for (const effect of plan.step(event)) {
        if (effect.kind === 'receipt') receipts.push(effect.receipt);
        else if (effect.kind === 'command') {
          commands.push(effect.command);
          hands.dispatch(effect.command, true);
        } else if (effect.kind === 'ask') hands.ask(effect.actuator);
        else if (effect.kind === 'trouble' && effect.active)
          troubles.set(`${effect.subject} ${effect.name}`, effect.why);
        else if (effect.kind === 'trouble') troubles.delete(`${effect.subject} ${effect.name}`);
      }
    running = false;
  }

  function tick(): void {
    cancelTick = systemClock.after(tickMs, tick);
    waiting.push({ kind: 'tick', atMs: systemClock.nowMs() });
    run();
  }

  hands.open();
  hands.start();
  tick();
  return {
    receipts,
    commands,
    troubles,
    /** Stages an order went through, by its id. */
    stages: (id: string) => receipts.filter(({ commandId }) => commandId === id).map(({ state }) => state),
    wish(actuator: string, action: string): void {
      const usual = { response: `${actuator}-${action}`, severity: 4, coincidence: true, late: false };
      const about = { alert: `mill/${actuator}/fire`, text: 'Two detectors agree.' };
      waiting.push({ kind: 'wish', actuator, action, ...usual, ...about, atMs: systemClock.nowMs() });
      run();
    },
    wishEnd(actuator: string, action: string): void {
      waiting.push({ kind: 'wishEnd', actuator, response: `${actuator}-${action}`, atMs: systemClock.nowMs() });
      run();
    },
    order(given: Partial<Command>): void {
      const atMs = systemClock.nowMs();
      waiting.push({ kind: 'order', command: orderOf(given, atMs), atMs });
      run();
    },
    async stop(): Promise<void> {
      cancelTick();
      await hands.stop();
    },
  };
}
