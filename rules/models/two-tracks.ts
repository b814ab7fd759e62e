import type { ModelAnswer, ModelEvent } from '../engine/types.ts';
import { unchanged } from '../engine/unchanged.ts';

/**
 * The present, and history that arrives late. Late readings run through a state of their own: they may raise an alarm about
 * what has been, and never bend what the model thinks of the present.
 */
export type TwoTracks<State> = { live: State; late: State };

type Step<State, Config> = (state: State, event: ModelEvent, config: Config) => ModelAnswer<State>;

/**
 * Makes a model's `initial` and `step` from a reducer that knows only one track. Ticks reach the live track alone, because
 * history has no present. `step` keeps the promise that an unchanged state is the same object.
 */
export function twoTracks<State, Config>(initial: (config: Config) => State, step: Step<State, Config>) {
  return {
    initial: (config: Config): TwoTracks<State> => ({ live: initial(config), late: initial(config) }),
    step(state: TwoTracks<State>, event: ModelEvent, config: Config): ModelAnswer<TwoTracks<State>> {
      const track = event.kind !== 'tick' && event.late ? 'late' : 'live';
      const before = state[track];
      const answer = step(before, event, config);
      const { outputs, reasons, remarks } = answer;
      if (answer.state === before && outputs === undefined && remarks === undefined) return unchanged(state);
      const after = answer.state;
      return { state: after === before ? state : { ...state, [track]: after }, outputs, reasons, remarks };
    },
  };
}
