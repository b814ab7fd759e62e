/**
 * Heat detector classes of EN 54-5 (domain.md §2.1) and what this model alarms at in each.
 *
 * `Minimum` static response temperatures are the standard's; typical use is 29 K below, maximum use 4 K below. Alarm
 * temperatures follow the maker's two-speed algorithm (Panasonic EBL128 planning manual): A1 slow 46 / 56, fast 36 / 46, A2S
 * 50 / 60, BS 64 / 74 °C. So the slow alarm is 2, 6 and 5 K above the minimum; classes the maker does not name take B's 5 K, which stays
 * in the band of each (15 K wide). A pre-alarm is 10 K below its alarm, and fast is 10 K below slow.
 */
const classes = {
  A1: { typicalCel: 25, minimumCel: 54, alarmCel: 56, riseMinK: 10 },
  A2: { typicalCel: 25, minimumCel: 54, alarmCel: 60, riseMinK: 20 },
  B: { typicalCel: 40, minimumCel: 69, alarmCel: 74, riseMinK: 20 },
  C: { typicalCel: 55, minimumCel: 84, alarmCel: 89, riseMinK: 20 },
  D: { typicalCel: 70, minimumCel: 99, alarmCel: 104, riseMinK: 20 },
  E: { typicalCel: 85, minimumCel: 114, alarmCel: 119, riseMinK: 20 },
  F: { typicalCel: 100, minimumCel: 129, alarmCel: 134, riseMinK: 20 },
  G: { typicalCel: 115, minimumCel: 144, alarmCel: 149, riseMinK: 20 },
} as const;

type Letter = keyof typeof classes;
export type HeatClass = Letter | `${Letter}R` | `${Letter}S`;

/**
 * The rate of rise that is an alarm: 15 °F/min = 8.3 K/min (UL 521, NFPA 72; domain.md §2.1). It counts once the whole rise is
 * what the lower response limits of EN 54-5 leave at 10 K/min and faster: 1 min, 30 s and 20 s at 10, 20 and 30 K/min are
 * 10 K for A1, twice as long and 20 K for the other classes. An oven door or a gust does not reach that.
 */
export const riseAlarmKPerMin = 8.3;

/** Temperatures in °C, rises in K, lengths in ms. */
export type HeatLimits = {
  name: HeatClass;
  minimumCel: number;
  alarmCel: number;
  preCel: number;
  /** Fast rises count with suffix R and without; below `rateFromCel` a rate of rise alone does not. */
  rated: boolean;
  fastAlarmCel: number;
  fastPreCel: number;
  rateFromCel: number;
  /** "Heavy heat", 34 K above the alarm temperature as 90 °C is above 56 (same manual): one sample is enough. */
  heavyCel: number;
  riseMinK: number;
  /** Time in which `riseMinK` is risen at the alarm rate. */
  riseSpanMs: number;
};

/** Colder than any place with a detector. */
const anyCel = -100;

function limitsOf(letter: Letter, suffix: '' | 'R' | 'S'): HeatLimits {
  const { typicalCel, minimumCel, alarmCel, riseMinK } = classes[letter];
  return {
    name: `${letter}${suffix}`,
    minimumCel,
    alarmCel,
    preCel: alarmCel - 10,
    rated: suffix !== 'S',
    fastAlarmCel: alarmCel - 10,
    fastPreCel: alarmCel - 20,
    rateFromCel: suffix === 'R' ? anyCel : typicalCel,
    heavyCel: alarmCel + 34,
    riseMinK,
    riseSpanMs: (riseMinK / riseAlarmKPerMin) * 60_000,
  };
}

const letters = Object.keys(classes) as Letter[];

/** Every class a detector may have. */
export const heatClasses: HeatClass[] = letters.flatMap((letter) => [letter, `${letter}R`, `${letter}S`] as const);

/** The limits of each class. */
export const heatLimits = Object.fromEntries(
  letters.flatMap((letter) =>
    (['', 'R', 'S'] as const).map((suffix) => [`${letter}${suffix}`, limitsOf(letter, suffix)]),
  ),
) as Record<HeatClass, HeatLimits>;
