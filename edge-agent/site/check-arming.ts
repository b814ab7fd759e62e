import { type ArmingWindow, ownActions } from '@tocsin/contracts';
import { say } from './conform-leaf.ts';
import type { Outline } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';
import type { ActuatorConfig, Site } from './types.ts';

type Checked = { actuator: ActuatorConfig; actions: readonly string[]; place: Place; findings: Findings };

/** What the schema cannot say of arming, second persons and the orders every actuator takes. */
export function checkArming({ actuator, actions, place, findings }: Checked): void {
  const { armed, twoPersons, rest, irreversible, id } = actuator;
  if (Array.isArray(armed)) armed.forEach((window, i) => void checkWindow(window, [...place, 'armed', i], findings));
  for (const action of actions.filter((one) => (ownActions as readonly string[]).includes(one)))
    findings.add(
      place,
      `${say(action)} is an order that every actuator takes.`,
      `Give the action of ${id} another name.`,
    );
  const known = [...actions, ...ownActions];
  twoPersons?.actions.forEach((action, i) => {
    const at = [...place, 'twoPersons', 'actions', i];
    if (!known.includes(action)) findings.add(at, `${id} has no action ${say(action)}.`, suggest(action, known));
    else if (action === rest && irreversible.length === 0)
      findings.add(at, 'Letting go must never wait for a second person.', `Leave out ${rest}.`);
  });
}

function checkWindow({ from, to, timeZone }: ArmingWindow, place: Place, findings: Findings): void {
  if (from === to)
    findings.add([...place, 'to'], 'The window ends when it begins.', 'Write 24:00 for the end of the day.');
  if (timeZone !== undefined) checkTimeZone(timeZone, [...place, 'timeZone'], findings);
}

function checkTimeZone(timeZone: string, place: Place, findings: Findings): void {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
  } catch {
    findings.add(place, `${say(timeZone)} is no time zone.`, 'Write an IANA name, such as Europe/Berlin.');
  }
}

/** The limits of areas need areas, and windows without a time zone of their own need one that exists. */
export function checkLimits(
  file: Record<string, unknown>,
  { actuators }: Outline,
  findings: Findings,
  warnings: Findings,
): void {
  const { limits, timeZone } = file as Partial<Site>;
  const windowed = actuators.some(({ value }) => Array.isArray(value.armed));
  if (windowed && typeof timeZone === 'string') checkTimeZone(timeZone, ['timeZone'], findings);
  const areas = actuators.flatMap(({ value }) => (typeof value.area === 'string' ? [value.area] : []));
  for (const area of Object.keys(limits?.areas ?? {}))
    if (!areas.includes(area))
      warnings.add(['limits', 'areas', area], `No actuator is in area ${say(area)}.`, () => suggest(area, areas));
}
