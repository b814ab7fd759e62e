import { compareSeverity, type Interlock, type Severity, severities } from '@tocsin/contracts';
import {
  type ConditionType,
  conditions,
  confirmedSeverities,
  type ModelConfig,
  type RuleConfig,
} from '@tocsin/rules/engine';
import { driverOf } from '../actuators/index.ts';
import { checkArming } from './check-arming.ts';
import { addOwn, checkUnique } from './check-devices.ts';
import { say } from './conform-leaf.ts';
import { mayBeMade, type Outline, type Row } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { suggest } from './suggest.ts';
import type { ActuatorConfig } from './types.ts';

type Words = { actions: string[]; states: string[]; irreversible: string[] };

/** Everything about actuators and responses that the schema cannot say. */
export function checkActs(outline: Outline, findings: Findings, warnings: Findings): void {
  checkUnique(outline.actuators, 'actuators', findings);
  checkUnique(outline.responses, 'responses', findings);
  const words = new Map<string, Words>();
  for (const { value, place, id, fits } of outline.actuators) {
    if (id === 'alerts')
      findings.add([...place, 'id'], 'alerts is the name of the alerts themselves.', 'Rename the actuator.');
    const driver = driverOf(String(value.driver));
    if (driver === undefined || id === undefined || !fits) continue;
    const actuator = value as ActuatorConfig;
    addOwn(driver.check?.(actuator) ?? [], place, value, findings);
    const actions = driver.actions(actuator);
    checkArming({ actuator, actions, place, findings });
    const states = actions.map((action) => driver.expected(actuator, action));
    words.set(id, { actions, states, irreversible: actuator.irreversible });
  }
  for (const { value, place, id, fits } of outline.actuators) {
    if (id === undefined || !fits || !words.has(id)) continue;
    (value as ActuatorConfig).interlocks.forEach((interlock, i) => {
      checkInterlock(interlock, [...place, 'interlocks', i], {
        own: words.get(id)!,
        words,
        outline,
        findings,
        warnings,
      });
    });
    const { holdMaxMs, leaseMs } = value as ActuatorConfig;
    if (holdMaxMs !== undefined && holdMaxMs < leaseMs) {
      const says = `holdMaxMs (${holdMaxMs}) is shorter than one lease (leaseMs, ${leaseMs}).`;
      warnings.add([...place, 'holdMaxMs'], says, 'Make leaseMs shorter, or holdMaxMs longer.');
    }
  }
  const confirmed = confirmedOf(outline);
  for (const response of outline.responses) checkResponse(response, { words, confirmed, outline, findings });
}

/** Severities that irreversible acts may rest on, as far as rules and models fit their schemas. */
function confirmedOf({ rules, models, units }: Outline): ReadonlyMap<string, Severity> {
  const fitting = <T>(rows: Row[]) => rows.filter(({ fits }) => fits).map(({ value }) => value as T);
  return confirmedSeverities({ rules: fitting<RuleConfig>(rules), models: fitting<ModelConfig>(models), units });
}

type Interlocking = { own: Words; words: Map<string, Words>; outline: Outline; findings: Findings; warnings: Findings };

function checkInterlock({ refuse, when }: Interlock, place: Place, scope: Interlocking): void {
  const { own, words, outline, findings, warnings } = scope;
  const refused = typeof refuse === 'string' ? [refuse] : refuse;
  refused.forEach((action, i) => {
    if (own.actions.includes(action)) return;
    const at = typeof refuse === 'string' ? [...place, 'refuse'] : [...place, 'refuse', i];
    findings.add(at, `The actuator has no action ${say(action)}.`, suggest(action, own.actions));
  });
  if ('stream' in when) {
    checkStream(when.stream, [...place, 'when', 'stream'], outline, findings);
    if ('outside' in when && when.outside[0] >= when.outside[1]) {
      findings.add([...place, 'when', 'outside'], `outside needs the lower limit first.`, 'Exchange the two numbers.');
    }
    return;
  }
  const ids = outline.actuators.flatMap(({ id }) => id ?? []);
  if (!ids.includes(when.actuator)) {
    findings.add([...place, 'when', 'actuator'], `There is no actuator ${say(when.actuator)}.`, () =>
      suggest(when.actuator, ids),
    );
    return;
  }
  const other = words.get(when.actuator);
  const [field, state] = 'is' in when ? ['is', when.is] : ['isNot', when.isNot];
  if (other === undefined || other.states.includes(state)) return;
  const says = `No action of ${when.actuator} is read back as ${say(state)}.`;
  warnings.add([...place, 'when', field], says, suggest(state, other.states));
}

