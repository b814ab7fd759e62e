/**
 * Measures of smoke density. Light falls to T over a path of L metres: attenuation is -10 log10(T)/L in dB/m, optical
 * density -log10(T)/L in 1/m, obscuration 100 (1 - T) in % over one metre (domain.md §2.2, EN 54-7). Inside the model smoke
 * is in dB/m, because attenuation is proportional to the amount of smoke, so that a base line can be taken off it.
 */
export const smokeUnits = ['%/m', 'dB/m', '1/m'] as const;
export type SmokeUnit = (typeof smokeUnits)[number];

/** True for a unit in which smoke is understood. */
export function isSmokeUnit(unit: string): unit is SmokeUnit {
  return (smokeUnits as readonly string[]).includes(unit);
}

/** More than this lets no light through that a meter could tell from none; 10^-6 over a metre. */
const obscurationMaxPctPerM = 99.9999;

/** Attenuation in dB/m; readings below zero, which real meters give in clean air, stay below zero. */
export function toDbPerM(value: number, unit: SmokeUnit): number {
  if (unit === 'dB/m') return value;
  if (unit === '1/m') return 10 * value;
  return 0 - 10 * Math.log10(1 - Math.min(value, obscurationMaxPctPerM) / 100);
}

/** Obscuration in %/m of an attenuation in dB/m. */
export function toPctPerM(dbPerM: number): number {
  return 100 * (1 - 10 ** (-dbPerM / 10));
}
