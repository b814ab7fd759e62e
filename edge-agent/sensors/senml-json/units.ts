import { dimensionOf } from '@tocsin/contracts';

/**
 * SenML unit names (registry of RFC 8428 and RFC 8798) whose UCUM code is another. Names not listed are the same in
 * both or unknown to Tocsin, and then refused.
 */
const ucum = new Map([
  ['/', '1'],
  ['count', '1'],
  ['%RH', '%'],
  ['%EL', '%'],
  ['/100', '%'],
  ['/1000', '[ppth]'],
  ['ppm', '[ppm]'],
  ['lat', 'deg'],
  ['lon', 'deg'],
  ['dBm', 'dB[mW]'],
]);

/** UCUM code of a SenML unit for a channel; pure numbers fit every annotated count, state or id. */
export function toUcum(senml: string, channelUnit: string): string {
  const unit = ucum.get(senml) ?? senml;
  const dimension = dimensionOf(channelUnit);
  if (unit === '1' && (dimension === 'count' || dimension === 'state' || dimension === 'id')) return channelUnit;
  return unit;
}
