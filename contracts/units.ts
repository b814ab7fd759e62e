/**
 * Units are UCUM codes (ucum.org, version 2.2), case sensitive, and only those listed here: an unknown unit is refused,
 * never guessed. Each row gives the dimension and the affine map to that dimension's base: `base = value × factor + offset`.
 */
type Unit = { dimension: string; factor: number; offset?: number };

const units: Record<string, Unit> = {
  // Pure numbers. `1` is UCUM's unity; `{...}` annotations carry no meaning but help a reader.
  '1': { dimension: 'number', factor: 1 },
  '%': { dimension: 'number', factor: 0.01 },
  '[ppth]': { dimension: 'number', factor: 1e-3 },
  '[ppm]': { dimension: 'number', factor: 1e-6 },
  '[ppb]': { dimension: 'number', factor: 1e-9 },
  '{people}': { dimension: 'count', factor: 1 },
  '{vehicles}': { dimension: 'vehicle count', factor: 1 },
  '{state}': { dimension: 'state', factor: 1 },
  // What a camera takes for fire, 0 to 1: evidence beside detectors, and of a kind of its own so that nothing else is mistaken for it.
  '{optical}': { dimension: 'optical evidence', factor: 1 },
  '{id}': { dimension: 'id', factor: 1 },
  um: { dimension: 'length', factor: 1e-6 },
  mm: { dimension: 'length', factor: 1e-3 },
  cm: { dimension: 'length', factor: 1e-2 },
  m: { dimension: 'length', factor: 1 },
  km: { dimension: 'length', factor: 1e3 },
  '[in_i]': { dimension: 'length', factor: 0.0254 },
  '[ft_i]': { dimension: 'length', factor: 0.3048 },
  ms: { dimension: 'time', factor: 1e-3 },
  s: { dimension: 'time', factor: 1 },
  min: { dimension: 'time', factor: 60 },
  h: { dimension: 'time', factor: 3600 },
  d: { dimension: 'time', factor: 86_400 },
  'm/s': { dimension: 'speed', factor: 1 },
  'km/h': { dimension: 'speed', factor: 1 / 3.6 },
  'mm/s': { dimension: 'speed', factor: 1e-3 },
  'mm/min': { dimension: 'speed', factor: 1e-3 / 60 },
  'mm/h': { dimension: 'speed', factor: 1e-3 / 3600 },
  'mm/d': { dimension: 'speed', factor: 1e-3 / 86_400 },
  'm/d': { dimension: 'speed', factor: 1 / 86_400 },
  'mm/d2': { dimension: 'acceleration', factor: 1e-3 / 86_400 ** 2 },
  'm/s2': { dimension: 'acceleration', factor: 1 },
  mg: { dimension: 'mass', factor: 1e-6 },
  g: { dimension: 'mass', factor: 1e-3 },
  kg: { dimension: 'mass', factor: 1 },
  deg: { dimension: 'angle', factor: Math.PI / 180 },
  rad: { dimension: 'angle', factor: 1 },
  mrad: { dimension: 'angle', factor: 1e-3 },
  'deg/h': { dimension: 'angular speed', factor: Math.PI / 180 / 3600 },
  'deg/d': { dimension: 'angular speed', factor: Math.PI / 180 / 86_400 },
  K: { dimension: 'temperature', factor: 1 },
  Cel: { dimension: 'temperature', factor: 1, offset: 273.15 },
  '[degF]': { dimension: 'temperature', factor: 5 / 9, offset: 459.67 * (5 / 9) },
  'Cel/min': { dimension: 'temperature rate', factor: 1 / 60 },
  'K/min': { dimension: 'temperature rate', factor: 1 / 60 },
  'Cel/s': { dimension: 'temperature rate', factor: 1 },
  // Optical obscuration per length: %/m and dB/m are related by a logarithm, so they are separate dimensions on purpose.
  '%/m': { dimension: 'obscuration', factor: 1 },
  'dB/m': { dimension: 'optical density', factor: 1 },
  '1/m': { dimension: 'extinction', factor: 1 },
  Pa: { dimension: 'pressure', factor: 1 },
  hPa: { dimension: 'pressure', factor: 100 },
  kPa: { dimension: 'pressure', factor: 1e3 },
  bar: { dimension: 'pressure', factor: 1e5 },
  V: { dimension: 'voltage', factor: 1 },
  mV: { dimension: 'voltage', factor: 1e-3 },
  A: { dimension: 'current', factor: 1 },
  mA: { dimension: 'current', factor: 1e-3 },
  W: { dimension: 'power', factor: 1 },
  kW: { dimension: 'power', factor: 1e3 },
  Hz: { dimension: 'frequency', factor: 1 },
  lx: { dimension: 'illuminance', factor: 1 },
  dB: { dimension: 'level', factor: 1 },
  'dB[mW]': { dimension: 'radio level', factor: 1 },
  'ug/m3': { dimension: 'mass concentration', factor: 1e-9 },
  'mg/m3': { dimension: 'mass concentration', factor: 1e-6 },
  'm3/m3': { dimension: 'volume fraction', factor: 1 },
};

/** Every unit Tocsin knows, for schemas and messages. */
export const knownUnits: readonly string[] = Object.keys(units);

/** True when the unit is one Tocsin knows. */
export function isUnit(unit: string): boolean {
  return Object.hasOwn(units, unit);
}

/** What the unit measures (`length`, `speed`, …), or undefined for an unknown unit. */
export function dimensionOf(unit: string): string | undefined {
  return Object.hasOwn(units, unit) ? units[unit]?.dimension : undefined;
}

/** A function from values in `from` to values in `to`, or undefined when either is unknown or they measure different things. */
export function converter(from: string, to: string): ((value: number) => number) | undefined {
  if (!isUnit(from) || !isUnit(to)) return undefined;
  if (from === to) return (value) => value;
  const a = units[from]!;
  const b = units[to]!;
  if (a.dimension !== b.dimension) return undefined;
  const factor = a.factor / b.factor;
  const shift = ((a.offset ?? 0) - (b.offset ?? 0)) / b.factor;
  return (value) => value * factor + shift;
}
