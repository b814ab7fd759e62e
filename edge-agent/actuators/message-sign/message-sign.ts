import type { Command } from '@tocsin/contracts';
import type { ActuatorConfig } from '../../site/types.ts';
import { createHttpDevice } from '../over-http/device.ts';
import { httpDeviceOf, httpDeviceProblems } from '../over-http/fields.ts';
import { actionProblems, createLeased, doubleProblems } from '../over-http/leased.ts';
import { createReportReader } from '../over-http/report.ts';
import { fillJson, isJson, namesIn, requestOf, requestProblems, type Values } from '../over-http/template.ts';
import type { ActuatorDriver, DriverHost, DriverType } from '../types.ts';
import { MessageSignActuator } from './config.ts';

/** An actuator entry that was checked against MessageSignActuator. */
type Sign = ActuatorConfig & MessageSignActuator;
type Http = NonNullable<Sign['http']>;
type Mqtt = NonNullable<Sign['mqtt']>;
type SignText = Sign['texts'][string];

/** What placeholders stand for when a text is shown. `multi` is the markup of NTCIP 1203 (MULTI): [nl] and [np], brackets doubled. */
function valuesOf(text: SignText, order: { leaseS: number; id: string }): Values {
  const multi = text.pages
    .map((page) => page.map((line) => line.replaceAll(/[[\]]/g, '$&$&')).join('[nl]'))
    .join('[np]');
  return {
    ...order,
    textId: text.id,
    pages: text.pages,
    text: text.pages.map((page) => page.join('\n')).join('\n\n'),
    multi,
  };
}

const blankExamples = { leaseS: 10, id: 'site.sign.1' };
const isShown = (names: Set<string>) => ['textId', 'pages', 'text', 'multi'].some((name) => names.has(name));

function check(actuator: ActuatorConfig): string[] {
  const { rest, irreversible = [], texts, blankId, http, mqtt } = actuator as Sign;
  const entries = Object.entries(texts);
  const wrong = actionProblems({ ...actuator, irreversible: [] }, [rest, ...Object.keys(texts)]);
  if (Object.hasOwn(texts, rest)) wrong.push(`rest is ${rest}, which is a text; rest of a sign is blank`);
  if (irreversible.length > 0) wrong.push('/irreversible: nothing a sign shows is irreversible; remove it');
  const states: [string, string][] = entries.map(([name, { id }]) => [String(id), name]);
  wrong.push(
    ...doubleProblems([...states, [String(blankId), rest]]),
    ...entries.flatMap((entry) => sizeProblems(actuator as Sign, entry)),
  );
  if ((http === undefined) === (mqtt === undefined))
    return [...wrong, 'a sign is reached by http or by mqtt; give one of them'];
  const examples = valuesOf(entries[0]![1], blankExamples);
  return [...wrong, ...(http === undefined ? mqttProblems(mqtt!, examples) : httpProblems(http, examples))];
}

function sizeProblems({ face }: Sign, [name, { pages }]: [string, SignText]): string[] {
  const { lines, columns, pagesMax = 2 } = face;
  const wrong: string[] = [];
  if (pages.length > pagesMax) wrong.push(`/texts/${name}/pages: ${pages.length} pages are more than ${pagesMax}`);
  for (const page of pages) {
    if (page.length > lines) wrong.push(`/texts/${name}/pages: ${page.length} lines do not fit on a face of ${lines}`);
    for (const line of page)
      if (line.length > columns)
        wrong.push(`/texts/${name}/pages: ${line} does not fit on a line of ${columns} characters`);
  }
  return wrong;
}

function httpProblems({ show, blank, ...device }: Http, examples: Values): string[] {
  return [
    ...httpDeviceProblems(device).map((text) => text.replace(/^(?:(\/\S*): )?/, '/http$1: ')),
    ...requestProblems(show, examples).map((text) => `/http/show: ${text}`),
    ...requestProblems(blank, blankExamples).map((text) => `/http/blank: ${text}`),
    ...orderProblems('/http/show', namesIn(show.path, show.json, show.form)),
  ];
}

