import { compilePath } from '../../sensors/path.ts';
import { reportBytesMax } from './device.ts';

/** Longest state text the contracts carry. */
const stateMax = 64;

export type Report = { state: string; leftMs: number | undefined };

/** Reads reports: a word, or JSON with the state at one place and the seconds that the device's own timer has left at another. */
export function createReportReader({ at, leftAt }: { at?: string; leftAt?: string }) {
  const stateAt = at === undefined ? undefined : compilePath(at);
  const secondsAt = leftAt === undefined ? undefined : compilePath(leftAt);
  /** Undefined when the report holds no state, which confirms nothing. */
  return (payload: Uint8Array): Report | undefined => {
    if (payload.byteLength > reportBytesMax) return undefined;
    const text = new TextDecoder().decode(payload).trim();
    if (stateAt === undefined) return stateOf(text, undefined);
    let root: unknown;
    try {
      root = JSON.parse(text);
    } catch {
      return undefined;
    }
    const seconds = secondsAt?.(root);
    const isTime = typeof seconds === 'number' && Number.isFinite(seconds);
    return stateOf(stateAt(root), isTime ? seconds * 1000 : undefined);
  };
}

function stateOf(place: unknown, leftMs: number | undefined): Report | undefined {
  const isPlain = typeof place === 'string' || typeof place === 'number' || typeof place === 'boolean';
  const state = isPlain ? String(place).trim() : '';
  return state === '' || state.length > stateMax ? undefined : { state, leftMs };
}
