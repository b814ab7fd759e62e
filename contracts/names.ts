import Type from 'typebox';

/** One level of a topic, a client id or any other name on the wire: letters, digits, dot, underscore and hyphen, 1 to 64. */
export const namePattern = '^[A-Za-z0-9._-]{1,64}$';
const nameExpression = new RegExp(namePattern);

/** A name as it travels in payloads and configuration. */
export const Name = Type.String({
  pattern: namePattern,
  description: 'Letters, digits, dot, underscore and hyphen, 1 to 64.',
});

/** True when `text` is a legal name; everything else is refused at the border. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && nameExpression.test(text);
}

/** An instant in milliseconds since the Unix epoch, up to the year 9999. */
export const InstantMs = Type.Number({ minimum: 0, maximum: 253_402_300_799_999 });

/** A number that is really a number: JSON Schema refuses NaN, the bound refuses infinities. */
export const Finite = Type.Number({ minimum: -1.7976931348623157e308, maximum: 1.7976931348623157e308 });

/** A union of string literals as a schema, from a list that code can also iterate over. */
export function oneOf<const T extends readonly string[]>(values: T, description?: string): Type.TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...(description ? { description } : {}) });
}
