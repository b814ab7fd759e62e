import { isUnit, knownUnits } from '@tocsin/contracts';
import { formatOf } from '../sensors/index.ts';
import { say } from './conform-leaf.ts';
import type { Outline, Row } from './outline.ts';
import { rowsOf } from './outline.ts';
import type { Findings, Place } from './problems.ts';
import { placeOf } from './problems.ts';
import { suggestUnit } from './suggest.ts';
import type { DeviceConfig } from './types.ts';

/** Finds rows that carry the same name. */
export function checkUnique(rows: readonly Row[], what: string, findings: Findings): void {
  const first = new Map<string, number>();
  rows.forEach(({ id, place }, i) => {
    if (id === undefined) return;
    const before = first.get(id);
    if (before === undefined) first.set(id, i);
    else
      findings.add(
        [...place, 'id'],
        `There are two ${what} called ${say(id)}.`,
        `Rename one; entry ${before + 1} has it too.`,
      );
  });
}

/**
 * What each kind finds about its own entry; a message may begin with its place and end with its remedy, after a
 * semicolon.
 */
export function addOwn(messages: readonly string[], place: Place, value: unknown, findings: Findings): void {
  for (const text of messages) {
    const [, pointer = '', message = text] = /^(\/\S*): (.*)$/s.exec(text) ?? [];
    const [says, remedy] = splitRemedy(message);
    findings.add([...place, ...placeOf(pointer, value)], says, remedy);
  }
}

/** Splits “what is wrong; what to do.” */
export function splitRemedy(message: string): [says: string, remedy: string] {
  const at = message.lastIndexOf('; ');
  if (at < 0) return [/[.!?]$/.test(message) ? message : `${message}.`, ''];
  const remedy = message.slice(at + 2);
  return [`${message.slice(0, at)}.`, remedy.charAt(0).toUpperCase() + remedy.slice(1)];
}

/** Everything about devices that the schema cannot say. */
export function checkDevices({ devices }: Outline, findings: Findings): void {
  checkUnique(devices, 'devices', findings);
  const byTopic = new Map<string, string>();
  for (const { value, place, id, fits } of devices) {
    checkTopic(value.topic, [...place, 'topic'], findings);
    const other = typeof value.topic === 'string' ? byTopic.get(value.topic) : undefined;
    if (other !== undefined) {
      findings.add(
        [...place, 'topic'],
        `${say(value.topic)} is also the topic of ${other}.`,
        'Make them one device with more channels.',
      );
    } else if (typeof value.topic === 'string') byTopic.set(value.topic, id ?? 'another device');
    const channels = rowsOf(value.channels, [...place, 'channels']);
    checkUnique(channels, 'channels', findings);
    for (const channel of channels) checkChannel(channel, findings);
    if (!fits) continue;
    const format = formatOf(String(value.format));
    addOwn(format?.check?.(value as DeviceConfig) ?? [], place, value, findings);
  }
}

function checkTopic(topic: unknown, place: Place, findings: Findings): void {
  if (typeof topic !== 'string') return;
  if (/[+#]/.test(topic))
    findings.add(place, `The topic ${say(topic)} has a wildcard.`, 'Name one topic; each device has its own.');
  else if (topic.includes('\u0000')) findings.add(place, 'The topic has a NUL character.', 'Remove it.');
  else if (topic.startsWith('$'))
    findings.add(place, `Topics that begin with $ belong to the broker.`, 'Use another topic.');
  else if (topic.startsWith('tocsin/v1/')) {
    findings.add(
      place,
      'tocsin/v1/ is the way to the cloud; no device speaks there.',
      'Use another topic, such as field/….',
    );
  }
}

function checkChannel({ value, place }: Row, findings: Findings): void {
  const { unit, min, max, spike, stuckAfterMs } = value;
  if (typeof unit === 'string' && unit !== '' && !isUnit(unit)) {
    findings.add([...place, 'unit'], `The unit ${say(unit)} is not known.`, suggestUnit(unit, knownUnits));
  }
  if (typeof min === 'number' && typeof max === 'number' && min >= max) {
    findings.add([...place, 'max'], `max (${max}) is not above min (${min}).`, 'Exchange them, or remove one.');
  }
  const map = typeof value.map === 'object' && value.map !== null ? Object.values(value.map) : [];
  const within = (n: unknown) =>
    typeof n !== 'number' || ((typeof min !== 'number' || n >= min) && (typeof max !== 'number' || n <= max));
  if (!map.every(within))
    findings.add([...place, 'map'], 'map makes values outside min and max.', 'Widen the range or change the map.');
  if (map.length > 0 && spike !== undefined) {
    findings.add([...place, 'spike'], 'States jump by nature, so each change would be a spike.', 'Remove spike.');
  }
  if (map.length > 0 && stuckAfterMs !== undefined) {
    findings.add(
      [...place, 'stuckAfterMs'],
      'A state may rest for ever, so this would call it stuck.',
      'Remove stuckAfterMs.',
    );
  }
}
