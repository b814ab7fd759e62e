import type { Run } from './run.ts';
import type { Verdict } from './types.ts';

/**
 * What survives a restart, as plain JSON per instance: `clock`, `rule/<id>`, `model/<id>` and `alert/<key>`. A rule or model
 * whose configuration changed starts afresh, except that a rule takes over the level it had: no change drops an alarm.
 */
type SavedRule = { version: string; state: unknown; verdict: Verdict | null };
type SavedModel = { version: string; state: unknown };

/** Keys and states changed since the last call. */
export function takeDirtyStates(run: Run): [key: string, state: unknown][] {
  const changed = run.book.takeDirty();
  for (const rule of run.dirtyRules) {
    rule.dirty = false;
    const saved: SavedRule = { version: rule.about.version, state: rule.state, verdict: rule.verdict ?? null };
    changed.push([rule.key, saved]);
  }
  for (const model of run.dirtyModels) {
    model.dirty = false;
    const saved: SavedModel = { version: model.version, state: model.state };
    changed.push([model.key, saved]);
  }
  if (run.clockDirty) changed.push(['clock', run.clock]);
  run.dirtyRules = [];
  run.dirtyModels = [];
  run.clockDirty = false;
  return changed;
}

/** Puts states back after a restart; unknown keys are what other configurations left and are ignored. */
export function restoreStates(run: Run, states: Iterable<[key: string, state: unknown]>): void {
  const rules = new Map(run.plan.rules.map((rule) => [rule.key, rule]));
  const models = new Map(run.plan.models.map((model) => [model.key, model]));
  run.restored = true;
  for (const [key, original] of states) {
    const state: unknown = structuredClone(original);
    if (run.book.restore(key, state)) continue;
    if (key === 'clock') run.clock = state as Run['clock'];
    const model = models.get(key);
    if (model !== undefined && (state as SavedModel).version === model.version)
      model.state = (state as SavedModel).state;
    const rule = rules.get(key);
    if (rule === undefined) continue;
    const { version, state: saved, verdict } = state as SavedRule;
    if (version === rule.about.version) {
      rule.state = saved;
      rule.verdict = verdict ?? undefined;
    } else if (verdict !== null && verdict.level > 0) {
      const level = Math.min(verdict.level, rule.about.severities.length);
      rule.state = rule.type.adopt?.(rule.config, level, verdict.takenAtMs) ?? rule.state;
    }
  }
}
