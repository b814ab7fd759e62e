import { systemClock } from '@tocsin/contracts';
import { type AgentTable, type Cell, serveObjects } from './agent.ts';
import { keepController, type RunningController, type ServeOptions } from './ntcip.ts';
import { bitOf, type ControllerPlan, crossingPlan } from './plan.ts';

/** Full UTC, Type 2 (UTMC UG405). */
const type2 = '1.3.6.1.4.1.13267.3.2';

export type OutstationOptions = ServeOptions & {
  /** System code number of the junction, which is part of every object's name. */
  scn?: string;
};

/**
 * Starts a simulated UG405 outstation with the same controller behind it as an SNMP agent on loopback. Stage n is the nth phase of
 * the ring; up to 7 stages, because the library turns octets above 127 of a SET into text. The control objects have an effect only
 * in operation mode 3 with take-over; the mode falls back by itself when nobody writes for the plan's `backupMs`.
 */
export async function serveOutstation(options: OutstationOptions = {}): Promise<RunningController> {
  const { plan = crossingPlan, clock = systemClock, scn = 'J00001' } = options;
  const { communities = { read: 'UTMC', write: 'UTMC' } } = options;
  const kept = keepController(plan, clock);
  const said = { mode: 1, takeOver: 0, stages: 0 };
  const apply = () => {
    const forces = said.mode === 3 && said.takeOver === 1;
    kept.tell({ kind: 'set', register: 'force', mask: forces ? phasesOf(plan, said.stages) : 0 });
  };
  /** The controller behind forgets after `backupMs`; the outstation then stands alone again. */
  const settle = () => {
    if (kept.state().backup) Object.assign(said, { mode: 1, takeOver: 0, stages: 0 });
  };
  const number = (name: 'mode' | 'takeOver', min: number, max: number): Cell => ({
    type: 'Integer',
    range: { min, max },
    read() {
      settle();
      return said[name];
    },
    write(value) {
      settle();
      said[name] = value as number;
      apply();
      return true;
    },
  });
  const force: Cell = {
    type: 'OctetString',
    read() {
      settle();
      return Buffer.from([said.stages]);
    },
    write(value) {
      settle();
      if (!Buffer.isBuffer(value) || value.length > 1) return false;
      said.stages = value[0] ?? 0;
      apply();
      return true;
    },
  };
  const control: AgentTable = {
    name: 'utcControl',
    entry: `${type2}.4.2.1`,
    index: ['Integer', 'OctetString'],
    rows: [
      {
        index: [1, scn],
        cells: { 5: force, 15: number('takeOver', 0, 1) },
      },
    ],
  };
  const reply: AgentTable = {
    name: 'utcReply',
    entry: `${type2}.5.1.1`,
    index: ['Integer', 'OctetString'],
    rows: [
      {
        index: [1, scn],
        cells: {
          3: { type: 'OctetString', read: () => Buffer.from([stageOf(plan, kept.state())]) },
          // Manual control: somebody at the controller has it; the simulation shows a pre-emption so.
          15: { type: 'Integer', read: () => (kept.state().preemptSinceMs === undefined ? 0 : 1) },
          36: { type: 'Integer', read: () => 0 },
        },
      },
    ],
  };
  const scalars: Record<string, Cell> = {
    [`${type2}.2.4`]: { type: 'Integer', read: () => Math.ceil(kept.state().backupMs / 1000) },
    [`${type2}.4.1`]: number('mode', 1, 3),
  };
  const after = (delayMs: number, task: () => void) => void clock.after(delayMs, task);
  const agent = await serveObjects({ scalars, tables: [control, reply], communities, after });
  return { ...agent, state: kept.state, tell: kept.tell, shouts: kept.shouts };
}

function phasesOf({ ring }: ControllerPlan, stages: number): number {
  return ring.reduce((mask, { number }, i) => ((stages >> i) & 1 ? mask | bitOf(number) : mask), 0);
}

/** The stage that has right of way, as a bit; none between the stages. */
function stageOf({ ring }: ControllerPlan, { index, interval }: ReturnType<RunningController['state']>): number {
  const going = interval === 'walk' || interval === 'clearance' || interval === 'green';
  return going && index < ring.length ? 1 << index : 0;
}
