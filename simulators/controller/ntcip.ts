import { type Clock, systemClock } from '@tocsin/contracts';
import { type AgentFault, type AgentTable, type Cell, serveObjects } from './agent.ts';
import type { ControllerState } from './machine.ts';
import type { Shout } from './monitor.ts';
import { statusOf } from './outputs.ts';
import { type ControllerEvent, type ControllerPlan, crossingPlan, type PhasePlan, type Register } from './plan.ts';
import { createController } from './watched.ts';

/** An event without its time, which is now. */
export type Told = ControllerEvent extends infer E ? (E extends ControllerEvent ? Omit<E, 'atMs'> : never) : never;

export type RunningController = {
  port: number;
  /** The controller at this very moment. */
  state(): ControllerState;
  tell(told: Told): void;
  shouts(): readonly Shout[];
  fail(fault: AgentFault): void;
  counts: { asked: number; answered: number };
  stop(): Promise<void>;
};

export type ServeOptions = {
  plan?: ControllerPlan;
  clock?: Clock;
  communities?: { read: string; write: string };
  port?: number;
};

/** Actuated signal controller (NTCIP 1202): the node every object below hangs from. */
const asc = '1.3.6.1.4.1.1206.4.2.1';
const sysUpTime = '1.3.6.1.2.1.1.3';
const byte = { min: 0, max: 255 };
const controlColumns: readonly [column: number, register: Register][] = [
  [2, 'phaseOmit'],
  [3, 'pedOmit'],
  [4, 'hold'],
  [5, 'forceOff'],
  [6, 'vehCall'],
  [7, 'call'],
];
const statusColumns = [
  'reds',
  'yellows',
  'greens',
  'dontWalks',
  'pedClears',
  'walks',
  'vehCalls',
  'pedCalls',
  'ons',
  'nexts',
] as const;

/** Keeps a watched controller on the time of a clock. */
export function keepController(plan: ControllerPlan, clock: Clock) {
  const beganMs = clock.monotonicMs();
  const nowMs = () => Math.floor(clock.monotonicMs() - beganMs);
  const controller = createController(plan);
  const tell = (told: Told) => controller.step({ ...told, atMs: nowMs() } as ControllerEvent);
  return {
    tell,
    nowMs,
    shouts() {
      tell({ kind: 'tick' });
      return controller.shouts();
    },
    state() {
      tell({ kind: 'tick' });
      return controller.state();
    },
  };
}

/** Starts a simulated NTCIP 1202 controller as an SNMP v1 agent on loopback. */
export async function serveController(options: ServeOptions = {}): Promise<RunningController> {
  const { plan = crossingPlan, clock = systemClock, communities = { read: 'public', write: 'private' } } = options;
  const kept = keepController(plan, clock);
  const groups = Array.from(
    { length: Math.ceil(Math.max(...plan.ring.map(({ number }) => number)) / 8) },
    (_, i) => i + 1,
  );
  const part = (mask: number, group: number) => (mask >>> (8 * (group - 1))) & 255;
  const integer = (read: () => number): Cell => ({ type: 'Integer', read });

  const statusCell = (group: number, name: (typeof statusColumns)[number]) =>
    integer(() => part(statusOf(plan, kept.state())[name], group));
  const control = (group: number, register: Register): Cell => ({
    type: 'Integer',
    range: byte,
    read: () => part(kept.state().registers[register], group),
    write(value) {
      const others = kept.state().registers[register] & ~(255 << (8 * (group - 1)));
      kept.tell({ kind: 'set', register, mask: others | ((value as number) << (8 * (group - 1))) });
      return true;
    },
  });
  const tables: AgentTable[] = [
    phaseTable(plan),
    {
      name: 'phaseStatusGroup',
      entry: `${asc}.1.4.1`,
      index: ['Integer'],
      rows: groups.map((group) => ({
        index: [group],
        cells: Object.fromEntries(statusColumns.map((name, i) => [i + 2, statusCell(group, name)])),
      })),
    },
    {
      name: 'phaseControlGroup',
      entry: `${asc}.1.5.1`,
      index: ['Integer'],
      rows: groups.map((group) => ({
        index: [group],
        cells: Object.fromEntries(controlColumns.map(([column, register]) => [column, control(group, register)])),
      })),
    },
  ];
  const scalars: Record<string, Cell> = {
    [sysUpTime]: { type: 'TimeTicks', read: () => Math.floor((kept.state().atMs - kept.state().upSinceMs) / 10) },
    // unitBackupTime is in whole seconds; a plan with fractions is for tests and is shown rounded up.
    [`${asc}.3.3`]: integer(() => Math.ceil(kept.state().backupMs / 1000)),
    // 2 is systemControl, 4 backupMode.
    [`${asc}.3.5`]: integer(() => (kept.state().backup ? 4 : 2)),
    // 2 is notFlash, 8 preempt.
    [`${asc}.3.6`]: integer(() => (kept.state().preemptSinceMs === undefined ? 2 : 8)),
  };
  const after = (delayMs: number, task: () => void) => void clock.after(delayMs, task);
  const agent = await serveObjects({
    scalars,
    tables,
    communities,
    after,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  return { ...agent, state: kept.state, tell: kept.tell, shouts: kept.shouts };
}

/** phaseTable: phaseWalk (2) and phasePedestrianClear (3) in whole seconds. */
function phaseTable({ ring }: ControllerPlan): AgentTable {
  const seconds = (ms = 0): Cell => ({ type: 'Integer', read: () => Math.floor(ms / 1000) });
  const cells = ({ pedestrian }: PhasePlan) => ({
    2: seconds(pedestrian?.walkMs),
    3: seconds(pedestrian?.clearanceMs),
  });
  const rows = ring.map((phase) => ({ index: [phase.number], cells: cells(phase) }));
  return { name: 'phase', entry: `${asc}.1.2.1`, index: ['Integer'], rows };
}
