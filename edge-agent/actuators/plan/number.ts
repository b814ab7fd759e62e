import type { Command } from '@tocsin/contracts';
import type { ActuatorState, Obeyed } from './types.ts';

/** Issuers whose newest order is remembered; an older order of a forgotten one is refused all the same. */
const issuersMax = 64;

/**
 * Why an order comes too late: one with a higher number was carried out at this device, or a younger one of the same issuer where the
 * orders are not numbered. Orders overtake one another on the way, and the last word must be the one given last.
 */
export function overtaken({ obeyed }: ActuatorState, { number, issuer, notBeforeMs }: Command): string | undefined {
  if (obeyed === undefined) return undefined;
  if (number !== undefined && obeyed.number !== undefined)
    return number > obeyed.number ? undefined : `it has number ${number}, and ${obeyed.number} was carried out`;
  const knownMs = Object.hasOwn(obeyed.issuers, issuer) ? obeyed.issuers[issuer]! : obeyed.floorMs;
  return notBeforeMs < knownMs ? `a later order of ${issuer} was carried out` : undefined;
}

/** Remembers an order that is carried out. */
export function noteObeyed(state: ActuatorState, { number, issuer, notBeforeMs }: Command): void {
  const { number: highest, issuers = {}, floorMs = 0 } = state.obeyed ?? {};
  const kept = Object.entries(issuers).filter(([name]) => name !== issuer);
  kept.push([issuer, Math.max(notBeforeMs, Object.hasOwn(issuers, issuer) ? issuers[issuer]! : 0)]);
  const obeyed: Obeyed = { issuers: {}, floorMs };
  if (kept.length > issuersMax) obeyed.floorMs = Math.max(floorMs, kept.shift()![1]);
  // Without a prototype to hit: a name such as __proto__ is a name.
  obeyed.issuers = Object.fromEntries(kept);
  if (number !== undefined || highest !== undefined) obeyed.number = Math.max(number ?? 0, highest ?? 0);
  state.obeyed = obeyed;
}
