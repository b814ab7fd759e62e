import { amountAt, at, objectOf, type Report, reportBytesMax } from '../mqtt-switch/decode.ts';
import type { Heard } from '../mqtt-switch/dialect.ts';
import type { Words } from '../mqtt-switch/words.ts';

/** A device that has not answered after this is not there. */
const answerWithinMs = 2_000;

export type TimerOptions = {
  address: string;
  channel: number;
  words: Words;
  /** Whole seconds that the timer must have; 0 for none. */
  wantedS: number;
  /** Value of the Authorization header, where login is restricted. */
  login(): string | undefined;
};

/**
 * Reads the device's own timer over HTTP, sets it where it is wrong and reads it again: `/settings/relay/<n>` with `auto_off` or
 * `auto_on` in seconds, and `/relay/<n>` with the timer that runs. It never rejects: what goes wrong is told as a setting.
 */
export async function lookAtTimer(options: TimerOptions): Promise<Heard[]> {
  const { words, wantedS, channel } = options;
  const name = words.awayOutput ? 'auto_off' : 'auto_on';
  try {
    const settings = `/settings/relay/${channel}`;
    let setS = amountAt(await read(options, settings), name);
    if (setS !== wantedS) {
      await read(options, `${settings}?${name}=${wantedS}`);
      setS = amountAt(await read(options, settings), name);
    }
    if (setS !== wantedS) return [{ kind: 'setting', name, wrong: `its ${name} is ${setS} and must be ${wantedS}` }];
    const relay = await read(options, `/relay/${channel}`);
    const leftS = at(relay, 'has_timer') === true ? amountAt(relay, 'timer_remaining') : 0;
    return [
      { kind: 'setting', name },
      ...(leftS === undefined ? [] : [{ kind: 'running' as const, leftMs: leftS * 1000 }]),
    ];
  } catch (error) {
    return [{ kind: 'setting', name, wrong: `its ${name} cannot be read over HTTP: ${sentenceOf(error)}` }];
  }
}

async function read({ address, login }: TimerOptions, path: string): Promise<Report | undefined> {
  const authorization = login();
  const answer = await fetch(`http://${address}${path}`, {
    signal: AbortSignal.timeout(answerWithinMs),
    redirect: 'error',
    headers: authorization === undefined ? {} : { authorization },
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`status ${answer.status}`);
  }
  let bytes = 0;
  const parts: Uint8Array[] = [];
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > reportBytesMax) throw new Error(`its answer is longer than ${reportBytesMax} bytes`);
    parts.push(part);
  }
  return objectOf(JSON.parse(Buffer.concat(parts).toString('utf8')));
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: unknown } | undefined;
  if (typeof cause?.code === 'string') return cause.code;
  return error.name === 'TimeoutError' ? `no answer within ${answerWithinMs} ms` : error.message.slice(0, 100);
}
