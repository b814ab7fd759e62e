/** What devices say over MQTT is hostile until it fits: these readers answer undefined instead of throwing. */

/** A report of a switch is a word or a small JSON object; larger is refused. Largest seen: a Shelly status, under 2 kB. */
export const reportBytesMax = 16_384;

export type Report = Readonly<Record<string, unknown>>;

/** The payload as trimmed text; undefined when it is too large. */
export function textOf(payload: Uint8Array): string | undefined {
  return payload.byteLength > reportBytesMax ? undefined : new TextDecoder().decode(payload).trim();
}

/** The payload as a JSON object; undefined when it is none or too large. */
export function reportOf(payload: Uint8Array): Report | undefined {
  const text = textOf(payload);
  if (text === undefined) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value when it is a JSON object. */
export function objectOf(value: unknown): Report | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Report) : undefined;
}

/** An own property, so that `__proto__` and `constructor` are keys like any other. */
export function at(report: Report | undefined, key: string): unknown {
  return report !== undefined && Object.hasOwn(report, key) ? report[key] : undefined;
}

/** A finite number that is not negative. */
export function amountAt(report: Report | undefined, key: string): number | undefined {
  const value = at(report, key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** One of two words as a truth value. */
export function eitherOf(value: unknown, yes: string, no: string): boolean | undefined {
  return value === yes ? true : value === no ? false : undefined;
}
