import { type CrossingConfig, usual } from './config.ts';

/** The crossing's own frame: `s` metres along the walk from the first kerb, `across` metres beside its middle line. */
export type Frame = { lengthM: number; toS(xM: number, yM: number): [s: number, across: number] };

/** What a reading of one input means. */
export type Part =
  | { is: 'phase' | 'vehicle' | 'preempt' | 'left' }
  | { is: 'button'; slot: number }
  | { is: 'tap'; slot: number; extensionS: number };

/** A configuration worked out: every setting has its value, the ground has its frame, each input has its part. */
export type CrossingPlan = Required<typeof usual> &
  Pick<CrossingConfig, 'widthM' | 'clearanceMs'> & {
    frame: Frame;
    parts: readonly Part[];
    streams: readonly string[];
    hasVehicle: boolean;
    passiveCall: boolean;
  };

/** The crossing's own frame. */
export function frameOf({ from, to }: Pick<CrossingConfig, 'from' | 'to'>): Frame {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const lengthM = Math.hypot(dx, dy);
  return {
    lengthM,
    toS(xM, yM) {
      const px = xM - from[0];
      const py = yM - from[1];
      return [(px * dx + py * dy) / lengthM, (py * dx - px * dy) / lengthM];
    },
  };
}

function partsOf({ phase, vehicle, preempt, left, buttons = [], taps = [] }: CrossingConfig) {
  const parts: [stream: string, part: Part][] = [[phase, { is: 'phase' }]];
  if (vehicle !== undefined) parts.push([vehicle, { is: 'vehicle' }]);
  if (preempt !== undefined) parts.push([preempt, { is: 'preempt' }]);
  if (left !== undefined) parts.push([left, { is: 'left' }]);
  for (const button of buttons) parts.push([button, { is: 'button', slot: parts.length }]);
  for (const { input, extensionS } of taps) parts.push([input, { is: 'tap', slot: parts.length, extensionS }]);
  return parts;
}

const known = new WeakMap<CrossingConfig, CrossingPlan>();

/** Works a configuration out once; the same object gives the same plan. */
export function planOf(config: CrossingConfig): CrossingPlan {
  const before = known.get(config);
  if (before !== undefined) return before;
  const parts = partsOf(config);
  const { buttons = [], taps = [] } = config;
  const plan: CrossingPlan = {
    ...usual,
    passiveCall: buttons.length === 0 && taps.length === 0,
    ...config,
    frame: frameOf(config),
    parts: parts.map(([, part]) => part),
    streams: parts.map(([stream]) => stream),
    hasVehicle: config.vehicle !== undefined,
  };
  known.set(config, plan);
  return plan;
}
