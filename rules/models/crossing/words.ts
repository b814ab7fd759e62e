import type { Remark } from '../../engine/types.ts';
import { sayNumber } from '../../engine/words.ts';
import type { Need } from './need.ts';

/** Why something was refused or ended, in the words of the field. */
export const causes = {
  unknown: 'the phase of the signal is not known',
  preempt: 'a pre-emption has the controller',
  yellow: 'the vehicles have yellow',
  redClearance: 'the vehicles have their red clearance',
  green: 'the vehicles have green',
  dontWalk: 'the signal shows don’t walk',
  walk: 'the walk is on already',
  owed: 'the vehicles have not had their minimum green since the last extension',
  cycles: 'too many cycles in a row were extended and the vehicles have not had their minimum green since',
  red: 'the vehicles would have red for too long',
  limit: 'no more may be asked for in one cycle',
  clear: 'the road is clear',
  enough: 'the time left is enough',
  blind: 'there are no pictures',
  served: 'the walk has begun',
  left: 'nobody waits any more',
};
export type Reason = keyof typeof causes;

/** Remarks of one event. A standing refusal is told once per cause and cycle. */
export type Told = { remarks: Remark[]; causes: readonly string[]; tell(cause: string, said: () => Remark): void };

/** Collects remarks; `told` are the causes of refusal that this cycle knows already. */
export function collect(told: readonly string[]): Told {
  const collected: Told = {
    remarks: [],
    causes: told,
    tell(cause, said) {
      if (collected.causes.includes(cause)) return;
      collected.causes = [...collected.causes, cause];
      collected.remarks.push(said());
    },
  };
  return collected;
}

const rounded = (value: number) => Math.round(value * 100) / 100;
/** Remarks name this many people at most, the slowest first. */
const peopleMax = 8;

/** People of a remark; names end in their unit. */
export function peopleOf(needs: readonly Need[]): Record<string, number>[] {
  return needs.slice(0, peopleMax).map(({ id, leftM, speedMps, needS }) => ({
    id,
    leftM: rounded(leftM),
    speedMps: rounded(speedMps),
    needS: rounded(needS),
  }));
}

/** A remark with its numbers rounded to hundredths. */
export function remark(
  what: Remark['what'],
  why: string,
  numbers: Record<string, number>,
  needs: readonly Need[] = [],
): Remark {
  const short = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, rounded(value)]));
  return { what, why, numbers: short, ...(needs.length > 0 ? { people: peopleOf(needs) } : {}) };
}

/** Seconds with one decimal. */
export function sayS(value: number): string {
  return `${sayNumber(Math.round(value * 10) / 10)} s`;
}

/** How many people, as words. */
export function sayPeople(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}

/** What the slowest on the road needs against what is left. */
export function sayNeed(needs: readonly Need[], leftS: number): string {
  const worst = needs[0];
  if (worst === undefined) return 'Nobody is on the road.';
  const left = leftS < 0 ? `the clearance is ${sayS(-leftS)} over` : `${sayS(leftS)} are left`;
  const where = `${sayNumber(rounded(worst.leftM))} m at ${sayNumber(rounded(worst.speedMps))} m/s`;
  return `${sayPeople(needs.length)} on the road; the slowest needs ${sayS(worst.needS)} (${where}), ${left}.`;
}
