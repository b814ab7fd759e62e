import { Command, type FaultCode } from '@tocsin/contracts';
import { commandVerifier } from '@tocsin/rules/signing';
import { Compile } from 'typebox/compile';

const commandBytesMax = 8_192;
const isCommand = Compile(Command);

export type OrderVerdict =
  | { ok: true; command: Command }
  /** `forged` says that it looks like a command and is not signed by a key of the site file. */
  | { ok: false; code: FaultCode; detail: string; forged: boolean };

/**
 * Looks at a message on the command topic: form, site, signature. Whether it is due, expired, a repeat or allowed is for the pipeline.
 * A retained command is refused: whoever connects later would receive it again.
 */
export function createOrderDesk(site: string, keys: readonly string[]) {
  const verify = commandVerifier(keys);
  return (payload: Uint8Array, retained: boolean): OrderVerdict => {
    const no = (code: FaultCode, detail: string, forged = false) => ({ ok: false as const, code, detail, forged });
    if (payload.byteLength > commandBytesMax)
      return no('PAYLOAD_TOO_LARGE', `A command of ${payload.byteLength} bytes, at most ${commandBytesMax}.`);
    let command: unknown;
    try {
      command = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    } catch {
      return no('PAYLOAD_MALFORMED', 'A command is not JSON.');
    }
    if (!isCommand.Check(command)) return no('CONTRACT_BROKEN', 'A command does not fit its contract.');
    if (command.site !== site) return no('SITE_MISMATCH', `Command ${command.id} is for ${command.site}.`, true);
    if (retained) return no('COMMAND_REFUSED', `Command ${command.id} was retained by the broker.`);
    if (!verify(command))
      return no('SIGNATURE_INVALID', `Command ${command.id} says it is from ${command.issuer}.`, true);
    return { ok: true, command };
  };
}
