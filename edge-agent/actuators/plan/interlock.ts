import type { Interlock } from '@tocsin/contracts';
import type { World } from './types.ts';

type Judged = { interlocks: readonly Interlock[]; action: string; atMs: number };

/**
 * Says why an action is forbidden at this instant, or undefined when every interlock allows it.
 * A state or value that is unknown or too old forbids: what is not known is never safe.
 * The text never holds a measured value, so that a lasting refusal stays one refusal.
 */
export function forbiddenBy({ interlocks, action, atMs }: Judged, world: World): string | undefined {
  for (const { refuse, when, why } of interlocks) {
    if (refuse !== action && !(Array.isArray(refuse) && refuse.includes(action))) continue;
    const finding = 'actuator' in when ? byState(when, world) : byValue(when, atMs, world);
    if (finding) return `${why} (${finding})`;
  }
  return undefined;
}

function byState(when: Extract<Interlock['when'], { actuator: string }>, world: World): string | undefined {
  const known = world.confirmed(when.actuator);
  if (known === undefined || known.old) return `state of ${when.actuator} is not known`;
  if ('is' in when) return known.state === when.is ? `${when.actuator} is ${when.is}` : undefined;
  return known.state === when.isNot ? undefined : `${when.actuator} is not ${when.isNot}`;
}

function byValue(
  when: Exclude<Interlock['when'], { actuator: string }>,
  atMs: number,
  world: World,
): string | undefined {
  const { stream } = when;
  const known = world.value(stream);
  if (known === undefined) return `${stream} is not known`;
  const ageMs = atMs - known.takenAtMs;
  if ('olderThanMs' in when) return ageMs > when.olderThanMs ? `${stream} is too old` : undefined;
  if (ageMs > world.staleAfterMs(stream)) return `${stream} is too old`;
  if ('above' in when) return known.value > when.above ? `${stream} is above ${when.above}` : undefined;
  if ('below' in when) return known.value < when.below ? `${stream} is below ${when.below}` : undefined;
  const [low, high] = when.outside;
  return known.value < low || known.value > high ? `${stream} is outside ${low} to ${high}` : undefined;
}
