/**
 * The protobuf wire format as far as ONNX uses it: fields of varints, fixed 32 and 64 bits, and length-delimited bytes.
 * A field is `varint(number << 3 | wire type)` followed by its value; groups (wire types 3 and 4) do not occur in ONNX and are
 * refused. Reading never copies and never looks beyond its bytes; what is wrong is a `Refusal`.
 */

/** Why a file is refused, in a sentence; thrown inside the reader and caught at its border. */
export class Refusal extends Error {}

/** One field: `value` of a varint or the low bits of a fixed one, `bytes` of a length-delimited one (a view, not a copy). */
export type Field = {
  number: number;
  wire: 'varint' | 'fixed64' | 'bytes' | 'fixed32';
  value: number;
  bytes: Uint8Array;
};

/** What is left of the fields a file may have; shared by all messages of one file, so that nesting cannot multiply work. */
export type Budget = { fieldsLeft: number };

const nothing = new Uint8Array(0);

/** Reads one varint at `at` as a signed 64-bit number (rounded beyond 2^53), or refuses it. */
function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let low = 0;
  let high = 0;
  // 64 bits are at most 10 groups of 7.
  for (let group = 0; group < 10; group += 1) {
    const byte = bytes[at + group];
    if (byte === undefined) throw new Refusal('The file ends in the middle of a number.');
    const bits = byte & 0x7f;
    if (group < 4) low |= bits << (7 * group);
    else if (group === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (7 * group - 32);
    if (byte < 0x80) return { value: (high | 0) * 2 ** 32 + (low >>> 0), next: at + group + 1 };
  }
  throw new Refusal('A number in the file is longer than 64 bits.');
}

/** Walks the fields of one message; stops with a `Refusal` at the first thing that is not protobuf. */
export function* fields(bytes: Uint8Array, budget: Budget): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    budget.fieldsLeft -= 1;
    if (budget.fieldsLeft < 0) throw new Refusal('The file has more fields than a model has.');
    const tag = varint(bytes, at);
    at = tag.next;
    if (tag.value < 8 || tag.value > 0xffffffff) throw new Refusal('A field of the file has an impossible number.');
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (wire === 0) {
      const { value, next } = varint(bytes, at);
      at = next;
      yield { number, wire: 'varint', value, bytes: nothing };
    } else if (wire === 2) {
      const { value: length, next } = varint(bytes, at);
      if (length < 0 || length > bytes.length - next) throw new Refusal('A part of the file is longer than the file.');
      at = next + length;
      yield { number, wire: 'bytes', value: 0, bytes: bytes.subarray(next, at) };
    } else if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4;
      if (size > bytes.length - at) throw new Refusal('The file ends in the middle of a number.');
      at += size;
      yield { number, wire: wire === 1 ? 'fixed64' : 'fixed32', value: 0, bytes: bytes.subarray(at - size, at) };
    } else throw new Refusal('The file is not an ONNX model: it has a field of an unknown form.');
  }
}

/** Gives the integers of a field that may be one varint or a packed run of them; `most` bounds the run. */
export function integers(field: Field, most: number): number[] {
  if (field.wire === 'varint') return [field.value];
  if (field.wire !== 'bytes') throw new Refusal('A whole number of the file is not stored as one.');
  const values: number[] = [];
  for (let at = 0; at < field.bytes.length; ) {
    const { value, next } = varint(field.bytes, at);
    if (values.push(value) > most) throw new Refusal(`A list of the file has more than ${most} numbers.`);
    at = next;
  }
  return values;
}

/** Collects protobuf fields into bytes; messages nest by writing the bytes of one into another. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** Writes a whole number (two's complement of 64 bits when it is negative). */
  integer(number: number, value: number): this {
    this.#parts.push(encodeVarint(number * 8), encodeVarint(value));
    return this;
  }

  /** Writes a 32-bit float. */
  float(number: number, value: number): this {
    this.#parts.push(encodeVarint(number * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** Writes bytes, a text, or a message in a message. */
  bytes(number: number, value: Uint8Array | string | Message): this {
    const content =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Message ? value.done() : value;
    this.#parts.push(encodeVarint(number * 8 + 2), encodeVarint(content.length), content);
    return this;
  }

  /** Gives the message's bytes. */
  done(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function encodeVarint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const more = rest >> 7n;
    bytes.push(Number(rest & 0x7fn) | (more > 0n ? 0x80 : 0));
    rest = more;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
