import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { siteOfRecording } from '../../bin/replay/recording-site.ts';
import { median } from '../harness/pairs.ts';
import {
  csvRows,
  data,
  type Finding,
  firstAtLeast,
  modelsOf,
  type Played,
  play,
  type Sample,
  sourceOf,
  startMs,
  troublesOf,
} from './play.ts';

/**
 * Recorded house fires with the fire pack and no fact but the sensors: each group of sensors on its own, every two of them as a
 * zone, and all together, held against the seconds at which real alarms beside them sounded.
 */
const groups = ['A', 'B', 'C', 'D', 'E', 'F'] as const;
const credit = 'Measurements: NIST, public domain.';

const seconds = (atMs: number | undefined) =>
  atMs === undefined ? undefined : Math.round((atMs - startMs) / 100) / 10;
const say = (s: number | undefined) => (s === undefined ? 'never' : `${s} s`);

/** Seconds at which real detectors sounded, by the letter of their place. */
function realActivations(test: string): { all: number[]; at: Map<string, number[]> } {
  const [row = {}] = csvRows(readFileSync(join(data, 'fire/Activation_Times_SDC05_SDC10.csv'), 'utf8'));
  const own = Object.entries(row).filter(([name, s]) => name.startsWith(test) && Number(s) > 0);
  const at = Map.groupBy(own, ([name]) => name.at(-1)!);
  return {
    all: own.map(([, s]) => Number(s)),
    at: new Map([...at].map(([place, rows]) => [place, rows.map(([, s]) => Number(s))])),
  };
}

function mapsOf(header: readonly string[], group: string): string[] {
  const columns = { [`TC${group}_1`]: 'temperature:Cel', [`SM${group}_1`]: 'smoke:1/m', [`GAS${group}_1`]: 'co:%' };
  return Object.entries(columns).flatMap(([column, channel]) =>
    header.includes(column) ? [`${column}=${group.toLowerCase()}/${channel}`] : [],
  );
}

const isSaid = (site: Played['site']) => {
  const ids = new Set([...modelsOf(site, 'fire'), ...modelsOf(site, 'fire-zone')]);
  return (stream: string) => ids.has(stream.split('/')[0]!) && /\/(level|heat|service)$/.test(stream);
};

async function playFire(
  {
    file,
    maps,
    title,
    name,
    notes = [],
    credit: from = credit,
  }: Record<'file' | 'title' | 'name', string> & {
    maps: string[];
    notes?: { atMs: number; text: string }[];
    credit?: string;
  },
  more: { svg?: string; time?: string; everyMs?: number; facts?: string[] },
): Promise<Played> {
  const { svg, facts = [], ...time } = more;
  const source = sourceOf({ file, maps, ...time });
  const site = await siteOfRecording(source, { pack: 'fire', facts });
  const originMs = more.time === 'date' ? undefined : startMs;
  return play({ source, site, keep: isSaid(site), name, plot: { title, originMs, notes, credit: from }, svg });
}

const zoneLevel = ({ site, values }: Played): Sample[] => values.get(`${modelsOf(site, 'fire-zone')[0]}/level`) ?? [];

type Delay = Record<'preAlarm' | 'alarm' | 'confirmed', number | undefined>;

function delaysOf(played: Played): Delay {
  const level = zoneLevel(played);
  const at = (limit: number) => seconds(firstAtLeast(level, limit));
  return { preAlarm: at(1), alarm: at(2), confirmed: at(3) };
}

const spread = (real: readonly number[]) =>
  real.length === 0
    ? 'none beside it'
    : `first ${Math.min(...real)} s, median ${median(real)} s, last ${Math.max(...real)} s (${real.length})`;

async function nistTest(test: string, what: string, svg: string | undefined): Promise<Finding> {
  const file = `fire/NIST_Smoke_Alarms_${test}.csv`;
  const header = readFileSync(join(data, file), 'utf8').split(/\r?\n/, 1)[0]!.split(',');
  const real = realActivations(test);
  const about = (places: readonly string[]) => ({
    file,
    maps: places.flatMap((place) => mapsOf(header, place)),
    title: `NIST ${test}, ${what}: places ${places.join(', ')}`,
    name: `fire-nist-${test.toLowerCase()}-${places.join('').toLowerCase()}`,
  });
  const rows: Finding['rows'] = [];
  const present = groups.filter((group) => mapsOf(header, group).length > 0);
  for (const group of present) {
    const played = await playFire(about([group]), { time: 'TIME:s' });
    const { preAlarm, alarm } = delaysOf(played);
    const channels = mapsOf(header, group).map((map) => map.split('/')[1]!.split(':')[0]);
    rows.push({
      recording: `NIST ${test}, ${what}, place ${group} (${channels.join(', ')})`,
      'pre-alarm': say(preAlarm),
      alarm: say(alarm),
      'real alarms': spread(real.at.get(group) ?? []),
    });
  }
  const pairs = present.flatMap((a, i) => present.slice(i + 1).map((b) => [a, b] as const));
  const delays: Delay[] = [];
  for (const pair of pairs) delays.push(delaysOf(await playFire(about(pair), { time: 'TIME:s' })));
  const over = (name: keyof Delay) => {
    const known = delays.flatMap((delay) => delay[name] ?? []);
    const never = delays.length - known.length;
    const text = `${Math.min(...known)} / ${median(known)} / ${Math.max(...known)} s`;
    return known.length === 0 ? 'never' : never > 0 ? `${text}, never in ${never}` : text;
  };
  rows.push({
    recording: `NIST ${test}, ${what}, a zone of any two places (${pairs.length}): best / median / worst`,
    'pre-alarm': over('preAlarm'),
    alarm: over('alarm'),
    confirmed: over('confirmed'),
    'real alarms': spread(real.all),
  });
  const middle = median(real.all);
  const notes = [
    { atMs: startMs + 1000 * Math.min(...real.all), text: `first real alarm ${Math.min(...real.all)} s` },
    { atMs: startMs + 1000 * middle, text: `median real alarm ${middle} s` },
  ];
  const whole = await playFire(
    { ...about(present), name: `fire-nist-${test.toLowerCase()}`, notes },
    { time: 'TIME:s', svg },
  );
  const { preAlarm, alarm, confirmed } = delaysOf(whole);
  rows.push({
    recording: `NIST ${test}, ${what}, all places as one zone`,
    'pre-alarm': say(preAlarm),
    alarm: say(alarm),
    confirmed: say(confirmed),
    'real alarms': spread(real.all),
    troubles: troublesOf(whole),
  });
  return {
    rows,
    claims: [
      {
        what: `NIST ${test}: first alarm, s (median of the real ones ${middle})`,
        measured: alarm ?? Number.NaN,
        target: `≤ ${middle}, > 0`,
        met: alarm !== undefined && alarm <= middle && alarm > 0,
      },
    ],
  };
}

