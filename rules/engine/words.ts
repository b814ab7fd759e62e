/** Numbers, lengths of time and units as a dispatcher reads them; the same input always gives the same text. */

const shown = new Map(
  Object.entries({
    Cel: '°C',
    'Cel/min': '°C/min',
    'Cel/s': '°C/s',
    'Cel/h': '°C/h',
    'Cel/d': '°C/d',
    deg: '°',
    'deg/h': '°/h',
    'deg/d': '°/d',
    um: 'µm',
    'ug/m3': 'µg/m³',
  }),
);

/** A number with at most four significant digits, without an exponent where people would not expect one. */
export function sayNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** A UCUM unit in everyday notation; annotations lose their braces and unity vanishes. */
export function sayUnit(unit: string): string {
  if (unit === '1' || unit === '{state}') return '';
  return (
    shown.get(unit) ??
    unit
      .replaceAll(/[[\]{}]/g, '')
      .replace('d2', 'd²')
      .replace('s2', 's²')
      .replace('m3', 'm³')
  );
}

/** A value with its unit. */
export function sayValue(value: number, unit: string): string {
  const text = sayUnit(unit);
  const gap = text === '' || text.startsWith('°') || text === '%' ? '' : ' ';
  return `${sayNumber(value)}${text.startsWith('°C') ? ' ' : gap}${text}`;
}

/** A length of time in the largest unit that keeps it a short number. */
export function sayDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 120) return `${sayShort(s)} s`;
  if (s < 7200) return `${sayShort(s / 60)} min`;
  return s < 172_800 ? `${sayShort(s / 3600)} h` : `${sayShort(s / 86_400)} d`;
}

function sayShort(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A stream as words: `slope-1/velocity` reads `slope-1 velocity`. */
export function sayStream(stream: string): string {
  return stream.replace('/', ' ');
}
