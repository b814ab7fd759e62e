import type { Grid } from '../../vision/types.ts';
import type { SupervisionConfig } from './config.ts';
import { alike, gridRefusal, type Measures, measure, type Print, printOf } from './measure.ts';
import { lightSigns, lookSigns } from './signs.ts';
import { isBlindNow, noSuspicions, raised, type Signs, type Suspicions, suspect, type Trouble } from './troubles.ts';
import { knownFromMs, learnUsual, type Mode, modeOf, type Usuals } from './usual.ts';
import type { View } from './view.ts';

export { type SupervisionConfig, supervisionFor, usualSupervision } from './config.ts';
export { type Trouble, type TroubleName, troubleNames } from './troubles.ts';
export { isView, type View, viewOf } from './view.ts';

/** All that watching a camera remembers: two small pictures of what is usual, one of the last change, and suspicions. */
export type SupervisionState = {
  /** Newest event, begin of counting pictures, newest picture and newest closer look; -1 before the first. */
  atMs: number;
  countedFromMs: number;
  pictureAtMs: number;
  lookedAtMs: number;
  /** Pictures by seconds since counting began, of the last ten. */
  arrivals: [second: number, count: number][];
  /** The picture since which nothing has changed. */
  print: Print | null;
  mode: Mode;
  usuals: Usuals;
  suspicions: Suspicions;
  refusedEvents: number;
};

/** A camera of which nothing is known yet; also what to go back to when a new view is to be taken for the usual one. */
export const unwatched: SupervisionState = {
  atMs: -1,
  countedFromMs: -1,
  pictureAtMs: -1,
  lookedAtMs: -1,
  arrivals: [],
  print: null,
  mode: 'colour',
  usuals: { colour: null, grey: null },
  suspicions: noSuspicions,
  refusedEvents: 0,
};

/** What is worth keeping over a restart: what is usual, and what is suspected. The rest is about pictures that nobody has any more. */
export type KnownView = Pick<SupervisionState, 'mode' | 'usuals' | 'suspicions'>;

/** What is to be kept of a state. */
export const knownViewOf = ({ mode, usuals, suspicions }: SupervisionState): KnownView => {
  return { mode, usuals, suspicions };
};

/** A camera whose view is known from before: what was raised stands until pictures say otherwise, and the usual view is not learnt anew. */
export const watchedBefore = (view: KnownView): SupervisionState => ({ ...unwatched, ...view });

/**
 * A picture's grid, or without one a tick: at least one a second keeps "no picture" honest. `reference` is the view
 * that the calibration was made in.
 */
export type SupervisionEvent = { atMs: number; grid?: Grid; reference?: View };

/**
 * The troubles that stand, and what is left of the camera's coverage: 1 all of it, 0 blind. An event that cannot be
 * taken in is `refused` with the reason, and what stood still stands.
 */
export type Supervision = {
  state: SupervisionState;
  troubles: Trouble[];
  coverageFactor: number;
  refused?: string;
};

/** Events older than the newest are refused, unless the clock was set back by more. */
const clockSetMs = 5000;
/** No single step counts for more: a pause is no evidence. */
const stepMaxMs = 1000;
/** A closer look is taken this often at most, whatever the rate of pictures. */
const lookEveryMs = 400;
/** The rate of pictures is counted over so many whole seconds. */
const rateS = 10;

function refusalOf(state: SupervisionState, { atMs, grid }: SupervisionEvent): string | undefined {
  if (!(Number.isFinite(atMs) && atMs >= 0)) return 'The time of the event is not a number.';
  const backMs = state.atMs - atMs;
  if (backMs > 0 && backMs <= clockSetMs) return `The event is ${backMs} ms older than the newest one.`;
  return grid && gridRefusal(grid);
}

/** The state with all its instants moved, for a clock that was set back: what lasted keeps its length. */
function shifted(state: SupervisionState, byMs: number): SupervisionState {
  const move = (atMs: number) => (atMs < 0 ? atMs : Math.max(0, atMs + byMs));
  const suspicions = Object.fromEntries(
    Object.entries(state.suspicions).map(([name, each]) => [name, { ...each, sinceMs: move(each.sinceMs) }]),
  ) as Suspicions;
  const { atMs, countedFromMs, pictureAtMs, lookedAtMs } = state;
  return {
    ...state,
    atMs: move(atMs),
    // May fall before the epoch: only its distance counts.
    countedFromMs: countedFromMs + byMs,
    pictureAtMs: move(pictureAtMs),
    lookedAtMs: move(lookedAtMs),
    suspicions,
  };
}

/** Signs from the times of pictures alone. */
function timeSigns(state: SupervisionState, atMs: number, config: SupervisionConfig): Signs {
  const silentMs = atMs - Math.max(state.pictureAtMs, state.countedFromMs);
  const isSilent = silentMs >= config.noPictureMs;
  const since = state.pictureAtMs < 0 ? 'since it was opened' : `for ${Math.round(silentMs / 1000)} s`;
  const signs: Signs = { 'no-picture': { isBad: isSilent, factor: 0, detail: `No picture ${since}.` } };
  const second = Math.floor((atMs - state.countedFromMs) / 1000);
  if (isSilent || second < rateS) return signs;
  const count = state.arrivals.reduce((sum, [at, n]) => (at < second && at >= second - rateS ? sum + n : sum), 0);
  const fps = count / rateS;
  const detail = `${fps.toFixed(1)} pictures a second, at least ${config.fpsMin} are needed.`;
  return { ...signs, slow: { isBad: fps < config.fpsMin, factor: 0.5, detail } };
}