/** 65 °C is where an A1 detector must have answered at the latest (EN 54-5), if the air stays there for a while. */
const hotCel = 65;
const hotForS = 30;
/** A zone has at most so many detectors. */
const zoneMax = 52;

/** First second at which it was hot, and whether it stayed so long enough that silence is a failure. */
function hotAt(curve: readonly (readonly [s: number, celsius: number])[]): {
  firstS: number | undefined;
  isLong: boolean;
} {
  let sinceS: number | undefined;
  let isLong = false;
  for (const [s, celsius] of curve) {
    sinceS = celsius >= hotCel ? (sinceS ?? s) : undefined;
    if (sinceS !== undefined && s - sinceS >= hotForS) isLong = true;
  }
  return { firstS: curve.find(([, celsius]) => celsius >= hotCel)?.[0], isLong };
}

/** A burn seen by thermocouples only: every one is taken for a heat detector of class A1, in zones of up to 52. */
async function thermocouples(
  { name, file, pick }: { name: string; file: string; pick(column: string): boolean },
  svg: string | undefined,
): Promise<Finding> {
  const text = readFileSync(join(data, file), 'utf8');
  const table = csvRows(text);
  const [time = '', ...columns] = text.split(/\r?\n/, 1)[0]!.split(',');
  const chosen = columns.filter(pick);
  const first: (number | undefined)[] = [];
  const confirmed: number[] = [];
  let troubles = 'none';
  for (let from = 0; from < chosen.length; from += zoneMax) {
    const maps = chosen.slice(from, from + zoneMax).map((column, at) => `${column}=p${from + at}/temperature:Cel`);
    const title = `${name}: thermocouples ${from + 1} to ${from + maps.length} as heat detectors`;
    const slug = `fire-${name.toLowerCase().replaceAll(/\W+/g, '-')}`;
    const timed = { time: `${time}:s`, svg: from === 0 ? svg : undefined };
    const played = await playFire({ file, maps, title, name: slug }, timed);
    const levels = modelsOf(played.site, 'fire').map((id) => played.values.get(`${id}/level`));
    first.push(...levels.map((level) => seconds(firstAtLeast(level, 2))));
    confirmed.push(delaysOf(played).confirmed ?? Number.POSITIVE_INFINITY);
    if (from === 0) troubles = troublesOf(played);
  }
  const alarmed = first.filter((s) => s !== undefined);
  const hot = chosen.map((column) => hotAt(table.map((row) => [Number(row[time]), Number(row[column])])));
  const reached = hot.flatMap(({ firstS }) => firstS ?? []);
  const silent = hot.filter(({ isLong }, at) => isLong && first[at] === undefined).length;
  const least = (values: readonly number[]) => say(values.length > 0 ? Math.min(...values) : undefined);
  const what = `${name}: places above ${hotCel} °C for ${hotForS} s that stay silent`;
  return {
    rows: [
      {
        recording: `${name}, ${chosen.length} thermocouples, ${table.length} rows`,
        alarm: `first ${least(alarmed)}, ${alarmed.length} places`,
        confirmed: least(confirmed.filter(Number.isFinite)),
        'real alarms': `none; ${hotCel} °C reached at ${reached.length} places, first ${least(reached)}`,
        troubles,
      },
    ],
    claims: [{ what, measured: silent, target: '0', met: silent === 0 }],
  };
}

/** The house fires and burns. */
export async function fires(svg: string | undefined): Promise<Finding[]> {
  return [
    await nistTest('SDC05', 'flaming mattress', svg),
    await nistTest('SDC10', 'flaming chair', svg),
    await thermocouples({ name: 'UL NFPRF 1', file: 'fire/UL_NFPRF_1_01_TC.csv', pick: () => true }, svg),
    await thermocouples(
      {
        name: 'Vettori flat ceiling 1',
        file: 'fire/Vettori_Flat_Ceiling_Test_01.csv',
        pick: (column) => column.startsWith('TC_'),
      },
      svg,
    ),
  ];
}

export { credit, delaysOf, playFire, say, seconds, zoneLevel };
