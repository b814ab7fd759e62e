import { sayDuration, sayNumber, sayValue } from '../../engine/words.ts';
import { coSignPpm, doses } from './carbon-monoxide.ts';
import type { FirePlan } from './config.ts';
import type { FireTrack } from './fire-state.ts';
import { riseAlarmKPerMin } from './heat-class.ts';
import { toPctPerM } from './obscuration.ts';
import { isWarming } from './rhythm.ts';
import { isDirty, isNoisy, lostMs } from './service.ts';
import { type Sight, type SightKind, sightKinds, supportOf } from './sight.ts';
import { because, type Signs } from './verdict.ts';

/** What the level rests on, in words; nothing where nothing is wrong. */
const names = { temperature: 'Temperature', smoke: 'Smoke', co: 'CO', co2: 'CO2' } as const;
/** A base that was moved over a jump is told for this long. */
const movedToldMs = 600_000;

const cel = (value: number) => sayValue(round(value, 1), 'Cel');
const ppm = (value: number) => sayValue(round(value, 0), '[ppm]');
const rate = (value: number) => `${sayNumber(round(value, 1))} °C/min`;

const trend = (perMin: number) => `${perMin < 0 ? 'falling' : 'rising'} ${rate(Math.abs(perMin))}`;

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function sayHeat({ temperature }: FireTrack, { heat: limits }: FirePlan): string[] {
  const said: string[] = [];
  if (temperature.hotSinceMs >= 0)
    said.push(`Temperature ${cel(temperature.cel)}, at or above ${cel(limits.alarmCel)} (class ${limits.name}).`);
  if (temperature.ratedK > 0) {
    const { ratedK, ratedMs } = temperature;
    const perMin = (ratedK / ratedMs) * 60_000;
    const limit =
      perMin >= riseAlarmKPerMin
        ? `at or above ${rate(riseAlarmKPerMin)}`
        : `at ${cel(temperature.cel)}, where a fast rise counts from ${cel(limits.fastAlarmCel)}`;
    said.push(
      `Temperature rose ${cel(ratedK)} in ${sayDuration(ratedMs)} (${rate(perMin)}, ${limit}), class ${limits.name}.`,
    );
  }
  if (said.length === 0 && temperature.heat === 2)
    said.push(`Temperature ${cel(temperature.cel)}, still near ${cel(limits.alarmCel)} (class ${limits.name}).`);
  if (said.length === 0 && temperature.heat === 1)
    said.push(
      `Temperature ${cel(temperature.cel)}, ${trend(temperature.riseKPerMin)}; alarm at ${cel(limits.alarmCel)}.`,
    );
  return said;
}

function saySmoke({ smoke }: FireTrack, { alarmDb }: FirePlan): string {
  const net = toPctPerM(smoke.mean - smoke.base);
  const alarm = toPctPerM(alarmDb);
  const level = `Smoke ${sayValue(round(net, 1), '%/m')} above clean air`;
  const limit = `the alarm level of ${sayValue(round(alarm, 2), '%/m')}`;
  if (smoke.overSinceMs < 0) return `${level}, ${Math.round((100 * net) / alarm)} % of ${limit}.`;
  const heldMs = smoke.atMs - smoke.overSinceMs;
  return `${level}, at ${limit}${heldMs > 0 ? ` for ${sayDuration(heldMs)}` : ''}.`;
}

function sayCo({ co }: FireTrack, { standard }: FirePlan): string[] {
  const said: string[] = [];
  const net = co.filtered - co.base;
  if (net >= coSignPpm / 2) said.push(`CO ${ppm(co.filtered)}, ${ppm(net)} above its base of ${ppm(co.base)}.`);
  if (co.dose >= 0.5) {
    const by = standard === 'EN 54-26' ? 'UL 2034' : standard;
    said.push(
      `CO ${ppm(co.ppm)} has given ${Math.round(100 * co.dose)} % of the alarm dose of ${by} (steady CO alarms above ${ppm(doses[standard].alarmPpm)}).`,
    );
  }
  if (co.highSinceMs >= 0)
    said.push(
      `CO ${ppm(co.ppm)} for ${sayDuration(co.atMs - co.highSinceMs)}, at the limit of ${ppm(doses[standard].highPpm)} of ${standard}.`,
    );
  return said;
}

