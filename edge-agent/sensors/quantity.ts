import { converter, dimensionOf, type FaultCode, isUnit } from '@tocsin/contracts';
import { excerpt } from './payload.ts';

/** A number in the channel's unit, or why there is none. */
export type Quantity = { value: number } | { code: FaultCode; detail: string };

/** Turns what a payload holds into a finite number: numbers as they are, states through the map, nothing else. */
export function toNumber(raw: unknown, map: ReadonlyMap<string, number> | undefined): Quantity {
  if (typeof raw === 'number') {
    return Number.isFinite(raw) ? { value: raw } : { code: 'VALUE_NOT_FINITE', detail: `${raw} is not finite.` };
  }
  if (map !== undefined && (typeof raw !== 'object' || raw === null)) {
    const value = map.get(String(raw));
    if (value !== undefined) return { value };
    return { code: 'VALUE_NOT_FINITE', detail: `${excerpt(raw)} is not in the map of states.` };
  }
  return { code: 'VALUE_NOT_FINITE', detail: `${excerpt(raw)} is not a number.` };
}

/** Converts between units that are known to fit; the result may still overflow, which is refused. */
export function convert(value: number, change: ((value: number) => number) | undefined): Quantity {
  const converted = change === undefined ? value : change(value);
  if (Number.isFinite(converted)) return { value: converted };
  return { code: 'VALUE_NOT_FINITE', detail: `${value} is too large for the unit of the channel.` };
}

/**
 * A function that converts from any unit a payload may name; it remembers only known units, so it cannot be made to
 * grow.
 */
export function fromAnyUnit(unit: string): (value: number, from: unknown) => Quantity {
  const changes = new Map<string, (value: number) => number>();
  return (value, from) => {
    if (typeof from !== 'string')
      return { code: 'UNIT_WRONG', detail: `The unit is ${excerpt(from)}, ${unit} is wanted.` };
    if (from === unit) return { value };
    let change = changes.get(from);
    if (change === undefined) {
      change = converter(from, unit);
      if (change === undefined) return { code: 'UNIT_WRONG', detail: unitMismatch(from, unit) };
      changes.set(from, change);
    }
    return convert(value, change);
  };
}

/** Says why one unit cannot become the other. */
export function unitMismatch(from: string, to: string): string {
  if (!isUnit(from)) return `The unit ${excerpt(from)} is not known.`;
  return `${from} measures ${dimensionOf(from)}, but ${to} measures ${dimensionOf(to)}.`;
}
