/** Headers of a picture's response that tell how old it is. */
export type AgeHeaders = { date?: string; 'last-modified'?: string };

/** An age below this is the coarseness of HTTP dates, which have whole seconds (RFC 9110 §5.6.7), and counts as none. */
const coarseMs = 2_000;
/** Nobody leaves a picture standing for longer; such a date means something else. */
const ageMsMax = 86_400_000;

export type AgeGauge = {
  /** How long before its arrival the picture was taken, in milliseconds; 0 when nothing believable says otherwise. */
  ageMs(headers: AgeHeaders): number;
};

/**
 * Tells the age of fetched pictures by `Date` − `Last-Modified`: both are the camera's own clock, so it need not be right. Many cameras
 * send a date that never changes (of their firmware, say); it is believed only once it has moved.
 */
export function createAgeGauge(): AgeGauge {
  let last: number | undefined;
  let hasMoved = false;
  return {
    ageMs(headers) {
      const modifiedAtMs = Date.parse(headers['last-modified'] ?? '');
      const ageMs = Date.parse(headers.date ?? '') - modifiedAtMs;
      if (Number.isNaN(modifiedAtMs)) return 0;
      hasMoved ||= last !== undefined && modifiedAtMs !== last;
      last = modifiedAtMs;
      const isPlausible = hasMoved && ageMs >= coarseMs && ageMs <= ageMsMax;
      return isPlausible ? ageMs : 0;
    },
  };
}
