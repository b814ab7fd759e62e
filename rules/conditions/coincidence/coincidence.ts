import { compareSeverity } from '@tocsin/contracts';
import type { ConditionEvent, ConditionType, Verdict } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { sayDuration } from '../../engine/words.ts';
import { type CoincidenceConfig, CoincidenceFields, membersOf } from './config.ts';

/**
 * Two-out-of-n and its relatives: what an act that cannot be taken back waits for (domain.md §2.6). A rule counts while it is
 * active on good data, and for `withinMs` after the last sample on which it was. Silence counts for nothing: a rule that is
 * active only because its data are missing, or that went blind, counts no longer than any ended rule.
 */
export type CoincidenceState = {
  /** Per rule of `of`: active now on good data, and the last sample on which it was. */
  active: boolean[];
  activeAtMs: (number | null)[];
  level: number;
};

type Answer = { state: CoincidenceState; verdict?: Verdict };
type VerdictEvent = Extract<ConditionEvent, { kind: 'verdict' }>;

function needs({ need, ladder = [] }: CoincidenceConfig): number[] {
  return [need, ...ladder.map((step) => step.need)];
}

/** Rules that count at an instant; a late sample is compared with what was true around its own time. */
function counted(state: CoincidenceState, atMs: number, withinMs: number, late: boolean): number[] {
  return state.activeAtMs.flatMap((activeAtMs, i) => {
    if (activeAtMs === null) return [];
    const near = late ? Math.abs(atMs - activeAtMs) <= withinMs : atMs - activeAtMs <= withinMs;
    return near || (state.active[i] && (!late || activeAtMs <= atMs)) ? [i] : [];
  });
}

function judge(state: CoincidenceState, atMs: number, config: CoincidenceConfig, late = false): Answer {
  const agreeing = counted(state, atMs, config.withinMs, late);
  const level = needs(config).filter((need) => agreeing.length >= need).length;
  if (level === state.level || (late && level < state.level)) return { state };
  const members = membersOf(config);
  const names = agreeing.map((i) => members[i]!.rule);
  const within = config.withinMs > 0 ? ` within ${sayDuration(config.withinMs)}` : '';
  const reasons = [`${names.length} of ${config.of.length} agree${within}: ${names.join(', ') || 'none'}.`];
  const takenAtMs = Math.max(0, ...agreeing.map((i) => state.activeAtMs[i]!));
  const verdict: Verdict = {
    level,
    recovering: false,
    data: 'good',
    reasons,
    takenAtMs: agreeing.length > 0 ? takenAtMs : atMs,
  };
  return { state: { ...state, level }, verdict };
}

function hear(state: CoincidenceState, event: VerdictEvent, config: CoincidenceConfig): Answer {
  const members = membersOf(config);
  const i = members.findIndex(({ rule }) => rule === event.rule);
  if (i < 0) return unchanged(state);
  const strong = event.level > 0 && compareSeverity(event.severity, members[i]!.atLeast) >= 0;
  const seen = strong && event.data === 'good';
  const before = state.activeAtMs[i] ?? null;
  const activeAtMs = state.activeAtMs.slice();
  const active = state.active.slice();
  if (!event.late) active[i] = seen;
  // A rule was active until now when it ends on good data, and until its last sample when it went blind.
  if (seen || (state.active[i] && !event.late)) activeAtMs[i] = Math.max(before ?? event.takenAtMs, event.takenAtMs);
  return judge({ ...state, active, activeAtMs }, event.takenAtMs, config, event.late);
}

/** So many of n rules, on different devices, agree within a time. */
export const coincidence: ConditionType<CoincidenceState, CoincidenceConfig> = {
  type: 'coincidence',
  config: CoincidenceFields,
  check(config) {
    const { need, ladder = [], severity } = config;
    const of = membersOf(config).map(({ rule }) => rule);
    const problems = of.flatMap((rule, i) =>
      of.indexOf(rule) < i ? [`/of/${i}: ${rule} is listed twice and would count once; remove one.`] : [],
    );
    if (need > of.length) problems.push(`/need: ${need} of ${of.length} rules can never agree; lower it or add rules.`);
    ladder.forEach((step, i) => {
      const below = ladder[i - 1] ?? { need, severity };
      if (step.need <= below.need || step.need > of.length)
        problems.push(`/ladder/${i}/need: ${step.need} must be more than ${below.need} and at most ${of.length}.`);
      if (compareSeverity(step.severity, below.severity) <= 0)
        problems.push(`/ladder/${i}/severity: ${step.severity} must be worse than ${below.severity} before it.`);
    });
    return problems;
  },
  needsIndependence: true,
  adopt: ({ of }, level) => ({ active: of.map(() => false), activeAtMs: of.map(() => null), level }),
  inputs: (config) => ({ streams: [], rules: membersOf(config).map(({ rule }) => rule) }),
  ladder: ({ severity, ladder = [] }) => [severity, ...ladder.map((step) => step.severity)],
  confirmedFrom: ({ severity }) => severity,
  limits: () => [],
  initial: ({ of }) => ({ active: of.map(() => false), activeAtMs: of.map(() => null), level: 0 }),
  step(state, event, config) {
    if (event.kind === 'verdict') return hear(state, event, config);
    if (event.kind !== 'tick' || state.level === 0) return unchanged(state);
    const answer = judge(state, event.atMs, config);
    return answer.state === state ? unchanged(state) : answer;
  },
};
