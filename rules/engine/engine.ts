import { type AlertBook, createBook } from './book.ts';
import { type Families, families as shipped } from './families.ts';
import { planEngine } from './plan.ts';
import { feed, nothing, type Run, stepOperator, stepTick, stepTracks } from './run.ts';
import { restoreStates, takeDirtyStates } from './saved.ts';
import type { Engine, EngineConfig } from './types.ts';

function createRun(config: EngineConfig, families: Families, book: AlertBook): Run {
  const plan = planEngine(config, families);
  for (const rule of plan.rules) book.register(rule.about);
  return {
    plan,
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
  const { streams } = run.plan;
  return {
    step(event) {
      run.effects = nothing;
      if (event.kind === 'reading') {
        const stream = streams.get(event.stream);
        // Streams that a model makes come from that model alone.
        if (stream === undefined || stream.source !== undefined || !Number.isFinite(event.value)) return nothing;
        run.decidedAtMs = event.receivedAtMs ?? event.takenAtMs;
        feed(run, stream, event.value, event);
      } else if (event.kind === 'tick') stepTick(run, event.atMs);
      else if (event.kind === 'tracks') stepTracks(run, event);
      else stepOperator(run, event);
      return run.effects;
    },
    takeDirty: () => takeDirtyStates(run),
    restore: (states) => restoreStates(run, states),
    alerts: () => book.memories,
  };
}
