import { converter, isUnit } from '@tocsin/contracts';
import type { DeviceConfig } from '../../site/types.ts';
import { compilePath, type Getter } from '../path.ts';
import { parsePayload } from '../payload.ts';
import { convert, fromAnyUnit, type Quantity, toNumber, unitMismatch } from '../quantity.ts';
import { readInstant } from '../time.ts';
import type { Decoded, SensorFormat } from '../types.ts';
import { JsonPathDevice } from './config.ts';
import { encodeJsonPath } from './encode.ts';
import { compileTracks } from './tracks.ts';

/** Most records of one message; a device that buffered more sends several. */
export const recordsMax = 1_000;

type Channel = { id: string; get: Getter; read: (raw: unknown, record: unknown) => Quantity };

function compileChannel(channel: JsonPathDevice['channels'][number]): Channel {
  const { id, unit, sourceUnit, unitPath, unitNames } = channel;
  const map = channel.map === undefined ? undefined : new Map(Object.entries(channel.map));
  const get = compilePath(channel.path);
  if (unitPath !== undefined) {
    const getUnit = compilePath(unitPath);
    const names = new Map(Object.entries(unitNames ?? {}));
    const toUnit = fromAnyUnit(unit);
    const read = (raw: unknown, record: unknown): Quantity => {
      const number = toNumber(raw, map);
      if (!('value' in number)) return number;
      const said = getUnit(record);
      return toUnit(number.value, typeof said === 'string' ? (names.get(said) ?? said) : said);
    };
    return { id, get, read };
  }
  const change = sourceUnit === undefined || sourceUnit === unit ? undefined : converter(sourceUnit, unit);
  const read = (raw: unknown): Quantity => {
    const number = toNumber(raw, map);
    return 'value' in number && change !== undefined ? convert(number.value, change) : number;
  };
  return { id, get, read };
}

function checkUnits(device: JsonPathDevice): string[] {
  const problems: string[] = [];
  device.channels.forEach((channel, i) => {
    const { unit, sourceUnit, unitPath, unitNames = {} } = channel;
    const at = `/channels/${i}`;
    if (sourceUnit !== undefined && unitPath !== undefined) {
      problems.push(`${at}/sourceUnit: Give sourceUnit or unitPath, not both.`);
    }
    if (unitPath === undefined && channel.unitNames !== undefined) {
      problems.push(`${at}/unitNames: unitNames means nothing without unitPath.`);
    }
    if (isUnit(unit) && sourceUnit !== undefined && converter(sourceUnit, unit) === undefined) {
      problems.push(`${at}/sourceUnit: ${unitMismatch(sourceUnit, unit)}`);
    }
    for (const [name, to] of Object.entries(unitNames)) {
      if (isUnit(unit) && converter(to, unit) === undefined) {
        problems.push(`${at}/unitNames/${name}: ${unitMismatch(to, unit)}`);
      }
    }
  });
  return problems;
}

/** Plain JSON: each channel names the place of its value, its unit and what states mean. */
export const jsonPath: SensorFormat = {
  format: 'json-path',
  device: JsonPathDevice,
  check(config) {
    const device = config as unknown as JsonPathDevice;
    const problems = checkUnits(device);
    const { tracks, records, channels } = device;
    if (tracks !== undefined && converter(tracks.unit ?? 'm', 'm') === undefined) {
      problems.push(`/tracks/unit: ${unitMismatch(tracks.unit ?? 'm', 'm')}`);
    }
    if (tracks !== undefined && records !== undefined) {
      problems.push('/records: A device sends records or tracks, not both.');
    }
    if (tracks === undefined && channels.length === 0) {
      problems.push('/channels: The device has neither channels nor tracks, so it would say nothing.');
    }
    return problems;
  },
  encode: encodeJsonPath,
  compile(config: DeviceConfig) {
    const device = config as unknown as JsonPathDevice;
    const channels = device.channels.map(compileChannel);
    const getTime = device.time === undefined ? undefined : compilePath(device.time.path);
    const timeUnit = device.time?.unit ?? 'ms';
    const getRecords = device.records === undefined ? undefined : compilePath(device.records);
    const readTracks = device.tracks === undefined ? undefined : compileTracks(device.tracks);

    function decodeRecord(record: unknown, into: Decoded): void {
      const instant = getTime === undefined ? { atMs: undefined } : readInstant(getTime(record), timeUnit);
      if (!('atMs' in instant)) {
        into.refused.push({ code: 'TIME_IMPLAUSIBLE', detail: instant.detail });
        return;
      }
      const { atMs } = instant;
      let found = false;
      for (const channel of channels) {
        const raw = channel.get(record);
        if (raw === undefined) continue;
        found = true;
        const quantity = channel.read(raw, record);
        if (!('value' in quantity)) {
          into.refused.push({ code: quantity.code, detail: `${channel.id}: ${quantity.detail}` });
        } else if (atMs === undefined) into.values.push({ channel: channel.id, value: quantity.value });
        else into.values.push({ channel: channel.id, value: quantity.value, atMs });
      }
      if (readTracks?.(record, atMs, into)) found = true;
      if (!found) into.refused.push({ code: 'PAYLOAD_MALFORMED', detail: 'None of the channels is in the payload.' });
    }

    return (payload) => {
      const into: Decoded = { values: [], refused: [] };
      const parsed = parsePayload(payload);
      if (!parsed.ok) into.refused.push({ code: parsed.code, detail: parsed.detail });
      else if (getRecords === undefined) decodeRecord(parsed.json, into);
      else decodeRecords(getRecords(parsed.json), into);
      return into;
    };

    function decodeRecords(records: unknown, into: Decoded): void {
      if (!Array.isArray(records)) {
        into.refused.push({ code: 'PAYLOAD_MALFORMED', detail: `There is no list at ${device.records}.` });
      } else if (records.length > recordsMax) {
        into.refused.push({ code: 'PAYLOAD_TOO_LARGE', detail: `${records.length} records, at most ${recordsMax}.` });
      } else for (const record of records) decodeRecord(record, into);
    }
  },
};
