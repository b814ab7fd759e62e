import type { ConditionType, Verdict } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { sayDuration, sayStream } from '../../engine/words.ts';
import { type AbsenceConfig, AbsenceFields } from './config.ts';

/**
 * Silence is only ever judged on ticks, that is on the gateway's clock: a device whose own clock runs ahead must not make
 * its neighbours look silent. Late data prove nothing about the present and are not heard.
 */
export type AbsenceState = {
  /** First event ever; a stream that never spoke is silent since then. */
  startedAtMs: number | null;
  lastAtMs: (number | null)[];
  active: boolean;
  /** When all was well again, while the clear delay runs. */
  wellSinceMs: number | null;
};

type Answer = { state: AbsenceState; verdict?: Verdict };

function silentInputs(state: AbsenceState, fromMs: number, atMs: number, { afterMs }: AbsenceConfig): number[] {
  return state.lastAtMs.flatMap((lastAtMs, i) =>
    atMs - Math.max(lastAtMs ?? state.startedAtMs ?? atMs, fromMs) >= afterMs ? [i] : [],
  );
}

function raise(state: AbsenceState, silent: readonly number[], atMs: number, config: AbsenceConfig): Answer {
  const { startedAtMs, lastAtMs } = state;
  const reasons = silent.slice(0, 6).map((i) => {
    const last = lastAtMs[i];
    const silence = sayDuration(atMs - (last ?? startedAtMs ?? atMs));
    return last === null
      ? `${sayStream(config.inputs[i]!)} never spoke, for ${silence} now.`
      : `${sayStream(config.inputs[i]!)} silent for ${silence}.`;
  });
  if (silent.length > 6) reasons.push(`${silent.length - 6} more are silent.`);
  const takenAtMs = Math.max(0, ...silent.map((i) => lastAtMs[i] ?? startedAtMs ?? atMs));
  const data = silent.every((i) => lastAtMs[i] === null) ? 'noData' : 'stale';
  return {
    state: { ...state, active: true, wellSinceMs: null },
    verdict: { level: 1, recovering: false, data, reasons, takenAtMs },
  };
}

function tick(state: AbsenceState, event: { atMs: number; awakeSinceMs?: number }, config: AbsenceConfig): Answer {
  const { atMs, awakeSinceMs = 0 } = event;
  if (state.startedAtMs === null) return { state: { ...state, startedAtMs: atMs } };
  const silent = silentInputs(state, awakeSinceMs, atMs, config);
  const isSilent = silent.length >= (config.silent === 'all' ? config.inputs.length : 1);
  if (isSilent)
    return state.active && state.wellSinceMs === null ? unchanged(state) : raise(state, silent, atMs, config);
  if (!state.active) return unchanged(state);
  // After a restart the silence from before is still unbroken: only streams that spoke again can end the alert.
  if (silentInputs(state, 0, atMs, config).length >= (config.silent === 'all' ? config.inputs.length : 1))
    return unchanged(state);
  const wellSinceMs = state.wellSinceMs ?? atMs;
  const takenAtMs = Math.max(0, ...state.lastAtMs.map((lastAtMs) => lastAtMs ?? 0));
  if (atMs - wellSinceMs >= config.clearHoldMs) {
    const reasons = ['Data arrive again.'];
    const verdict: Verdict = { level: 0, recovering: false, data: 'good', reasons, takenAtMs };
    return { state: { ...state, active: false, wellSinceMs: null }, verdict };
  }
  if (state.wellSinceMs !== null) return unchanged(state);
  const reasons = [`Data arrive again; clears after ${sayDuration(config.clearHoldMs)} without silence.`];
  return {
    state: { ...state, wellSinceMs },
    verdict: { level: 1, recovering: true, data: 'good', reasons, takenAtMs },
  };
}

/** Streams that should speak and do not. */
export const absence: ConditionType<AbsenceState, AbsenceConfig> = {
  type: 'absence',
  config: AbsenceFields,
  check: ({ inputs }) =>
    inputs.flatMap((input, i) =>
      inputs.indexOf(input) < i ? [`/inputs/${i}: ${input} is listed twice; remove one.`] : [],
    ),
  adopt: ({ inputs }, level, takenAtMs) => ({
    startedAtMs: takenAtMs,
    lastAtMs: inputs.map(() => null),
    active: level > 0,
    wellSinceMs: null,
  }),
  inputs: ({ inputs }) => ({ streams: inputs, rules: [] }),
  ladder: ({ severity }) => [severity],
  limits: () => [],
  initial: ({ inputs }) => ({ startedAtMs: null, lastAtMs: inputs.map(() => null), active: false, wellSinceMs: null }),
  step(state, event, config) {
    if (event.kind === 'tick') return tick(state, event, config);
    if (event.kind !== 'reading' || event.late) return unchanged(state);
    const last = state.lastAtMs[event.input] ?? null;
    if (last !== null && event.takenAtMs <= last) return unchanged(state);
    const lastAtMs = state.lastAtMs.slice();
    lastAtMs[event.input] = event.takenAtMs;
    return { state: { ...state, lastAtMs, startedAtMs: state.startedAtMs ?? event.takenAtMs } };
  },
};
