import { type StreamState, seenReadings } from './state.ts';

/** Remembers a device time with its value, in a ring. */
export function noteSeen(state: StreamState, atMs: number, value: number): void {
  const { seen } = state;
  if (seen.length < seenReadings * 2) seen.push(atMs, value);
  else {
    seen[state.seenNext] = atMs;
    seen[state.seenNext + 1] = value;
    state.seenNext = (state.seenNext + 2) % (seenReadings * 2);
  }
  if (atMs > state.seenHighMs) state.seenHighMs = atMs;
}

/** True when this very reading came before: same device time, same value. */
export function wasSeen(state: StreamState, atMs: number, value: number): boolean {
  if (atMs > state.seenHighMs) return false;
  const { seen } = state;
  for (let i = 0; i < seen.length; i += 2) if (seen[i] === atMs && seen[i + 1] === value) return true;
  return false;
}