function mqttProblems(
  { commandTopic, stateTopic, askTopic, show, blank, at, leftAt }: Mqtt,
  examples: Values,
): string[] {
  const wrong = orderProblems('/mqtt/show', namesIn(show));
  if (!isJson(fillJson(show, examples))) wrong.push('/mqtt/show: it is no JSON once its placeholders are filled in');
  if (!isJson(fillJson(blank, blankExamples)))
    wrong.push('/mqtt/blank: it is no JSON once its placeholders are filled in');
  if (commandTopic === stateTopic || askTopic === stateTopic)
    wrong.push(
      '/mqtt/stateTopic: it must differ from commandTopic and askTopic, else the agent would confirm its own orders',
    );
  if (leftAt !== undefined && at === undefined)
    wrong.push('/mqtt/leftAt: the time left is only found in a JSON report; give at too');
  return wrong;
}

function orderProblems(at: string, names: Set<string>): string[] {
  const wrong: string[] = [];
  if (!names.has('leaseS'))
    wrong.push(`${at}: nothing would blank it when the agent dies; hand it its length as {leaseS}`);
  if (!isShown(names)) wrong.push(`${at}: it does not say which text; use {textId}, {pages}, {text} or {multi}`);
  return wrong;
}

function open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver {
  const { rest, texts, blankId, http, mqtt } = actuator as Sign;
  const words = new Map(Object.entries(texts).map(([name, { id }]) => [String(id), name]));
  words.set(String(blankId), rest);
  const reported = http === undefined ? mqtt! : http.state;
  const leased = createLeased({ actuator, host, words, tells: reported.leftAt !== undefined });
  const parts = { rest, texts, host, leased, read: createReportReader(reported) };
  return http === undefined ? openMqtt(mqtt!, parts) : openHttp(http, parts);
}

type Parts = {
  rest: string;
  texts: Sign['texts'];
  host: DriverHost;
  leased: ReturnType<typeof createLeased>;
  read: ReturnType<typeof createReportReader>;
};

function openHttp({ show, blank, ...fields }: Http, { rest, texts, host, leased, read }: Parts): ActuatorDriver {
  const device = createHttpDevice({
    http: httpDeviceOf(fields),
    host,
    report(body, atMs) {
      const report = read(body);
      return report && leased.heard(report, { atMs });
    },
  });
  const request = (action: string, order: { leaseS: number; id: string }) =>
    action === rest ? requestOf(blank, order) : requestOf(show, valuesOf(texts[action]!, order));
  return {
    topics: [],
    message: () => {},
    start: device.start,
    stop: () => device.stop(() => (leased.isHeld() ? request(rest, { leaseS: 1, id: 'stop' }) : undefined)),
    send(command) {
      const { leaseS, ...order } = leased.plan(command);
      const { action, id } = command;
      device.order({ ...order, commandId: id, wanted: action, request: request(action, { leaseS, id }) });
    },
    ask: device.ask,
  };
}

function openMqtt(mqtt: Mqtt, { rest, texts, host, leased, read }: Parts): ActuatorDriver {
  const { commandTopic, show, blank, stateTopic, askTopic, askPayload = '' } = mqtt;
  const publish = (action: string, order: { leaseS: number; id: string }) => {
    const payload = action === rest ? fillJson(blank, order) : fillJson(show, valuesOf(texts[action]!, order));
    // Never retained: a broker that kept an order would hand it to a sign that wakes up much later.
    host.publish(commandTopic, payload, { qos: 1, retain: false });
  };
  return {
    topics: [stateTopic],
    message(topic, payload, retained = false) {
      const report = topic === stateTopic ? read(payload) : undefined;
      if (report !== undefined) leased.heard(report, { atMs: host.clock.monotonicMs(), old: retained });
    },
    async stop() {
      if (leased.isHeld()) publish(rest, { leaseS: 1, id: 'stop' });
    },
    send(command: Command) {
      const { leaseS, left } = leased.plan(command);
      publish(command.action, { leaseS, id: command.id });
      left(host.clock.monotonicMs());
    },
    ask() {
      if (askTopic !== undefined) host.publish(askTopic, askPayload, { qos: 1, retain: false });
    },
  };
}

/** A variable message sign: it shows texts of the site file by name and nothing else, and is blank when nobody renews them. */
export const messageSign: DriverType = {
  driver: 'message-sign',
  actuator: MessageSignActuator,
  check,
  actions: (actuator) => [(actuator as Sign).rest, ...Object.keys((actuator as Sign).texts)],
  expected: (_actuator, action) => action,
  canAsk: (actuator) => (actuator as Sign).mqtt === undefined || (actuator as Sign).mqtt?.askTopic !== undefined,
  open,
};
