/**
 * When which picture is sent: one at a time, while nothing urgent waits, again until the cloud has answered. Pure; the directory on disk is
 * the queue, this only keeps its times. Instants are monotonic milliseconds.
 */
export type Upload = { sha256: string; dueAtMs: number; attempts: number };
export type UploadState = {
  online: boolean;
  /** In the order in which they came. */
  waiting: readonly Upload[];
  flying?: { sha256: string; sinceMs: number };
};

export type UploadEvent =
  | { kind: 'added'; sha256: string; atMs: number }
  /** The cloud has it or does not want it, or it is no longer here. */
  | { kind: 'ended'; sha256: string }
  /** `free` says that the link has nothing more urgent to carry. */
  | { kind: 'tick'; atMs: number; online: boolean; free: boolean };

export const noUploads: UploadState = { online: false, waiting: [] };

/** After this long without an answer another picture gets its turn: 200 kB take 25 s at 64 kbit/s. */
export const answerMs = 30_000;
const retryMs = 15_000;
const retryMsMax = 600_000;

/** Takes an event; answers the next state and the picture to hand to the link now, if any. */
export function stepUploads(state: UploadState, event: UploadEvent): { state: UploadState; send?: string } {
  const { waiting, flying } = state;
  if (event.kind === 'added') {
    if (waiting.some(({ sha256 }) => sha256 === event.sha256)) return { state };
    return { state: { ...state, waiting: [...waiting, { sha256: event.sha256, dueAtMs: event.atMs, attempts: 0 }] } };
  }
  if (event.kind === 'ended') {
    const left = waiting.filter(({ sha256 }) => sha256 !== event.sha256);
    if (left.length === waiting.length) return { state };
    const isFlying = flying !== undefined && flying.sha256 !== event.sha256;
    return { state: { online: state.online, waiting: left, ...(isFlying ? { flying } : {}) } };
  }
  return tick(state, event);
}

function tick(state: UploadState, { atMs, online, free }: Extract<UploadEvent, { kind: 'tick' }>) {
  // What was under way when a link broke may be lost: with a new link everything is due.
  if (!online) return { state: state.online ? { online, waiting: state.waiting } : state };
  const waiting = state.online ? state.waiting : state.waiting.map((one) => ({ ...one, dueAtMs: atMs, attempts: 0 }));
  const isFlying = state.online && state.flying !== undefined && atMs - state.flying.sinceMs < answerMs;
  const due = waiting.reduce<Upload | undefined>(
    (a, b) => (a === undefined || b.dueAtMs < a.dueAtMs ? b : a),
    undefined,
  );
  if (isFlying) return { state };
  if (!free || due === undefined || due.dueAtMs > atMs) return { state: { online, waiting } };
  const pauseMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(due.attempts, 16));
  const again = { ...due, attempts: due.attempts + 1, dueAtMs: atMs + pauseMs };
  const next = waiting.map((one) => (one === due ? again : one));
  return { state: { online, waiting: next, flying: { sha256: due.sha256, sinceMs: atMs } }, send: due.sha256 };
}
