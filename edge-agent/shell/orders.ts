import { Command, commandWire, type FaultCode } from '@tocsin/contracts';
import { type CommandKey, commandVerifier } from '@tocsin/rules/signing';
import { Compile } from 'typebox/compile';

/** A signed command has at most about 2 KB: 500 characters of reason, 200 of alert, 120 of issuer, each up to 4 bytes or 6 escaped. */
const commandBytesMax = 8_192;
const isCommand = Compile(Command);

/** Every way in which an order is turned away before anybody looks at what it wants, with the fault it is. */
export const refusalCodes = {
  'too large': 'PAYLOAD_TOO_LARGE',
  'not UTF-8': 'PAYLOAD_MALFORMED',
  'not JSON': 'PAYLOAD_MALFORMED',
  'a field twice': 'PAYLOAD_MALFORMED',
  'not an order': 'CONTRACT_BROKEN',
  'not in its one form': 'CONTRACT_BROKEN',
  'for another site': 'SITE_MISMATCH',
  retained: 'COMMAND_REFUSED',
  unsigned: 'SIGNATURE_INVALID',
  altered: 'SIGNATURE_INVALID',
  'key not yet valid': 'SIGNATURE_INVALID',
  'key out of time': 'SIGNATURE_INVALID',
  outdated: 'COMMAND_REFUSED',
  'before its time': 'COMMAND_REFUSED',
  'older than the clock was': 'COMMAND_REFUSED',
  'too many at once': 'RATE_EXCEEDED',
} as const satisfies Record<string, FaultCode>;
export type OrderRefusal = keyof typeof refusalCodes;

export type OrderVerdict =
  /** Authentic; `key` signed it. With `refused` its time is wrong, and the pipeline is only told so that it makes the receipt. */
  | { ok: true; command: Command; key: string; refused?: { why: OrderRefusal; detail: string } }
  | { ok: false; why: OrderRefusal; detail: string };

type Message = { payload: Uint8Array; retained: boolean; nowMs: number; monotonicMs: number };

/**
 * Looks at a message on the command topic: form, site, signature, time. Whether an authentic order is a repeat or allowed is for the pipeline.
 * A retained command is refused: whoever connects later would receive it again.
 */
export function createOrderDesk(site: string, keys: readonly (string | CommandKey)[]) {
  const verify = commandVerifier(keys);
  /** When an authentic order was last in its time: from then on monotonic time proves how late it is, whatever the wall clock says. */
  let proved: { atMs: number; monotonicMs: number } | undefined;

  return ({ payload, retained, nowMs, monotonicMs }: Message): OrderVerdict => {
    const no = (why: OrderRefusal, detail: string) => ({ ok: false as const, why, detail });
    const read = parse(payload);
    if ('why' in read) return no(read.why, read.detail);
    const { command } = read;
    const { id, issuer } = command;
    if (command.site !== site) return no('for another site', `Order ${id} is for ${command.site}.`);
    if (retained) return no('retained', `Order ${id} was retained by the broker.`);
    const atLeastMs = proved === undefined ? nowMs : proved.atMs + (monotonicMs - proved.monotonicMs);
    const signature = verify(command, Math.max(nowMs, atLeastMs));
    if (!signature.ok) return no(...signatureWords(signature, command));
    const authentic = { ok: true as const, command, key: signature.key };
    if (nowMs >= command.expiresAtMs)
      return { ...authentic, refused: { why: 'outdated', detail: `Order ${id} of ${issuer} came after its end.` } };
    if (nowMs < command.notBeforeMs)
      return { ...authentic, refused: { why: 'before its time', detail: `The time of order ${id} has not come.` } };
    if (atLeastMs >= command.expiresAtMs)
      return no('older than the clock was', `Order ${id} ended before the clock of this gateway was set back.`);
    proved = { atMs: Math.max(nowMs, atLeastMs), monotonicMs };
    return authentic;
  };
}

type Read = { command: Command } | { why: OrderRefusal; detail: string };

/** Reads a message as a command that is written in its one form, so that nothing outside the signature can differ. */
function parse(payload: Uint8Array): Read {
  if (payload.byteLength > commandBytesMax)
    return { why: 'too large', detail: `An order of ${payload.byteLength} bytes, at most ${commandBytesMax}.` };
  let text: string;
  let command: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return { why: 'not UTF-8', detail: 'An order is not UTF-8.' };
  }
  try {
    command = JSON.parse(text);
  } catch {
    return { why: 'not JSON', detail: `An order of ${payload.byteLength} bytes is not JSON.` };
  }
  if (!isCommand.Check(command)) {
    const [first] = isCommand.Errors(command);
    return {
      why: 'not an order',
      detail: `An order does not fit its contract: ${first?.instancePath} ${first?.message}.`,
    };
  }
  if (text === commandWire(command)) return { command };
  const twice = keysOf(text).length > Object.keys(command).length;
  if (twice) return { why: 'a field twice', detail: `Order ${command.id} has a field twice.` };
  const detail = `Order ${command.id} has unknown fields, another order of fields, or another spelling of a value.`;
  return { why: 'not in its one form', detail };
}

/** The names in a flat JSON object, repeats included. */
function keysOf(text: string): string[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].flatMap(([whole, colon]) =>
    colon === undefined ? [] : [whole],
  );
}

function signatureWords(
  verdict: Exclude<ReturnType<ReturnType<typeof commandVerifier>>, { ok: true }>,
  { id, issuer }: Command,
): [OrderRefusal, string] {
  switch (verdict.why) {
    case 'unsigned':
      return ['unsigned', `Order ${id} says it is from ${issuer} and is not signed.`];
    case 'altered':
      return ['altered', `Order ${id} says it is from ${issuer}; no key of the site file signed it as it is.`];
    case 'early':
      return ['key not yet valid', `Order ${id} of ${issuer} is signed by ${verdict.key}, which does not count yet.`];
    case 'over':
      return ['key out of time', `Order ${id} of ${issuer} is signed by ${verdict.key}, which counts no longer.`];
    default:
      return verdict satisfies never;
  }
}
