import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { delaysOf, playFire, zoneLevel } from './fire.ts';
import { data, type Finding, risesTo, startMs, troublesOf } from './play.ts';

/** Hours and days in which nothing burns: how often does the fire pack cry wolf? And a labelled set, by its own labels. */

type Block = { fromMs: number; toMs: number; fire: boolean };

function labelBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const [at, line] of text.trim().split(/\r?\n/).slice(1).entries()) {
    const fire = line.split(',').at(-1) === '1';
    const atMs = startMs + at * 1000;
    const last = blocks.at(-1);
    if (last?.fire === fire) last.toMs = atMs;
    else blocks.push({ fromMs: atMs, toMs: atMs, fire });
  }
  return blocks;
}

async function iotSmoke(svg: string | undefined): Promise<Finding> {
  const file = 'fire/smoke_detection_iot_rows_0_28171.csv';
  const blocks = labelBlocks(readFileSync(join(data, file), 'utf8'));
  const notes = blocks
    .slice(1)
    .map(({ fromMs, fire }) => ({ atMs: fromMs, text: fire ? 'label: fire begins' : 'label: fire ends' }));
  const played = await playFire(
    {
      file,
      maps: ['Temperature[C]=room/temperature:Cel', 'eCO2[ppm]=room/co2:[ppm]'],
      title: 'IoT smoke set: joined sessions, temperature and eCO2',
      name: 'fire-iot',
      notes,
      credit: 'Measurements: Blatts01/ai-smokedetector, MIT.',
    },
    { everyMs: 1000, svg },
  );
  const inBlock = (atMs: number, fire: boolean) =>
    blocks.some((block) => block.fire === fire && block.fromMs <= atMs && atMs <= block.toMs);
  const count = (limit: number, fire: boolean) =>
    risesTo(zoneLevel(played), limit).filter((atMs) => inBlock(atMs, fire)).length;
  const freeH =
    blocks.filter(({ fire }) => !fire).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs + 1000, 0) / 3_600_000;
  const falseAlarms = count(2, false);
  return {
    rows: [
      {
        recording: 'IoT smoke set, 28,172 s of joined sessions (temperature, eCO2)',
        alarm: `${count(2, true)} inside the label's fire, ${falseAlarms} outside`,
        'pre-alarm': `${count(1, true)} inside, ${count(1, false)} outside`,
        'real alarms': `${(falseAlarms / freeH).toFixed(2)} alarms per fire-free hour (${freeH.toFixed(2)} h)`,
        troubles: troublesOf(played),
      },
    ],
    claims: [
      {
        what: 'IoT smoke set: alarms outside the fire label',
        measured: falseAlarms,
        target: '0',
        met: falseAlarms === 0,
      },
    ],
  };
}

async function occupancy(svg: string | undefined): Promise<Finding> {
  const played = await playFire(
    {
      file: 'fire/uci_occupancy_datatest.txt',
      maps: ['Temperature=room/temperature:Cel', 'CO2=room/co2:[ppm]'],
      title: 'An office without fire: UCI Occupancy Detection',
      name: 'fire-uci',
      credit: 'Measurements: UCI Occupancy Detection (Candanedo and Feldheim 2016), CC BY 4.0.',
    },
    { time: 'date', svg },
  );
  const { firstAtMs = 0, lastAtMs = 0 } = played.summary;
  const [alarms, early] = [2, 1].map((limit) => risesTo(zoneLevel(played), limit).length) as [number, number];
  const days = (lastAtMs - firstAtMs) / 86_400_000;
  return {
    rows: [
      {
        recording: `UCI office, ${days.toFixed(1)} fire-free days, 1 min (temperature, CO2)`,
        alarm: `${alarms} (${(alarms / days).toFixed(2)} a day)`,
        'pre-alarm': `${early}`,
        confirmed: delaysOf(played).confirmed === undefined ? 'never' : 'yes',
        'real alarms': 'no fire',
        troubles: troublesOf(played),
      },
    ],
    claims: [{ what: 'UCI office: alarms', measured: alarms, target: '0', met: alarms === 0 }],
  };
}

/** Rooms in which nothing burns, or only by label. */
export async function rooms(svg: string | undefined): Promise<Finding[]> {
  return [await iotSmoke(svg), await occupancy(svg)];
}
