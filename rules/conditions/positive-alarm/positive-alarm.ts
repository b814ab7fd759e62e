import { compareSeverity, type Severity } from '@tocsin/contracts';
import type { ConditionEvent, ConditionType, Verdict } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { sayDuration } from '../../engine/words.ts';
import {
  acknowledgeMaxMs,
  checkInvestigated,
  checkPositiveAlarm,
  investigateMaxMs,
  type PositiveAlarmConfig,
  PositiveAlarmFields,
} from './config.ts';

/**
 * The positive alarm sequence (NFPA 72; domain.md §2.6): a first alarm must be acknowledged within 15 s and may then be
 * investigated for up to 180 s. A second detector, no acknowledgement or no reset in time bring the general alarm. Levels:
 * 1 being investigated, 2 waiting for acknowledgement, 3 general alarm. Whatever is not known in time counts as danger; a
 * general alarm that ran out of time rests on one detector and therefore carries no act that cannot be taken back.
 */
export type PositiveAlarmState = {
  phase: 'idle' | 'acknowledge' | 'investigate' | 'general';
  /** When the phase is over, by the clock of the agent; null until the first tick after a change of the rule. */
  untilMs: number | null;
  tickAtMs: number;
  /** What is present of the investigated rule: 0 nothing, 1 what begins a sequence, 2 what is general at once. */
  present: 0 | 1 | 2;
  /** Which rules of `atOnce` are active. */
  atOnce: boolean[];
  /** Last values of the acknowledge and reset keys. */
  keys: [acknowledge: number, reset: number];
};

type State = PositiveAlarmState;
type Config = PositiveAlarmConfig;
type Answer = { state: State; verdict?: Verdict };
type VerdictEvent = Extract<ConditionEvent, { kind: 'verdict' }>;
type ReadingEvent = Extract<ConditionEvent, { kind: 'reading' }>;

const levels = { idle: 0, investigate: 1, acknowledge: 2, general: 3 } as const;
/** Keys are contacts: half lies safely between 0 and 1. */
const pressed = 0.5;

/** An instant as people compare it with a clock. */
const sayInstant = (atMs: number) => `${new Date(atMs).toISOString().slice(11, 19)} UTC`;

function enter(state: State, phase: State['phase'], why: string, atMs: number, untilMs: number | null = null): Answer {
  const verdict: Verdict = { level: levels[phase], recovering: false, data: 'good', reasons: [why], takenAtMs: atMs };
  return { state: { ...state, phase, untilMs }, verdict };
}

/** Deadlines count on the agent's own clock, because that of a device may be minutes away. */
const clockOf = ({ tickAtMs }: State, atMs: number) => (tickAtMs >= 0 ? tickAtMs : atMs);

function begin(state: State, config: Config, atMs: number): Answer {
  const spanMs = config.acknowledgeMs ?? acknowledgeMaxMs;
  const untilMs = clockOf(state, atMs) + spanMs;
  const why = `First alarm, ${config.of}: acknowledge by ${sayInstant(untilMs)} (${sayDuration(spanMs)}), or the general alarm comes.`;
  return enter(state, 'acknowledge', why, atMs, untilMs);
}

/** Takes the next step that what is present demands; nothing when it demands none. */
function follow(state: State, config: Config, atMs: number): Answer {
  const { phase, present, atOnce } = state;
  if (phase === 'general') return { state };
  const rule = config.atOnce?.find((_, i) => atOnce[i]);
  if (rule !== undefined) return enter(state, 'general', `General alarm at once: ${rule} is active.`, atMs);
  if (present === 2) {
    const why = `General alarm at once: ${config.of} is ${config.atOnceFrom ?? 'Extreme'}.`;
    return enter(state, 'general', why, atMs);
  }
  return present === 1 && phase === 'idle' ? begin(state, config, atMs) : { state };
}

function hear(before: State, event: VerdictEvent, config: Config): Answer {
  const { rule, level, severity, takenAtMs, late, data } = event;
  // What backlog tells happened earlier and needs no investigation now; blind data neither begin nor end anything.
  if (late || data !== 'good') return unchanged(before);
  const i = config.atOnce?.indexOf(rule) ?? -1;
  const reaches = (limit: Severity) => level > 0 && compareSeverity(severity, limit) >= 0;
  const state = { ...before };
  const from = config.from ?? 'Severe';
  if (i >= 0) state.atOnce = before.atOnce.with(i, reaches(from));
  else state.present = reaches(config.atOnceFrom ?? 'Extreme') ? 2 : reaches(from) ? 1 : 0;
  if (state.present === before.present && (i < 0 || state.atOnce[i] === before.atOnce[i])) return unchanged(before);
  return follow(state, config, takenAtMs);
}

