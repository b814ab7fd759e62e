import { Fault } from '@tocsin/contracts';

/** Deeper than any payload of the contract; JSON.stringify fails on 10,000 levels that JSON.parse has read (reliability.md §1.6). */
const depthMax = 32;

const [quote, backslash, openBrace, openBracket, closeBrace, closeBracket] = [...'"\\{[}]'].map((c) => c.charCodeAt(0));

/** True when the text nests deeper than `depthMax`, counted without building anything. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const c = bytes[i];
    if (inText) {
      if (c === backslash) i += 1;
      else if (c === quote) inText = false;
    } else if (c === quote) inText = true;
    else if (c === openBrace || c === openBracket) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (c === closeBrace || c === closeBracket) depth -= 1;
  }
  return false;
}

/** Reads JSON from a payload; throws PAYLOAD_MALFORMED for bad UTF-8, bad JSON and absurd nesting. */
export function readJson(payload: Uint8Array): unknown {
  if (isTooDeep(payload)) throw new Fault('PAYLOAD_MALFORMED', `Nested deeper than ${depthMax} levels.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new Fault('PAYLOAD_MALFORMED', 'Not JSON in UTF-8.', { cause });
  }
}
