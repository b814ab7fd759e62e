/**
 * The extension a crossing needs, computed from whole tracks in the plainest way (domain notes §3.2): max over people on the road of
 * distance left / speed, plus margin, minus the time left; speed at least 0.3 m/s, extension within its limits. The speed is the true
 * one: least squares over the second before and the second after, which no live model can see.
 */
export type Position = { atMs: number; id: number; xM: number; yM: number };
export type Street = {
  from: [number, number];
  to: [number, number];
  widthM: number;
  clearanceMs: number;
  marginMs?: number;
  maxExtensionS?: number;
};
export type People = { frames: Map<number, Position[]>; tracks: Map<number, Position[]> };

const floorMps = 0.3;
const aroundMs = 1000;

/** Positions by picture and by person. */
export function peopleOf(positions: readonly Position[]): People {
  return {
    frames: Map.groupBy(positions, ({ atMs }) => atMs),
    tracks: Map.groupBy(positions, ({ id }) => id),
  };
}

function alongSpeed(
  track: readonly Position[],
  atMs: number,
  along: (position: Position) => number,
): number | undefined {
  const near = track.filter((position) => Math.abs(position.atMs - atMs) <= aroundMs);
  if (near.length < 3) return undefined;
  const t = near.map((position) => (position.atMs - atMs) / 1000);
  const s = near.map(along);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [tMean, sMean] = [mean(t), mean(s)];
  const spread = t.reduce((sum, value) => sum + (value - tMean) ** 2, 0);
  return t.reduce((sum, value, i) => sum + (value - tMean) * (s[i]! - sMean), 0) / spread;
}

/** Least time somebody must have been followed before a live model can know the speed (domain notes §3.6). */
const followedMs = 2000;

export type Truth = {
  /** Seconds of extension; 0 when nobody needs any. */
  extensionS: number;
  /** Everybody on the road had been followed long enough for a speed. */
  isKnown: boolean;
};

/** What one picture asks for by the formula. */
export function truthAt(
  frame: readonly Position[],
  { tracks }: People,
  { atMs, leftS, street }: { atMs: number; leftS: number; street: Street },
): Truth {
  const { from, to, widthM, marginMs = 1500, maxExtensionS = 13 } = street;
  const lengthM = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [ux, uy] = [(to[0] - from[0]) / lengthM, (to[1] - from[1]) / lengthM];
  const along = ({ xM, yM }: Position) => (xM - from[0]) * ux + (yM - from[1]) * uy;
  const across = ({ xM, yM }: Position) => (yM - from[1]) * ux - (xM - from[0]) * uy;
  let needS = 0;
  let isKnown = true;
  for (const person of frame) {
    const s = along(person);
    if (s <= 0 || s >= lengthM || Math.abs(across(person)) > widthM / 2) continue;
    const track = tracks.get(person.id)!;
    if (track[0]!.atMs > atMs - followedMs) isKnown = false;
    const speed = alongSpeed(track, atMs, along);
    if (speed === undefined) continue;
    needS = Math.max(needS, (speed >= 0 ? lengthM - s : s) / Math.max(floorMps, Math.abs(speed)));
  }
  const wantedS = needS === 0 ? 0 : needS + marginMs / 1000 - leftS;
  return { extensionS: Math.min(maxExtensionS, Math.max(0, wantedS)), isKnown };
}