function sayService(track: FireTrack, plan: FirePlan, nowMs: number): string[] {
  const said: string[] = [];
  for (const kind of plan.kinds) {
    const { atMs } = track[kind];
    const silentMs = lostMs(kind, track[kind], track, nowMs);
    if (silentMs > 0) {
      const since = atMs < 0 ? 'was never heard' : `has been silent for ${sayDuration(silentMs)}`;
      said.push(`${names[kind]} ${since}; what it said last still counts, and nothing more is known from it.`);
    } else if (isWarming(track[kind], plan.warmUpMs[kind])) {
      const leftMs = plan.warmUpMs[kind] - (atMs - track[kind].sinceMs);
      said.push(`${names[kind]} warms up for another ${sayDuration(leftMs)}.`);
    }
  }
  if (isDirty(track, plan) && !isWarming(track.smoke, plan.warmUpMs.smoke)) {
    const drift = Math.round((100 * track.smoke.base) / plan.alarmDb);
    said.push(`Clean air reads ${drift} % of the smoke alarm level, as far as it is compensated: clean or replace it.`);
  }
  if (isNoisy(track, plan))
    said.push(
      `Smoke readings wander by ${sayValue(round(toPctPerM(track.smoke.noiseDb), 1), '%/m')}, too much for the alarm level: marginal smoke is seen late.`,
    );
  const { smoke } = track;
  if (smoke.still.movedAtMs >= 0 && track.nowMs - smoke.still.movedAtMs < movedToldMs)
    said.push(
      `Smoke jumped between two samples and stood still since: taken for another clean air, ${sayValue(round(toPctPerM(smoke.base), 1), '%/m')}.`,
    );
  return said;
}

const looks: Record<SightKind, string> = { flame: 'flames', smokeSeen: 'smoke' };

/** What the camera sees at an instant, in words. */
function sayLooks(sight: Sight, nowMs: number): string[] {
  const support = supportOf(sight, nowMs);
  return sightKinds.flatMap((kind) => {
    const { atMs, sinceMs, value } = sight[kind];
    return support[kind] ? [`${looks[kind]} for ${sayDuration(atMs - sinceMs)} (${round(value, 2)})`] : [];
  });
}

/** Why a camera alone asks somebody to look. */
export function sayOptical(sight: Sight, nowMs: number): string[] {
  const seen = sayLooks(sight, nowMs).join(' and ');
  return [
    `A camera sees what looks like ${seen}. By itself it is no sign of fire to the detectors; look at the place.`,
  ];
}

/** The part of a camera in a level: what it changed comes first, because reasons are cut at the end. */
function sayCamera({ sight, vote, nowMs }: FireTrack): { first: string[]; last: string[] } {
  if (sight === undefined) return { first: [], last: [] };
  const seen = sayLooks(sight, nowMs).join(' and ');
  if (sight.vote.level > vote.level) {
    const what = seen === '' ? 'Until just now a camera saw fire' : `A camera sees what looks like ${seen}`;
    return {
      first: [`${what}, which supports the other signs; without it the level would be ${vote.level}.`],
      last: [],
    };
  }
  return { first: [], last: seen === '' ? [] : [`A camera sees what looks like ${seen} too; it changes nothing.`] };
}

/** Reasons of the level first, then of the service. */
export function reasonsOf(
  track: FireTrack,
  plan: FirePlan,
  { signs, nowMs }: { signs: Signs; nowMs: number },
): string[] {
  const said: string[] = [];
  const camera = sayCamera(track);
  const supported = camera.first.length > 0;
  const { causes, verifySinceMs, level } = supported ? track.sight!.vote : track.vote;
  if (level > 0) {
    said.push(...camera.first);
    said.push(...sayHeat(track, plan));
    if (signs.smoke >= 0.25) said.push(saySmoke(track, plan));
    said.push(...sayCo(track, plan));
    const supports = causes & (because.smokeWithRise | because.coWithRise);
    if (supports && track.temperature.heat < 2) said.push(`Temperature rises ${rate(track.temperature.riseKPerMin)}.`);
    if (signs.co2) said.push(`CO2 is ${ppm(track.co2.filtered - track.co2.base)} above its mean of the last minutes.`);
    if (verifySinceMs >= 0)
      said.push(`Smoke alone, being verified for ${sayDuration(track.smoke.atMs - verifySinceMs)}.`);
    if (said.length === camera.first.length) said.push('The signs are gone; the level holds for another minute.');
    said.push(...camera.last);
  }
  said.push(...sayService(track, plan, nowMs));
  return said;
}