function arrive({ arrivals, countedFromMs }: SupervisionState, atMs: number): SupervisionState['arrivals'] {
  const second = Math.floor((atMs - countedFromMs) / 1000);
  const kept = arrivals.filter(([at]) => at >= second - rateS && at <= second);
  const last = kept.at(-1);
  if (last?.[0] !== second) return [...kept, [second, 1]];
  return [...kept.slice(0, -1), [second, last[1] + 1]];
}

/** Whether the picture has changed at all since the print was taken. */
function freeze(state: SupervisionState, grid: Grid, config: SupervisionConfig): { print: Print; signs: Signs } {
  const how = state.print === null ? 'changed' : alike(state.print, grid);
  if (state.print === null || how === 'changed')
    return { print: printOf(grid), signs: { frozen: { isBad: false, isProof: true } } };
  const onsetMs = how === 'exact' ? config.frozenMs : config.frozenNearMs;
  const detail = `The picture has not changed for ${Math.round(onsetMs / 1000)} s.`;
  return { print: state.print, signs: { frozen: { isBad: true, factor: 0, onsetMs, detail } } };
}

/** What is doubted for longer than a car takes to pass is not learnt from. */
const learnBelow = 0.2;
const doubted = ['black', 'over-exposed', 'covered', 'moved', 'blurred'] as const;

/** A closer look at a picture: what it is held against, and what is learnt from it. */
function look(
  state: SupervisionState,
  event: SupervisionEvent & { grid: Grid; now: Measures },
  config: SupervisionConfig,
) {
  const { grid, now, atMs, reference } = event;
  const dtMs = state.lookedAtMs < 0 ? 0 : Math.min(stepMaxMs, atMs - state.lookedAtMs);
  const mode = modeOf(state.mode, state.usuals, now);
  const learnt = state.usuals[mode];
  const usual = learnt !== null && learnt.learntMs >= knownFromMs ? learnt : undefined;
  const signs = lookSigns(grid, now, { usual, reference, config });
  const suspicions = suspect(state.suspicions, signs, { atMs, dtMs }, config.delays);
  const isCalm = doubted.every((name) => suspicions[name].level < learnBelow);
  const usuals = isCalm ? { ...state.usuals, [mode]: learnUsual(learnt, grid, now, dtMs) } : state.usuals;
  return { ...state, mode, usuals, suspicions, lookedAtMs: atMs };
}

function see(state: SupervisionState, event: SupervisionEvent & { grid: Grid }, config: SupervisionConfig) {
  const { grid, atMs } = event;
  const dtMs = state.pictureAtMs < 0 ? 0 : Math.min(stepMaxMs, atMs - state.pictureAtMs);
  const now = measure(grid);
  const { signs, isBlind } = lightSigns(now);
  const { print, signs: frozen } = freeze(state, grid, config);
  const all = isBlind ? signs : { ...signs, ...frozen };
  const suspicions = suspect(state.suspicions, all, { atMs, dtMs }, config.delays);
  // After a silence the rate is counted anew: it was not slow, it was not there.
  const isBack = state.pictureAtMs >= 0 && atMs - state.pictureAtMs >= config.noPictureMs;
  const counted = isBack ? { ...state, countedFromMs: atMs, arrivals: [] } : state;
  const seen = { ...counted, print, suspicions, pictureAtMs: atMs, arrivals: arrive(counted, atMs) };
  const isDue = state.lookedAtMs < 0 || atMs - state.lookedAtMs >= lookEveryMs;
  return isBlind || !isDue ? seen : look(seen, { ...event, now }, config);
}

function answer(state: SupervisionState, refused?: string): Supervision {
  const troubles = raised(state.suspicions);
  // A trouble needs its time to be told; that nobody can be seen in this picture is true at once.
  const coverageFactor = isBlindNow(state.suspicions) ? 0 : Math.min(1, ...troubles.map(({ factor }) => factor));
  return { state, troubles, coverageFactor, ...(refused === undefined ? {} : { refused }) };
}

/** One more picture, or a tick: what is wrong with the camera, and whether people can still be judged by it. */
export function stepSupervision(
  state: SupervisionState,
  event: SupervisionEvent,
  config: SupervisionConfig,
): Supervision {
  const refused = refusalOf(state, event);
  if (refused !== undefined) return answer({ ...state, refusedEvents: state.refusedEvents + 1 }, refused);
  const { atMs, grid } = event;
  const base = atMs < state.atMs ? shifted(state, atMs - state.atMs) : state;
  const dtMs = base.atMs < 0 ? 0 : Math.min(stepMaxMs, atMs - base.atMs);
  const begun = base.countedFromMs < 0 && base.atMs < 0 ? { ...base, countedFromMs: atMs } : base;
  const seen = grid === undefined ? begun : see(begun, { ...event, grid }, config);
  const signs = timeSigns(seen, atMs, config);
  const suspicions = suspect(seen.suspicions, signs, { atMs, dtMs }, config.delays);
  return answer({ ...seen, suspicions, atMs });
}
