import type { Chance } from '../chance/chance.ts';

/**
 * A detector place where nothing burns, minute by minute for as long as wanted: seasons, days, heating and sun on the detector,
 * rush-hour CO, dirt that settles in the chamber and is cleaned, noise, lone wild samples, sensors that are swapped or restarted
 * (values jump and stay) and silent hours. Nobody cooks. Noise comes from a table, because years of it are needed in seconds.
 */
export type QuietPlace = {
  /** Values one minute on, or false while the place is silent. `values` is reused. */
  step(): boolean;
  values: { temperature: number; smoke: number; co: number };
};

const minutesPerDay = 1440;
const daysPerYear = 365;
const tableSize = 8192;

/** Chamber dirt per year, %/m; a sixth of a usual alarm level. */
const dirtPctPerMPerYear = 1;
/** Mean days between lone wild samples of one channel, swapped sensors and silences. */
const wildDays = 7;
/** Two wild samples in a row are what smoke looks like, at any place; these are lone. */
const loneMinutes = 10;
const swapDays = 30;
const silenceDays = 60;

/** Temperature of one day over its mean, °C: night, heating from six, sun on the detector for an hour in the afternoon. */
function dayShape(sunK: number): number[] {
  return Array.from({ length: minutesPerDay }, (_, minute) => {
    const hour = minute / 60;
    const night = -2.5 * Math.cos(((hour - 3) / 24) * 2 * Math.PI);
    const heating = hour > 6 && hour < 9 ? 3 * (1 - Math.exp(-(hour - 6) * 3)) * (hour > 8 ? 9 - hour : 1) : 0;
    const sun = hour > 14 && hour < 16 ? sunK * Math.sin(((hour - 14) / 2) * Math.PI) : 0;
    return night + heating + sun;
  });
}

/** CO of one day, ppm: two rush hours. */
function rushHours(peakPpm: number): number[] {
  const bump = (hour: number, at: number) => Math.exp(-(((hour - at) / 0.7) ** 2));
  return Array.from(
    { length: minutesPerDay },
    (_, minute) => peakPpm * (bump(minute / 60, 8) + bump(minute / 60, 17.5)),
  );
}

/** A quiet place with its own habits. */
export function createQuietPlace(luck: Chance): QuietPlace {
  const noise = Array.from({ length: tableSize }, () => luck.gauss());
  const days = [dayShape(0), dayShape(6), dayShape(10)];
  const traffic = rushHours(4 + 10 * luck.next());
  const meanCel = 12 + 10 * luck.next();
  const due = (meanDays: number) => luck.wait(meanDays * minutesPerDay);
  const place = { dirt: 0, cel: 0, pct: 0, ppm: 1 + 2 * luck.next(), day: days[0]! };
  let minute = 0;
  let wildAt = due(wildDays);
  let swapAt = due(swapDays);
  let silentAt = due(silenceDays);
  let silentFor = 0;
  let index = 0;
  const values = { temperature: 0, smoke: 0, co: 0 };

  function swap(): void {
    place.cel = 3 * luck.gauss();
    place.pct = 0.5 * luck.gauss();
    place.ppm = Math.max(0, 3 + 3 * luck.gauss());
    if (luck.next() < 0.3) place.dirt = 0;
    swapAt = minute + due(swapDays);
  }

  function next(): void {
    minute += 1;
    if (minute % minutesPerDay === 0) place.day = days[luck.integer(0, days.length - 1)]!;
    if (minute >= swapAt) swap();
    const ofDay = minute % minutesPerDay;
    const season = -6 * Math.cos((2 * Math.PI * Math.floor(minute / minutesPerDay)) / daysPerYear);
    place.dirt += dirtPctPerMPerYear / (daysPerYear * minutesPerDay);
    index = (index + 1 + (luck.next() < 0.1 ? luck.integer(0, tableSize - 4) : 0)) % (tableSize - 3);
    const wild = minute >= wildAt ? luck.integer(0, 2) : -1;
    if (wild >= 0) wildAt = minute + loneMinutes + due(wildDays);
    values.temperature = meanCel + season + place.day[ofDay]! + place.cel + 0.2 * noise[index]! + (wild === 0 ? 9 : 0);
    values.smoke = place.dirt + place.pct + 0.08 * noise[index + 1]! + (wild === 1 ? 7 : 0);
    values.co = place.ppm + traffic[ofDay]! + 0.7 * noise[index + 2]! + (wild === 2 ? 25 : 0);
  }

  return {
    values,
    step() {
      next();
      if (silentFor > 0) silentFor -= 1;
      else if (minute >= silentAt) {
        silentFor = luck.integer(2, 600);
        silentAt = minute + due(silenceDays);
      }
      return silentFor === 0;
    },
  };
}
