import { slope } from '../../rules/models/slope/slope.ts';
import { slopeLevel } from '../../rules/models/slope-level/slope-level.ts';

/**
 * One sensor and the level of its slope, wired as the pack wires them: what `slope` says of `alone` and `indication` is heard by
 * `slope-level` in the order of its outputs, with its reasons. Without the engine around it, so that a thousand years are quick.
 */
export type Rig = {
  hear(takenAtMs: number, mm: number, temperatureCel?: number, reset?: boolean): void;
  /** The official level, and how often it rose to orange or beyond and to red. */
  level(): number;
  oranges(): number;
  reds(): number;
  /** Why it was red last. */
  redReasons(): readonly string[];
};

type SlopeConfig = Parameters<typeof slope.step>[2];

/** Builds a rig; `intervalMs` is what a site would say of the device. */
export function slopeRig(intervalMs: number, given: Partial<SlopeConfig> = {}): Rig {
  const site = { unitOf: () => 'mm', intervalMsOf: () => intervalMs };
  const raw = { input: 's/displacement', ...given } as SlopeConfig;
  const config = slope.prepare?.(raw, site) ?? raw;
  const rawLevel = { sensors: ['s'] };
  const levelConfig = slopeLevel.prepare?.(rawLevel, site) ?? rawLevel;
  let state = slope.initial(config);
  let levelState = slopeLevel.initial(levelConfig);
  let level = 0;
  let oranges = 0;
  let reds = 0;
  let redReasons: readonly string[] = [];
  const pass = (input: number, value: number | undefined, takenAtMs: number, why: readonly string[]) => {
    if (value === undefined) return;
    const event = { kind: 'reading', input, value, takenAtMs, late: false, why } as const;
    const answer = slopeLevel.step(levelState, event, levelConfig);
    levelState = answer.state;
    const said = answer.outputs?.level ?? level;
    if (said >= 2 && level < 2) oranges += 1;
    if (said >= 3 && level < 3) {
      reds += 1;
      redReasons = [new Date(takenAtMs).toISOString(), ...(answer.reasons ?? [])];
    }
    level = said;
  };
  return {
    hear(takenAtMs, mm, temperatureCel, reset) {
      if (temperatureCel !== undefined) {
        const warm = { kind: 'reading', input: 1, value: temperatureCel, takenAtMs, late: false } as const;
        state = slope.step(state, warm, config).state;
      }
      const event = {
        kind: 'reading',
        input: 0,
        value: mm,
        takenAtMs,
        late: false,
        ...(reset ? { reset } : {}),
      } as const;
      const { state: next, outputs, reasons: why = [] } = slope.step(state, event, config);
      state = next;
      if (outputs === undefined) return;
      pass(0, outputs.alone, takenAtMs, why);
      pass(1, outputs.indication, takenAtMs, why);
    },
    level: () => level,
    oranges: () => oranges,
    reds: () => reds,
    redReasons: () => redReasons,
  };
}
