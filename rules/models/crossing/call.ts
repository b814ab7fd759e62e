import type { Count } from './need.ts';
import type { CrossingPlan } from './plan.ts';
import { callBarred, type Signal } from './signal.ts';
import { causes, type Reason, remark, sayPeople, sayS, type Told } from './words.ts';

/**
 * The call for the next walk. A press or a tap is remembered while somebody is at a kerb, and asked for as soon as
 * that is legal, so that nobody has to press again because of a moment of yellow; it ends when nobody has been there
 * for the cancel delay, as with a Puffin's kerbside detector. While the detector cannot see, whoever pressed is taken
 * to be there.
 */
export type Call = {
  /** Last value of each button and tap input by its place among the inputs; null before the first. */
  values: (number | null)[];
  stands: boolean;
  /** Newest press that was not served yet, or -1. */
  pressedAtMs: number;
  /** Somebody was at a kerb then. */
  presentAtMs: number;
  /** Time taps ask for in the next walk. */
  tapS: number;
};

export const noCall: Call = { values: [], stands: false, pressedAtMs: -1, presentAtMs: -1, tapS: 0 };

/** A value becomes known; a change from 0 or any increase is a press, the first value is not. */
export function hearPress(call: Call, slot: number, value: number): { call: Call; pressed: boolean } {
  const before = call.values[slot] ?? null;
  if (before === value) return { call, pressed: false };
  const values = Array.from({ length: Math.max(slot + 1, call.values.length) }, (_, i) => call.values[i] ?? null);
  values[slot] = value;
  const pressed = before !== null && value !== 0 && (before === 0 || value > before);
  return { call: { ...call, values }, pressed };
}

type Moment = {
  call: Call;
  signal: Signal;
  count: Count;
  /** The vehicles are owed their minimum green. */
  owed: boolean;
  /** Nobody can be seen, so that whoever pressed is taken to be there. */
  assumed: boolean;
  atMs: number;
  plan: CrossingPlan;
  told: Told;
};

function ended(call: Call, why: Reason, { remarks }: Told, waiting: number): Call {
  if (call.stands) remarks.push(remark('release', `Call ended: ${causes[why]}.`, { waiting }));
  return { ...call, stands: false };
}

/** The walk began: the call is served, and taps waiting for it are granted. */
export function serveCall(call: Call, told: Told): Call {
  if (!call.stands && call.pressedAtMs < 0 && call.tapS === 0) return call;
  return { ...ended(call, 'served', told, 0), pressedAtMs: -1, tapS: 0 };
}

/** One decision about the call. */
export function decideCall(moment: Moment): Call {
  const { signal, count, owed, assumed, atMs, plan, told } = moment;
  let { call } = moment;
  const present = !assumed && (call.stands || call.pressedAtMs >= 0 ? count.atKerb > 0 : count.waiting > 0);
  if (present && (call.stands || call.pressedAtMs >= 0 || plan.passiveCall)) call = { ...call, presentAtMs: atMs };
  const lastMs = Math.max(call.presentAtMs, call.pressedAtMs);
  const gone = !present && !assumed && atMs - lastMs >= plan.cancelDelayMs;
  if (gone && (call.stands || call.pressedAtMs >= 0 || call.tapS > 0))
    return { ...ended(call, 'left', told, count.waiting), pressedAtMs: -1, tapS: 0 };
  const wanted = call.pressedAtMs >= 0 || call.stands || (plan.passiveCall && present);
  if (!wanted) return call;
  const barred = callBarred(signal, atMs, plan);
  const keeps = barred === undefined || barred === 'yellow' || barred === 'redClearance';
  if (call.stands) return keeps ? call : ended(call, barred === 'walk' ? 'served' : barred, told, count.waiting);
  // Who only stands there when the walk begins has what a call would ask for.
  if (barred === 'walk' && call.pressedAtMs < 0) return call;
  const why: Reason | undefined = barred ?? (owed ? 'owed' : undefined);
  const { waiting } = count;
  if (why !== undefined) {
    told.tell(`call-${why}`, () =>
      remark('refusal', `No call, ${sayPeople(waiting)} waiting: ${causes[why]}.`, { waiting, tapS: call.tapS }),
    );
    return call;
  }
  const by =
    call.pressedAtMs >= 0 ? (call.tapS > 0 ? `a tap for ${sayS(call.tapS)} more` : 'a press') : 'waiting alone';
  told.remarks.push(
    remark('request', `Walk called by ${by}, ${sayPeople(waiting)} waiting.`, { waiting, tapS: call.tapS }),
  );
  return { ...call, stands: true };
}
