import type { Box, Frame, Kind } from '../../vision/types.ts';

/**
 * Which few pictures explain an alert: some from before it, one at the instant of the deciding picture, some after. Pure; pictures pass
 * through as bytes. What nobody asks for within `beforeMs` is forgotten.
 */
export type Still = {
  jpeg: Uint8Array;
  capturedAtMs: number;
  picture: { width: number; height: number };
  boxes: { kind: Kind; id?: number; box: Box }[];
};
export type Role = 'before' | 'at' | 'after';
/** A picture that is to be kept for an alert. */
export type Keep = { alert: string; occurrence: number; role: Role; still: Still };
type Due = { alert: string; occurrence: number; atMs: number; role: Role };

export type ClipState = { stills: Still[]; due: Due[]; told: string[] };
export type ClipConfig = { beforeMs: number; afterMs: number; pictures: number };
export type ClipEvent =
  | { kind: 'picture'; frame: Pick<Frame, 'jpeg' | 'capturedAtMs'>; picture: Still['picture']; boxes: Still['boxes'] }
  | { kind: 'alert'; alert: string; occurrence: number; takenAtMs: number };

export const emptyClip: ClipState = { stills: [], due: [], told: [] };

/** Pictures are remembered no closer than this: four a second are enough to see what happened. */
const spacingMs = 250;
/** Bounds of the memory whatever the camera sends: 10 s of pictures, and 16 MiB of them. */
const stillsMax = 48;
const bytesMax = 16_777_216;
const dueMax = 64;
/** Alerts whose pictures are chosen once: a repeat of the same occurrence asks for nothing more. */
const toldMax = 64;
/** A picture older than that beyond `beforeMs` explains nothing: the camera was dead. Five seconds lie between pictures at most, twice that is taken. */
const staleMs = 10_000;
/** A picture older than the newest by more was taken after the clock was set back: what came before it is forgotten. */
const clockSetMs = 5_000;

/** The instants at which pictures are wanted, by role: as many before as after, and one at the alert itself. */
function wantedAt({ beforeMs, afterMs, pictures }: ClipConfig, takenAtMs: number): { role: Role; atMs: number }[] {
  const before = beforeMs === 0 ? 0 : Math.floor((pictures - 1) / 2);
  const after = afterMs === 0 ? 0 : pictures - 1 - before;
  const wanted: { role: Role; atMs: number }[] = [];
  for (let i = before; i > 0; i -= 1) wanted.push({ role: 'before', atMs: takenAtMs - (beforeMs * i) / before });
  wanted.push({ role: 'at', atMs: takenAtMs });
  for (let i = 1; i <= after; i += 1) wanted.push({ role: 'after', atMs: takenAtMs + (afterMs * i) / after });
  return wanted;
}

/** The newest still that is not younger than `atMs`, or the oldest there is. */
function stillAt(stills: readonly Still[], atMs: number): Still | undefined {
  return stills.findLast(({ capturedAtMs }) => capturedAtMs <= atMs) ?? stills[0];
}

function remember(stills: readonly Still[], still: Still, sinceMs: number): Still[] {
  // The newest stands for itself until the next is far enough from the one before it.
  const kept = stills.filter(({ capturedAtMs }, i) => {
    const next = stills[i + 1]?.capturedAtMs ?? still.capturedAtMs;
    return capturedAtMs >= sinceMs && (i === 0 || next - stills[i - 1]!.capturedAtMs >= spacingMs);
  });
  kept.push(still);
  let bytes = kept.reduce((sum, { jpeg }) => sum + jpeg.byteLength, 0);
  while (kept.length > 1 && (kept.length > stillsMax || bytes > bytesMax)) bytes -= kept.shift()!.jpeg.byteLength;
  return kept;
}

/** Takes a picture or an alert; answers the pictures to keep now. Pictures must come in the order they were taken. */
export function stepClip(state: ClipState, event: ClipEvent, config: ClipConfig): { state: ClipState; keep: Keep[] } {
  if (event.kind === 'alert') {
    const { alert, occurrence, takenAtMs } = event;
    const name = `${alert} ${occurrence}`;
    if (state.told.includes(name)) return { state, keep: [] };
    const told = [...state.told, name].slice(-toldMax);
    const newestMs = state.stills.at(-1)?.capturedAtMs ?? Number.NEGATIVE_INFINITY;
    const keep: Keep[] = [];
    const due = [...state.due];
    const used = new Set<Still>();
    for (const { role, atMs } of wantedAt(config, takenAtMs)) {
      if (role === 'after' && atMs > newestMs) {
        if (due.length < dueMax) due.push({ alert, occurrence, atMs, role });
        continue;
      }
      const still = stillAt(state.stills, atMs);
      if (still === undefined || used.has(still)) continue;
      if (takenAtMs - still.capturedAtMs > config.beforeMs + staleMs) continue;
      used.add(still);
      keep.push({ alert, occurrence, role, still });
    }
    return { state: { ...state, due, told }, keep };
  }
  const { frame, picture, boxes } = event;
  const backMs = (state.stills.at(-1)?.capturedAtMs ?? Number.NEGATIVE_INFINITY) - frame.capturedAtMs;
  if (backMs > clockSetMs) return stepClip({ stills: [], due: [], told: state.told }, event, config);
  if (backMs >= 0) return { state, keep: [] };
  const still: Still = { jpeg: frame.jpeg, capturedAtMs: frame.capturedAtMs, picture, boxes };
  const keep: Keep[] = [];
  const due = state.due.filter(({ alert, occurrence, atMs, role }) => {
    if (atMs > still.capturedAtMs) return true;
    keep.push({ alert, occurrence, role, still });
    return false;
  });
  return {
    state: { ...state, due, stills: remember(state.stills, still, still.capturedAtMs - config.beforeMs) },
    keep,
  };
}
