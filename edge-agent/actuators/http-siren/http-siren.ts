import type { ActuatorConfig } from '../../site/types.ts';
import { createHttpDevice } from '../over-http/device.ts';
import { httpDeviceOf, httpDeviceProblems } from '../over-http/fields.ts';
import { actionProblems, createLeased, doubleProblems } from '../over-http/leased.ts';
import { createReportReader } from '../over-http/report.ts';
import { namesIn, requestOf, requestProblems } from '../over-http/template.ts';
import type { ActuatorDriver, DriverHost, DriverType } from '../types.ts';
import { HttpSirenActuator } from './config.ts';

/** An actuator entry that was checked against HttpSirenActuator. */
type Siren = ActuatorConfig & HttpSirenActuator;

const examples = { leaseS: 10, id: 'site.siren.1' };

function check(actuator: ActuatorConfig): string[] {
  const { rest, irreversible = [], actions, http } = actuator as Siren;
  const entries = Object.entries(actions);
  const wrong = [
    ...actionProblems(actuator, Object.keys(actions)),
    ...httpDeviceProblems(http).map((text) => text.replace(/^(?:(\/\S*): )?/, '/http$1: ')),
    ...doubleProblems(entries.map(([action, { state }]) => [state, action])),
  ];
  for (const [action, request] of entries) {
    const at = `/actions/${action}: `;
    wrong.push(...requestProblems(request, examples).map((text) => at + text));
    const hasLease = namesIn(request.path, request.json, request.form).has('leaseS');
    const isHold = action !== rest && !irreversible.includes(action);
    if (isHold && !hasLease)
      wrong.push(`${at}nothing would end ${action} when the agent dies; hand the device its length as {leaseS}`);
    if (irreversible.includes(action) && hasLease)
      wrong.push(`${at}${action} is irreversible and has no lease, so it cannot hold {leaseS}`);
  }
  return wrong;
}

function open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver {
  const { rest, actions, http } = actuator as Siren;
  const read = createReportReader(http.state);
  const leased = createLeased({
    actuator,
    host,
    words: new Map(Object.entries(actions).map(([action, { state }]) => [state, action])),
    tells: http.state.leftAt !== undefined,
  });
  const device = createHttpDevice({
    http: httpDeviceOf(http),
    host,
    report(body, atMs) {
      const report = read(body);
      return report && leased.heard(report, { atMs });
    },
  });
  return {
    topics: [],
    message: () => {},
    start: device.start,
    stop: () => device.stop(() => (leased.isHeld() ? requestOf(actions[rest]!, { leaseS: 1, id: 'stop' }) : undefined)),
    send(command) {
      const { leaseS, ...order } = leased.plan(command);
      const { action, id } = command;
      device.order({ ...order, commandId: id, wanted: action, request: requestOf(actions[action]!, { leaseS, id }) });
    },
    ask: device.ask,
  };
}

/** A siren, strobe or relay over HTTP: its own timer ends every act, and nothing is believed but the state it reports. */
export const httpSiren: DriverType = {
  driver: 'http-siren',
  actuator: HttpSirenActuator,
  check,
  actions: (actuator) => Object.keys((actuator as Siren).actions),
  expected: (_actuator, action) => action,
  open,
};
