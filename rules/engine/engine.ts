import { type AlertBook, createBook } from './book.ts';
import { createEvidence, openBucket, widen } from './evidence.ts';
import { type Families, families as shipped } from './families.ts';
import { createGates, passes } from './gate.ts';
import { planEngine } from './plan.ts';
import { feed, nothing, type Run, stepOperator, stepRetell, stepTick, stepTracks } from './run.ts';
import { restoreStates, takeDirtyStates } from './saved.ts';
import type { Engine, EngineConfig } from './types.ts';

function createRun(config: EngineConfig, families: Families, book: AlertBook): Run {
  const plan = planEngine(config, families);
  for (const rule of plan.rules) book.register(rule.about);
  return {
    plan,
    gates: createGates(plan.nodes.length),
    evidence: createEvidence(plan.nodes.length),
    lateEvidence: createEvidence(plan.nodes.length),
    book,
    clock: { tickAtMs: -1, awakeSinceMs: 0 },
    clockDirty: false,
    restored: false,
    dirtyRules: [],
    dirtyModels: [],
    effects: nothing,
    decidedAtMs: 0,
    reading: { kind: 'reading', input: 0, value: 0, takenAtMs: 0, late: false },
    tick: { kind: 'tick', atMs: 0, awakeSinceMs: 0 },
  };
}

/**
 * Creates an engine. The configuration must have passed `checkRules`, anything else is a bug of the caller and asserts.
 * `families` is replaced in tests only. What `step` and `takeDirty` answer is never mutated afterwards.
 */
export function createEngine(config: EngineConfig, families: Families = shipped): Engine {
  const book = createBook(config);
  const run = createRun(config, families, book);
  const { gates, plan, evidence } = run;
  // Streams that a model makes come from that model alone, so they are not found here.
  const indexOf = new Map(plan.nodes.flatMap(({ name, source, index }) => (source ? [] : [[name, index] as const])));
  return {
    step(event) {
      run.effects = nothing;
      if (event.kind === 'reading') {
        const { value, takenAtMs, late } = event;
        const index = indexOf.get(event.stream);
        if (index === undefined || !Number.isFinite(value)) return nothing;
        if (!late && passes(gates, index, value, takenAtMs)) {
          if (!widen(evidence, index, takenAtMs, value))
            openBucket(evidence, index, [takenAtMs, value], plan.nodes[index]!.bucketMs);
          return nothing;
        }
        run.decidedAtMs = event.receivedAtMs ?? takenAtMs;
        feed(run, plan.nodes[index]!, value, event);
      } else if (event.kind === 'tick') stepTick(run, event.atMs);
      else if (event.kind === 'tracks') stepTracks(run, event);
      else if (event.kind === 'retell') stepRetell(run, event.atMs);
      else stepOperator(run, event);
      return run.effects;
    },
    takeDirty: () => takeDirtyStates(run),
    restore: (states) => restoreStates(run, states),
    alerts: () => book.memories,
  };
}
