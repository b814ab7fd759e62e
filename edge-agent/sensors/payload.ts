/**
 * Turns the bytes of a device into JSON, with a bound on everything: size, depth and time. Two faults that JSON.parse
 * forgives are refused here: repeated keys (the sender and we might read different ones) and text that is not UTF-8.
 */

/** Longest payload of a field device; a frame of 256 tracks or 1,000 short records fits. */
export const payloadBytesMax = 65_536;
/** Deepest nesting; real payloads have 2 to 6 levels. */
export const payloadDepthMax = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

export type Parsed =
  | { ok: true; json: unknown }
  | { ok: false; code: 'PAYLOAD_TOO_LARGE' | 'PAYLOAD_MALFORMED'; detail: string };

const quote = 0x22;
const backslash = 0x5c;

/** Depth of nesting and number of members (colons outside strings) of a JSON text, found without building anything. */
function measure(bytes: Uint8Array): { depth: number; members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === backslash) i += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x3a) members += 1;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return { depth: deepest, members };
}

/** Members of all objects inside `json`; the depth is bounded by the caller. */
function countMembers(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0;
  let count = 0;
  if (Array.isArray(json)) {
    for (const item of json) count += countMembers(item);
    return count;
  }
  for (const value of Object.values(json)) count += 1 + countMembers(value);
  return count;
}

const malformed = (detail: string): Parsed => ({ ok: false, code: 'PAYLOAD_MALFORMED', detail });

/** Parses a payload within its bounds; never throws. */
export function parsePayload(payload: Uint8Array): Parsed {
  if (payload.byteLength > payloadBytesMax) {
    return { ok: false, code: 'PAYLOAD_TOO_LARGE', detail: `${payload.byteLength} bytes, at most ${payloadBytesMax}.` };
  }
  const { depth, members } = measure(payload);
  if (depth > payloadDepthMax) return malformed(`Nested ${depth} deep, at most ${payloadDepthMax}.`);
  try {
    const json: unknown = JSON.parse(utf8.decode(payload));
    if (members > 0 && countMembers(json) !== members) return malformed('A key is given twice.');
    return { ok: true, json };
  } catch {
    return malformed(`Not JSON: ${excerpt(new TextDecoder().decode(payload.subarray(0, 80)))}.`);
  }
}

/**
 * A short, printable piece of whatever a device sent, for messages; control characters and lone surrogates are
 * escaped.
 */
export function excerpt(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'a list'
        : 'an object'
      : JSON.stringify(value);
  const printable = (text ?? 'nothing').replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
  return printable.length > 60 ? `${printable.slice(0, 59)}…` : printable;
}
