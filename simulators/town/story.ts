/**
 * What happens in the town, in seconds of a story that begins again every `storyS`: a quiet start, a slope that goes into its last
 * minute, a kitchen that burns, and somebody with a walker at the crossing. Everything else follows from physics and seeds.
 */
export const storyS = 115;

export const story = {
  slope: {
    creepMmPerS: 0.02,
    onsetS: 8,
    failureS: 85,
    noiseMm: 0.03,

    flankShare: 0.8,
    velocityMaxMmPerS: 3,
  },
  fire: { ignitionS: 25, alphaKwPerS2: 0.1876, heatMaxKw: 900, outS: 75, ambientCel: 21 },
  kitchen: { radiusM: 1.5, ceilingM: 2.8 },
  corridor: { radiusM: 7, ceilingM: 2.8 },
  /** The lift needs this long to come down once it is recalled. */
  liftTravelS: 6,
  /** The electrician closes the breaker by hand, on site, when the fire is out and cold. */
  breakerClosedByHandS: 110,
  /** The signal is called at these instants, so that it keeps step with the drawn pictures. */
  crossing: { slowSpeedMps: 0.55, walksS: [12.5, 50, 88] },
} as const;

/** Seconds into the story and the number of times it has begun before. */
export function storyTime(elapsedMs: number): { tS: number; round: number } {
  const round = Math.floor(elapsedMs / 1000 / storyS);
  return { tS: elapsedMs / 1000 - round * storyS, round };
}
