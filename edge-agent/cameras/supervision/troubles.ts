/** What can be wrong with a camera. */
export const troubleNames = [
  'no-picture',
  'black',
  'over-exposed',
  'covered',
  'frozen',
  'moved',
  'too-dark',
  'blurred',
  'slow',
] as const;
export type TroubleName = (typeof troubleNames)[number];

/** A trouble that stands: since when it was seen, in words, and what it leaves of the camera's coverage (0 to 1). */
export type Trouble = { name: TroubleName; sinceMs: number; detail: string; factor: number };

/**
 * Suspicion of one trouble between 0 and 1: it fills while pictures show it and empties while they do not, so that one
 * good picture among bad ones resets nothing and the rate of pictures does not matter. Full raises, empty clears.
 */
export type Suspicion = {
  level: number;
  sinceMs: number;
  isRaised: boolean;
  /** Whether the newest picture that could tell shows it. */
  isBad: boolean;
  detail: string;
  factor: number;
};
export type Suspicions = Record<TroubleName, Suspicion>;

/** What a picture says of one trouble; nothing at all if it cannot be told from this picture. */
export type Sign = {
  isBad: boolean;
  detail?: string;
  factor?: number;
  onsetMs?: number;
  /** One picture proves the contrary: a suspicion that is not raised yet begins anew. */
  isProof?: boolean;
};
export type Signs = Partial<Record<TroubleName, Sign>>;

/** Time until a trouble is raised and until it clears, in ms. */
export type Delays = Record<TroubleName, { onsetMs: number; recoveryMs: number }>;

const calm: Suspicion = { level: 0, sinceMs: -1, isRaised: false, isBad: false, detail: '', factor: 1 };
/** Nothing suspected. */
export const noSuspicions = Object.fromEntries(troubleNames.map((name) => [name, calm])) as Suspicions;

function weigh(before: Suspicion, sign: Sign, { atMs, dtMs }: Step, delay: Delays[TroubleName]): Suspicion {
  const { isBad, onsetMs = delay.onsetMs } = sign;
  if (sign.isProof && !before.isRaised) return calm;
  const by = isBad ? dtMs / Math.max(1, onsetMs) : -dtMs / Math.max(1, delay.recoveryMs);
  const level = Math.min(1, Math.max(0, before.level + by));
  if (level === 0) return calm;
  const isRaised = before.isRaised || level === 1;
  // The words stay as they were when it was raised, unless it gets worse: an alert is not a gauge.
  const isWorse = isBad && (!before.isRaised || (sign.factor ?? 0) < before.factor);
  return {
    level,
    sinceMs: before.sinceMs < 0 ? atMs : before.sinceMs,
    isRaised,
    isBad,
    detail: isWorse ? (sign.detail ?? '') : before.detail,
    factor: isWorse ? (sign.factor ?? 0) : before.factor,
  };
}
type Step = { atMs: number; dtMs: number };

/** Suspicions after one more picture. What cannot be told from it stays as it was. */
export function suspect(before: Suspicions, signs: Signs, step: Step, delays: Delays): Suspicions {
  const after = { ...before };
  for (const name of troubleNames) {
    const sign = signs[name];
    if (sign !== undefined) after[name] = weigh(before[name], sign, step, delays[name]);
  }
  return after;
}

/** The troubles that stand, the gravest kinds first. */
export function raised(suspicions: Suspicions): Trouble[] {
  return troubleNames.flatMap((name) => {
    const { isRaised, sinceMs, detail, factor } = suspicions[name];
    return isRaised ? [{ name, sinceMs, detail, factor }] : [];
  });
}

/** In a picture that shows one of these nobody can be seen, however short it lasts. */
const blinding = ['black', 'over-exposed', 'covered'] as const;

/** True while the newest picture itself shows nothing of the street: whoever is not in it may be there all the same. */
export function isBlindNow(suspicions: Suspicions): boolean {
  return blinding.some((name) => suspicions[name].isBad && suspicions[name].factor === 0);
}
