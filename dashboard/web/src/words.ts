import type {
  ActuatorTruth,
  AlertPicture,
  AlertTransition,
  AlertView,
  CameraView,
  Certainty,
  PictureRole,
  Severity,
  SiteView,
} from '@tocsin/contracts';

/** How sure the evidence makes us, in words; never a bare score. */
export const certaintyWords: Record<Certainty, string> = {
  Observed: 'Observed: measured directly',
  Likely: 'Likely: several signs agree',
  Possible: 'Possible: one sign only',
  Unlikely: 'Unlikely',
  Unknown: 'How sure is not known',
};

export const urgencyWords: Record<AlertView['urgency'], string> = {
  Immediate: 'act now',
  Expected: 'act within the hour',
  Future: 'act soon',
  Past: 'over',
  Unknown: 'urgency not known',
};

export const transitionWords: Record<AlertTransition['kind'], string> = {
  raise: 'Raised',
  escalate: 'Got worse',
  stepDown: 'Got milder',
  update: 'New reasons',
  recover: 'Recovering',
  clear: 'Cleared',
  acknowledge: 'Acknowledged',
  reset: 'Reset',
};

/** When a frame was taken in the life of its alert. */
export const pictureRoleWords: Record<PictureRole, string> = { before: 'Before', at: 'At the alert', after: 'After' };

/** How much of its view a camera can judge, in words. */
export function coverageWord(coverage: number): string {
  if (coverage <= 0) return 'Blind: what happens there is not known';
  if (coverage >= 99.5) return 'Sees all of its view';
  return `Sees ${Math.round(coverage)} % of its view`;
}

/** What a camera sees, counted by kind, for somebody who does not see the drawing. */
export function cameraWords({ boxes, coverage }: CameraView): string {
  const counts = new Map<string, number>();
  for (const { kind } of boxes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const plural = (kind: string, count: number) =>
    (kind === 'person' ? 'people' : kind) + (kind === 'vehicle' && count > 1 ? 's' : '');
  const said = [...counts].map(([kind, count]) => `${count} ${count === 1 ? kind : plural(kind, count)}`);
  return `${said.join(', ') || 'nothing that moves'}. ${coverageWord(coverage)}.`;
}

export type Tone = 'good' | 'wait' | 'bad' | 'plain';

/** What an alert's condition is, in a word. */
export function conditionWord(alert: Pick<AlertView, 'condition'>): string {
  return { active: 'Active', recovering: 'Recovering', normal: 'Ended' }[alert.condition];
}

/** Whatever else a row must say about an alert, most important first. */
export function alertNotes(alert: AlertView): string[] {
  const notes: string[] = [];
  if (alert.latch === 'latched') notes.push('Latched');
  if (alert.data === 'noData') notes.push('No data');
  if (alert.data === 'stale') notes.push('Old data');
  if (alert.disagreement) notes.push('Edge and cloud disagree');
  if (alert.late) notes.push('Late: happened earlier');
  return notes;
}

const actuatorStates: Record<ActuatorTruth['state'], { word: string; tone: Tone }> = {
  requested: { word: 'Requested, not yet sent', tone: 'wait' },
  authorised: { word: 'Authorised, not yet sent', tone: 'wait' },
  sent: { word: 'Sent, no answer yet', tone: 'wait' },
  accepted: { word: 'Accepted, not yet done', tone: 'wait' },
  executed: { word: 'Done, not yet confirmed', tone: 'wait' },
  verified: { word: 'Confirmed by read-back', tone: 'good' },
  unverified: { word: 'NOT CONFIRMED', tone: 'bad' },
  refused: { word: 'Refused', tone: 'bad' },
  expired: { word: 'Expired, not done', tone: 'bad' },
  failed: { word: 'Failed', tone: 'bad' },
  released: { word: 'Released', tone: 'plain' },
};

/** What is known about an actuator: never that something is done before the device itself says so. */
export function actuatorWord(truth: ActuatorTruth): { word: string; tone: Tone } {
  if (truth.mode !== 'live')
    return { word: `${truth.mode === 'shadow' ? 'Shadow' : 'Exercise'}: nothing is moved`, tone: 'plain' };
  const said = actuatorStates[truth.state];
  // What a device calls its state is its own word (`close` may read back as `ON`), so only its absence can be judged here.
  if (said.tone === 'good' && truth.confirmed === undefined) return actuatorStates.unverified;
  return said;
}

/** A site not heard from for this long is no longer taken to be alive (reliability.md fault 8). */
const staleAfterMs = 30_000;

export type SiteState = 'online' | 'stale' | 'offline' | 'never heard';

/** Whether what a site says can be believed to be the present. */
export function siteState(view: SiteView, nowMs: number): SiteState {
  if (view.lastHeardAtMs === undefined) return 'never heard';
  if (view.status && !view.status.online) return 'offline';
  return nowMs - view.lastHeardAtMs > staleAfterMs ? 'stale' : 'online';
}

/** A length of time as people say it: `9 ms`, `0.12 s`, `42 s`, `5 min`, `3 h 20 min`, `2 d`. */
export function duration(ms: number): string {
  const s = Math.abs(ms) / 1_000;
  if (s < 0.1) return `${Math.round(Math.abs(ms))} ms`;
  if (s < 10) return `${s.toFixed(s < 1 ? 2 : 1)} s`;
  if (s < 120) return `${Math.floor(s)} s`;
  if (s < 7_200) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d`;
}

/** How long ago something was; a moment ahead of our clock counts as now. */
export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  return ms < 2_000 ? 'now' : `${duration(Math.floor(ms / 1_000) * 1_000).replace(/\.0 s$/, ' s')} ago`;
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

/** A clock time in the viewer's zone with seconds, with the date when it is not today's. */
export function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (sameDay(at, new Date(nowMs))) return time;
  return `${at.toLocaleDateString('en-GB', { day: '2-digit', month: 'short' })} ${time}`;
}

const unitWords: Record<string, string> = {
  '1': '',
  Cel: '°C',
  '[degF]': '°F',
  'Cel/min': '°C/min',
  '{people}': 'people',
  '{vehicles}': 'vehicles',
  '{state}': '',
  '{id}': '',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
  deg: '°',
  'mm/d2': 'mm/d²',
  'm/s2': 'm/s²',
  um: 'µm',
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'm3/m3': 'm³/m³',
  'dB[mW]': 'dBm',
};

/** A UCUM unit as people write it. */
export const unitWord = (unit: string) => unitWords[unit] ?? unit;

/** A value with about four digits that mean something. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size >= 1_000 ? 0 : size >= 10 ? 1 : 2);
}

/** The order in which severities are named to people. */
export const severityRank: Record<Severity, number> = { Extreme: 0, Severe: 1, Moderate: 2, Minor: 3, Unknown: 4 };

/** What a picture shows and when, for somebody who does not see it. */
export function frameWords({ role, camera, takenAtMs, blurred }: AlertPicture, nowMs: number): string {
  const people = blurred ? ', people are blurred' : '';
  return `${pictureRoleWords[role]}, ${clockTime(takenAtMs, nowMs)}, camera ${camera}${people}`;
}
