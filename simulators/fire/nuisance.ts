/**
 * What sets smoke detectors off without a fire, at the detector: rise of obscuration (%/m), of CO (ppm) and of temperature (K).
 * The kinds are those of Cleary and Ono 2001 (NIST SP 965). Shapes and sizes are round figures for a small room that keep what
 * tells them apart: toast and cooking have smoke, little CO and some heat; steam smoke and a few kelvin; dust smoke alone.
 */
export const nuisanceKinds = ['cigarette', 'toast', 'dust', 'steam', 'cooking'] as const;
export type NuisanceKind = (typeof nuisanceKinds)[number];
export type Nuisance = { kind: NuisanceKind; fromS: number };
export type Disturbance = { obscurationPctPerM: number; coPpm: number; riseK: number };

/** Each rises to its size in `growS`, lasts `lastS`, and dies away with `decayS`. */
type Shape = Disturbance & { growS: number; lastS: number; decayS: number };

const shapes: Record<NuisanceKind, Shape> = {
  cigarette: { obscurationPctPerM: 3, coPpm: 3, riseK: 0, growS: 30, lastS: 240, decayS: 90 },
  toast: { obscurationPctPerM: 9, coPpm: 6, riseK: 2, growS: 20, lastS: 40, decayS: 45 },
  dust: { obscurationPctPerM: 30, coPpm: 0, riseK: 0, growS: 1, lastS: 2, decayS: 1 },
  steam: { obscurationPctPerM: 15, coPpm: 0, riseK: 3, growS: 60, lastS: 240, decayS: 120 },
  cooking: { obscurationPctPerM: 4, coPpm: 5, riseK: 5, growS: 240, lastS: 600, decayS: 180 },
};

function strength({ growS, lastS, decayS }: Shape, sinceS: number): number {
  if (sinceS <= 0) return 0;
  if (sinceS < growS) return sinceS / growS;
  const overS = sinceS - growS - lastS;
  return overS <= 0 ? 1 : Math.exp(-overS / decayS);
}

/** Everything that disturbs a detector at `tS`, added up. */
export function disturbance(nuisances: readonly Nuisance[], tS: number): Disturbance {
  const sum = { obscurationPctPerM: 0, coPpm: 0, riseK: 0 };
  for (const { kind, fromS } of nuisances) {
    const share = strength(shapes[kind], tS - fromS);
    sum.obscurationPctPerM += share * shapes[kind].obscurationPctPerM;
    sum.coPpm += share * shapes[kind].coPpm;
    sum.riseK += share * shapes[kind].riseK;
  }
  return sum;
}