function runOut(state: State, atMs: number): Answer {
  const until = state.untilMs === null ? 'in time' : `by ${sayInstant(state.untilMs)}`;
  const missing = state.phase === 'acknowledge' ? 'Nobody acknowledged' : 'The investigation was not ended by a reset';
  return enter(state, 'general', `General alarm: ${missing} ${until}.`, atMs);
}

const isOver = ({ phase, untilMs }: State, atMs: number) =>
  (phase === 'acknowledge' || phase === 'investigate') && untilMs !== null && atMs >= untilMs;

function acknowledged(state: State, config: Config, atMs: number, takenAtMs: number): Answer {
  if (isOver(state, atMs)) return runOut(state, takenAtMs);
  if (state.phase !== 'acknowledge') return { state };
  const spanMs = config.investigateMs ?? investigateMaxMs;
  const untilMs = atMs + spanMs;
  const why = `Acknowledged at ${sayInstant(atMs)}: investigate ${config.of} and reset it by ${sayInstant(untilMs)} (${sayDuration(spanMs)}), or the general alarm comes.`;
  return enter(state, 'investigate', why, takenAtMs, untilMs);
}

/** A person ends it, quietly while the sequence runs; while a cause is present it would only alarm again, so it stays. */
function wasReset(state: State, atMs: number, takenAtMs: number): Answer {
  if (state.phase === 'idle') return { state };
  const before = isOver(state, atMs) ? runOut(state, takenAtMs) : { state };
  if (before.state.present > 0 || before.state.atOnce.some(Boolean)) return before;
  const why = before.state.phase === 'general' ? 'The general alarm was reset' : 'Reset before the general alarm';
  return enter(before.state, 'idle', `${why} by a person at ${sayInstant(atMs)}.`, takenAtMs);
}

/** The panel's keys work without the console. */
function turnKey(before: State, { input, value, takenAtMs, late }: ReadingEvent, config: Config): Answer {
  if (late) return unchanged(before);
  const key = config.acknowledge !== undefined && input === 0 ? 0 : 1;
  if (before.keys[key] === value) return unchanged(before);
  const state: State = { ...before, keys: key === 0 ? [value, before.keys[1]] : [before.keys[0], value] };
  if (value < pressed || before.keys[key]! >= pressed) return { state };
  const atMs = clockOf(state, takenAtMs);
  if (key === 0) return acknowledged(state, config, atMs, takenAtMs);
  return wasReset(state, atMs, takenAtMs);
}

function tick(before: State, atMs: number, config: Config): Answer {
  const state = { ...before, tickAtMs: atMs };
  if (isOver(state, atMs)) return runOut(state, atMs);
  if (state.untilMs !== null || state.phase === 'idle' || state.phase === 'general') return { state };
  const { acknowledgeMs = acknowledgeMaxMs, investigateMs = investigateMaxMs } = config;
  return { state: { ...state, untilMs: atMs + (state.phase === 'acknowledge' ? acknowledgeMs : investigateMs) } };
}

const idle = (config: Config): State => ({
  phase: 'idle',
  untilMs: null,
  tickAtMs: -1,
  present: 0,
  atOnce: (config.atOnce ?? []).map(() => false),
  keys: [0, 0],
});

const phaseOf = (level: number): State['phase'] =>
  (['idle', 'investigate', 'acknowledge', 'general'] as const)[level] ?? 'general';

/** A first alarm, acknowledged and investigated before it becomes general. */
export const positiveAlarm: ConditionType<State, Config> = {
  type: 'positive-alarm',
  config: PositiveAlarmFields,
  check: checkPositiveAlarm,
  checkHeard: checkInvestigated,
  adopt: (config, level) => ({ ...idle(config), phase: phaseOf(level) }),
  inputs: ({ of, atOnce = [], acknowledge, reset }) => ({
    streams: [acknowledge, reset].flatMap((stream) => stream ?? []),
    rules: [of, ...atOnce],
  }),
  ladder: () => ['Moderate', 'Severe', 'Extreme'],
  limits: () => [],
  initial: idle,
  step(state, event, config) {
    if (event.kind === 'verdict') return hear(state, event, config);
    if (event.kind === 'tick') return tick(state, event.atMs, config);
    if (event.kind === 'reading') return turnKey(state, event, config);
    if (event.act === 'acknowledge') return acknowledged(state, config, event.atMs, event.atMs);
    return wasReset(state, event.atMs, event.atMs);
  },
};
