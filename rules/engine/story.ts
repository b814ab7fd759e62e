import type { AlertTransition } from '@tocsin/contracts';
import { createEngine } from './engine.ts';
import type { EngineEffect, EngineEvent, ModelConfig, RuleConfig, StreamName } from './types.ts';

/**
 * A story is a test case as data: rules, what happened, and which transitions must follow. Ticks fall between readings and
 * come after a reading of the same instant.
 */
export type Story = {
  story: string;
  rules: RuleConfig[];
  models?: ModelConfig[];
  units: Record<StreamName, string>;
  intervalsMs?: Record<StreamName, number>;
  /** [takenAtMs, stream, value]; a fourth element `"late"` marks a late reading, heard where it stands in the list. */
  readings: [number, StreamName, number, string?][];
  acts?: [atMs: number, act: 'acknowledge' | 'reset', key: string, by: string][];
  tickEveryMs: number;
  runMs: number;
  /** Parts of the transitions that must come, in order, and no others. `atMs` stands for `decidedAtMs`. */
  expect: (Partial<AlertTransition> & { atMs?: number })[];
};

/** The events of a story in the order in which the engine hears them; `site` of its alerts is `story`. */
export function storyEvents({ readings, acts = [], tickEveryMs, runMs }: Story): EngineEvent[] {
  const events: { atMs: number; event: EngineEvent }[] = [];
  let heardAtMs = 0;
  for (const [takenAtMs, stream, value, late] of readings) {
    heardAtMs = Math.max(heardAtMs, late ? 0 : takenAtMs);
    const event: EngineEvent = { kind: 'reading', stream, value, takenAtMs, late: late === 'late' };
    events.push({ atMs: heardAtMs, event });
  }
  for (const [atMs, act, key, by] of acts) events.push({ atMs, event: { kind: 'operator', act, key, by, atMs } });
  for (let atMs = 0; atMs <= runMs; atMs += tickEveryMs) events.push({ atMs, event: { kind: 'tick', atMs } });
  return events.sort((a, b) => a.atMs - b.atMs).map(({ event }) => event);
}

/** Plays a story through a real engine and answers everything it did. */
export function playStory(story: Story): EngineEffect[] {
  const engine = createEngine({
    site: 'story',
    origin: 'edge',
    models: story.models ?? [],
    rules: story.rules,
    units: new Map(Object.entries(story.units)),
    intervalsMs: new Map(Object.entries(story.intervalsMs ?? {})),
  });
  return storyEvents(story).flatMap((event) => engine.step(event));
}

/** The transitions among effects, with `atMs` for `decidedAtMs` so that they can be held against a story. */
export function transitionsOf(effects: readonly EngineEffect[]): (AlertTransition & { atMs: number })[] {
  return effects.flatMap((effect) =>
    effect.kind === 'alert' ? [{ ...effect.transition, atMs: effect.transition.decidedAtMs }] : [],
  );
}
