import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../harness/pairs.ts';
import { playFire, seconds, zoneLevel } from './fire.ts';
import { type Finding, firstAtLeast, modelsOf, risesTo, startMs } from './play.ts';
import { playSlope } from './slope.ts';
import { quietS, roomCsv, type SyntheticRoom, syntheticRooms } from './synthetic-fires.ts';
import { type SyntheticSlope, slopeCsv, syntheticSlopes } from './synthetic-slopes.ts';

/** Hard cases that no recording holds, through the same packs with no fact: what is true here is known exactly. */
const dayMs = 86_400_000;
const seeds = 5;

async function withFile<T>(text: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-recordings-'));
  const file = join(folder, 'synthetic.csv');
  writeFileSync(file, text);
  try {
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const plotName = (what: string, name: string) =>
  `synthetic-${what}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.slice(0, 48).replace(/-$/, '');
const range = (values: readonly number[], digits: number) =>
  `${Math.min(...values).toFixed(digits)} / ${median(values).toFixed(digits)} / ${Math.max(...values).toFixed(digits)}`;

export async function judgeSlope(slope: SyntheticSlope, svg: string | undefined): Promise<Finding> {
  const failureMs = slope.failureS === undefined ? undefined : startMs + slope.failureS * 1000;
  const leads: number[] = [];
  const highest: number[] = [];
  let [orange, held, issued] = [0, 0, 0];
  for (let seed = 0; seed < seeds; seed += 1) {
    const about = {
      name: plotName('slope', slope.name),
      title: `Synthetic: ${slope.name}`,
      credit: 'Made up.',
      failureMs,
    };
    const map = `value=e1/${slope.unit === 'deg' ? 'tilt' : 'displacement'}:${slope.unit}`;
    const played = await withFile(slopeCsv(slope, seed), (file) =>
      playSlope({ ...about, file, time: 't:s', map }, seed === 0 ? svg : undefined),
    );
    const level = played.values.get(`${modelsOf(played.site, 'slope-level')[0]}/level`);
    highest.push(Math.max(0, ...(level ?? []).map(([, value]) => value)));
    orange += risesTo(level, 2).length;
    const redMs = firstAtLeast(level, 3);
    if (failureMs !== undefined && redMs !== undefined) leads.push((failureMs - redMs) / dayMs);
    const id = modelsOf(played.site, 'slope')[0];
    const until = new Map(played.values.get(`${id}/failureTo`));
    for (const [atMs, from] of played.values.get(`${id}/failureFrom`) ?? []) {
      if (failureMs === undefined || until.get(atMs) === undefined) continue;
      issued += 1;
      if (atMs + from * dayMs <= failureMs && failureMs <= atMs + until.get(atMs)! * dayMs) held += 1;
    }
  }
  const [earliest = 0, latest = 0] = slope.redDays ?? [];
  const good = leads.filter((days) => days <= earliest && days >= latest).length;
  const row = {
    recording: `Synthetic slope: ${slope.name} (${seeds} seeds)`,
    said:
      failureMs === undefined
        ? `highest level ${Math.max(...highest)}, orange ${orange} times`
        : `red in ${leads.length} of ${seeds}, ${leads.length > 0 ? `${range(leads, 2)} d before (least / median / most)` : 'never before'}; ${issued} windows, ${held} hold the failure`,
    truth: failureMs === undefined ? 'holds' : 'fails',
  };
  const claim =
    failureMs === undefined
      ? {
          what: `${slope.name}: highest level`,
          measured: Math.max(...highest),
          target: `≤ ${slope.levelMax}`,
          met: Math.max(...highest) <= slope.levelMax!,
        }
      : {
          what: `${slope.name}: red ${earliest} to ${latest} d before, seeds of ${seeds}`,
          measured: good,
          target: String(seeds),
          met: good === seeds,
        };
  return { rows: [row], claims: [claim] };
}

export async function judgeRoom(room: SyntheticRoom, svg: string | undefined): Promise<Finding> {
  const delays: number[] = [];
  let [alarms, early] = [0, 0];
  for (let seed = 0; seed < seeds; seed += 1) {
    const notes = [{ atMs: startMs + quietS * 1000, text: 'it begins' }];
    const maps = ['celsius=d/temperature:Cel', 'smoke=d/smoke:%/m', 'co=d/co:[ppm]'];
    const about = {
      maps,
      name: plotName('fire', room.name),
      title: `Synthetic: ${room.name}`,
      credit: 'Made up.',
      notes,
    };
    const played = await withFile(roomCsv(room, seed), (file) =>
      playFire({ ...about, file }, { time: 't:s', svg: seed === 0 ? svg : undefined }),
    );
    const level = zoneLevel(played);
    const firstS = seconds(firstAtLeast(level, 2));
    if (firstS !== undefined && firstS < quietS) early += 1;
    else if (firstS !== undefined) delays.push(firstS - quietS);
    alarms += risesTo(level, 2).length;
  }
  const within = delays.filter((s) => s <= (room.alarmWithinS ?? 0)).length;
  const isFire = room.alarmWithinS !== undefined;
  const row = {
    recording: `Synthetic room: ${room.name} (${seeds} seeds)`,
    alarm:
      delays.length === 0
        ? 'never'
        : `after ${range(delays, 0)} s (least / median / most), in ${delays.length} of ${seeds}`,
    'real alarms': isFire ? `wanted within ${room.alarmWithinS} s` : 'no fire',
  };
  const claim = isFire
    ? {
        what: `${room.name}: alarm in time, seeds of ${seeds}`,
        measured: within,
        target: String(seeds),
        met: within === seeds && early === 0,
      }
    : { what: `${room.name}: alarms`, measured: alarms, target: '0', met: alarms === 0 };
  return { rows: [row], claims: [claim] };
}

/** Slopes and rooms that are made up. */
export async function synthetics(svg: string | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const slope of syntheticSlopes) findings.push(await judgeSlope(slope, svg));
  for (const room of syntheticRooms) findings.push(await judgeRoom(room, svg));
  return findings;
}