function checkStream(stream: string, place: Place, outline: Outline, findings: Findings): void {
  const { streams, devices, models } = outline;
  if (streams.has(stream) || mayBeMade(stream, outline)) return;
  const [device = ''] = stream.split('/');
  // A device or model that has mistakes of its own may well have this channel once it is mended.
  if ([...devices, ...models].some((row) => row.id === device && !row.fits)) return;
  findings.add(place, `There is no stream ${say(stream)}.`, () => suggest(stream, [...streams]));
}

type Responding = {
  words: Map<string, Words>;
  confirmed: ReadonlyMap<string, Severity>;
  outline: Outline;
  findings: Findings;
};

function checkResponse({ value, place, fits }: Row, { words, confirmed, outline, findings }: Responding): void {
  if (!fits) return;
  const { when, actuator, action } = value as {
    when: { rule: string; atLeast: Severity };
    actuator: string;
    action: string;
  };
  const rule = outline.rules.find(({ id }) => id === when.rule);
  if (rule === undefined && mayBeMade(when.rule, outline)) return;
  if (rule === undefined) {
    const rules = outline.rules.flatMap(({ id }) => id ?? []);
    findings.add([...place, 'when', 'rule'], `There is no rule ${say(when.rule)}.`, () => suggest(when.rule, rules));
  } else if (rule.fits) checkSeverity(rule, when.atLeast, [...place, 'when', 'atLeast'], findings);
  const actuators = outline.actuators.flatMap(({ id }) => id ?? []);
  if (!actuators.includes(actuator)) {
    findings.add([...place, 'actuator'], `There is no actuator ${say(actuator)}.`, () => suggest(actuator, actuators));
  }
  const target = words.get(actuator);
  if (target === undefined) return;
  if (!target.actions.includes(action)) {
    findings.add([...place, 'action'], `${actuator} has no action ${say(action)}.`, suggest(action, target.actions));
  } else if (target.irreversible.includes(action) && rule?.fits) {
    const from = confirmed.get(when.rule);
    if (from === undefined) {
      const why = `${when.rule} is one ${rule.value.type} rule: one detector alone never cuts power`;
      const says = `${action} of ${actuator} cannot be taken back, and ${why}.`;
      findings.add([...place, 'when', 'rule'], says, 'Name a coincidence rule over at least two devices.');
    } else if (compareSeverity(when.atLeast, from) < 0) {
      const says = `${action} of ${actuator} cannot be taken back, and ${when.rule} is confirmed only from ${from} on.`;
      findings.add([...place, 'when', 'atLeast'], says, `Write ${from}.`);
    }
  }
}

/** A response to a severity that its rule never reaches would wait for ever. */
function checkSeverity({ value, id }: Row, atLeast: Severity, place: Place, findings: Findings): void {
  const type = (conditions as readonly ConditionType[]).find((candidate) => candidate.type === value.type);
  const ladder = type?.ladder(value) ?? [];
  const worst = ladder.reduce<Severity>((most, step) => (compareSeverity(step, most) > 0 ? step : most), severities[0]);
  if (ladder.length === 0 || compareSeverity(worst, atLeast) >= 0) return;
  findings.add(
    place,
    `${id} never gets worse than ${worst}, so nothing would ever happen.`,
    `Write ${worst} or milder.`,
  );
}
