import { type ActuatorBase, type ArmingWindow, weekDays } from '@tocsin/contracts';
import { trouble } from './record.ts';
import type { Step } from './types.ts';
import { instantText } from './words.ts';

/**
 * Whether an actuator is armed: always, in windows of local time, or as a person ordered until an end. A disarmed actuator decides and
 * records as in an exercise, and moves nothing.
 */
type LocalMinute = { day: number; minute: number };

/** Answers the day of the week (0 is Monday) and the minute of that day in a time zone. Throws RangeError for an unknown zone. */
export function localMinuteIn(timeZone: string): (atMs: number) => LocalMinute {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23' },
    ...{ weekday: 'short', hour: '2-digit', minute: '2-digit' },
  });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const day = (weekDays as readonly string[]).indexOf(parts.get('weekday')!.slice(0, 3).toLowerCase());
    return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
  };
}

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function isWithin({ days = [...weekDays], from, to }: ArmingWindow, { day, minute }: LocalMinute): boolean {
  const [begins, ends] = [minuteOf(from), minuteOf(to)];
  const isDay = (index: number) => days.includes(weekDays[(index + 7) % 7]!);
  if (begins < ends) return isDay(day) && minute >= begins && minute < ends;
  // Past midnight it is still the window of the day on which it began.
  return (isDay(day) && minute >= begins) || (isDay(day - 1) && minute < ends);
}

/** Compiles the windows of an actuator; the answer is kept for the minute it is about, because it is asked for on every tick. */
export function scheduleOf(armed: ActuatorBase['armed'], timeZone = 'UTC'): (atMs: number) => boolean {
  if (armed === undefined || armed === 'always') return () => true;
  const windows = armed.map((window) => ({ window, local: localMinuteIn(window.timeZone ?? timeZone) }));
  let known = { minute: Number.NaN, is: false };
  return (atMs) => {
    const minute = Math.floor(atMs / 60_000);
    if (known.minute !== minute)
      known = { minute, is: windows.some(({ window, local }) => isWithin(window, local(atMs))) };
    return known.is;
  };
}

function windowText({ days, from, to, timeZone }: ArmingWindow): string {
  return [days?.join(', '), `${from}–${to}`, timeZone].filter((part) => part !== undefined).join(' ');
}

/** Why the actuator moves nothing now, or undefined while it is armed. */
export function disarmed({ state, rules, world, scheduled }: Step): string | undefined {
  const { arming } = state;
  if (arming?.armed) return undefined;
  if (arming !== undefined) return `disarmed by ${arming.by} until ${instantText(arming.untilMs)}: ${arming.why}`;
  const { armed } = rules.actuator;
  if (armed === undefined || armed === 'always') return undefined;
  const windows = armed.map(windowText).join('; ');
  if (!scheduled) return `armed only ${windows}`;
  // In which window an instant lies is as doubtful as the clock that tells it.
  return world.clockDoubt() === undefined ? undefined : `armed only ${windows}, and ${world.clockDoubt()}`;
}

/** Says that the actuator is disarmed, and until when. */
export function tellArming(step: Step): void {
  trouble(step, 'disarmed', disarmed(step));
}
