import { sayDuration } from '../../engine/words.ts';
import type { FireZoneConfig } from './config.ts';
import {
  type Detector,
  isAtAlarm,
  isAttentive,
  isHot,
  isOn,
  isSupported,
  isWitness,
  type ZoneTrack,
} from './zone-state.ts';

/** Level of a zone: 0 normal, 1 pre-alarm or verification, 2 alarm, 3 confirmed. */
export type Judgement = { level: number; confirmed: boolean; service: number; isolated: number };

/** So many different detectors confirm each other (domain.md §2.6: two-out-of-n). */
const witnessesNeeded = 2;

/** What the zone makes of its inputs. */
export function judge(track: ZoneTrack, config: FireZoneConfig): Judgement {
  let alarms = 0;
  let witnesses = 0;
  let attentive = false;
  let hot = false;
  let service = 0;
  let isolated = 0;
  for (const detector of track.detectors) {
    if (isAtAlarm(detector) || isSupported(detector)) alarms += 1;
    if (isWitness(detector, track.nowMs, config)) witnesses += 1;
    attentive ||= isAttentive(detector);
    hot ||= isHot(detector);
    service = Math.max(service, Math.round(detector.service));
    if (isOn(detector.isolated)) isolated += 1;
  }
  const pressed = track.pressed.some(isOn);
  const anew = hot || pressed || witnesses >= witnessesNeeded;
  // A confirmed fire is never half over: it stays confirmed until its last cause is gone.
  const confirmed = anew || (track.confirmed && witnesses > 0);
  const alone = config.dependency === 'coincidence' ? 1 : 2;
  const level = confirmed ? 3 : alarms > 0 ? alone : attentive || witnesses > 0 ? 1 : 0;
  return { level, confirmed, service, isolated };
}

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The alert shows twelve reasons; those of one detector leave room for the others'. */
const whyMax = 3;

type Named = { name: string; detector: Detector };

function confirmation(track: ZoneTrack, config: FireZoneConfig, named: readonly Named[]): string {
  const hot = named.filter(({ detector }) => isHot(detector));
  const pressed = (config.callPoints ?? []).filter((_, i) => isOn(track.pressed[i]!));
  const alarms = named.filter(({ detector }) => isAtAlarm(detector));
  const witnesses = named.filter(({ detector }) => isWitness(detector, track.nowMs, config));
  if (pressed.length > 0) {
    const and = alarms.length > 0 ? `, and ${list(alarms.map(({ name }) => name))} at alarm` : '';
    return `Confirmed by a person: call point ${list(pressed.map((stream) => stream.replace('/', ' ')))} pressed${and}.`;
  }
  if (hot.length > 0) {
    const others = alarms.filter(({ detector }) => !isHot(detector));
    const and = others.length > 0 ? `, and ${list(others.map(({ name }) => name))} at alarm` : '';
    return `Confirmed by heat, which counts alone: ${list(hot.map(({ name }) => name))} reached its heat class${and}.`;
  }
  if (witnesses.length >= witnessesNeeded) {
    const since = witnesses.flatMap(({ detector: { sinceMs } }) => (sinceMs >= 0 ? [sinceMs] : []));
    const apart = since.length > 1 ? `, ${sayDuration(Math.max(...since) - Math.min(...since))} apart` : '';
    return `Confirmed by ${witnesses.length} of ${named.length} detectors: ${list(witnesses.map(({ name }) => name))}${apart}.`;
  }
  const left = witnesses.map(({ name }) => name);
  return `It was confirmed and stays so until the last cause is gone; ${list(left)} still sees fire.`;
}

function summary(track: ZoneTrack, config: FireZoneConfig, { level }: Judgement, named: readonly Named[]): string[] {
  if (level === 0) return [];
  if (level === 3) return [confirmation(track, config, named)];
  const alarms = named.filter(({ detector }) => isAtAlarm(detector)).map(({ name }) => name);
  const supported = named.filter(({ detector }) => isSupported(detector)).map(({ name }) => name);
  if (alarms.length === 0 && supported.length > 0)
    return [
      `${list(supported)} is at alarm because a camera supports it: that confirms nothing and waits for a detector.`,
    ];
  if (level === 2)
    return [`${list(alarms)} is at alarm, alone: a second detector, heat or a call point would confirm the fire.`];
  if (alarms.length > 0)
    return [
      `${list(alarms)} is at alarm; this zone is an alarm when a second detector, heat or a call point says so too.`,
    ];
  const verifying = named.filter(({ detector }) => isOn(detector.verifying) && !isOn(detector.isolated));
  if (verifying.length > 0)
    return [`${list(verifying.map(({ name }) => name))} verifies smoke: an alarm if it is still there.`];
  const attentive = named.filter(({ detector }) => isAttentive(detector)).map(({ name }) => name);
  if (attentive.length > 0) return [`Pre-alarm of ${list(attentive)}.`];
  return ['The alarm of a detector has just ended; another one would still confirm it.'];
}

function namedOf({ detectors }: ZoneTrack, config: FireZoneConfig): Named[] {
  return detectors.map((detector, i) => ({ name: config.detectors[i]!, detector }));
}

/** Why the level is what it is: the zone's own finding, then what each detector says of itself. */
export function levelReasons(track: ZoneTrack, config: FireZoneConfig, judgement: Judgement): string[] {
  const named = namedOf(track, config);
  const speaking = named.filter(
    ({ detector }) => isAttentive(detector) || isAtAlarm(detector) || isSupported(detector),
  );
  return [
    ...summary(track, config, judgement, named),
    ...speaking.flatMap(({ name, detector }) => detector.why.slice(0, whyMax).map((why) => `${name}: ${why}`)),
  ];
}

const states = ['good', 'warms up', 'needs maintenance', 'has a fault'];

/** Which detectors do not fully guard, and why. */
export function serviceReasons(track: ZoneTrack, config: FireZoneConfig): string[] {
  return namedOf(track, config).flatMap(({ name, detector }) => {
    const said: string[] = [];
    if (isOn(detector.isolated)) said.push(`${name} is isolated: nothing it says counts.`);
    const state = states[Math.round(detector.service)];
    if (isOn(detector.service)) {
      const [why = `It ${state}.`] = detector.serviceWhy;
      said.push(`${name} ${state}: ${why}`);
    }
    return said;
  });
}
