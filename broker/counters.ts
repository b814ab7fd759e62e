/**
 * Everything the broker counts. Whatever is refused, cut or dropped has a name here, so that nothing is lost in
 * silence.
 */
export const counterNames = [
  'connections',
  'logins',
  'published',
  'refusedConnections',
  'refusedLogins',
  'refusedLoginsUnanswered',
  'refusedPublishes',
  'refusedSubscribes',
  'refusedForwards',
  'refusedWills',
  'cutTooLong',
  'cutMalformed',
  'cutRate',
  'cutBuffered',
  'cutStalled',
  'cutAccount',
  'takeOvers',
  'retainedNotKept',
  'queuedDropped',
  'consumerErrors',
  'publishErrors',
  'tlsErrors',
  'clientErrors',
] as const;
export type CounterName = (typeof counterNames)[number];
export type Counters = Record<CounterName, number>;

/** All counters at zero. */
export function zeroCounters(): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters;
}
