import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSite, type Site } from '../../edge-agent/site/load.ts';
import { data, type Finding, play, type Sample, sourceOf } from './play.ts';
import { daysOf, type Hourly, usgsDays } from './rain-truth.ts';

/**
 * Two years of hourly rain at Seattle-Tacoma held against published thresholds, scored by days against the dated landslides; and
 * the days on which two of the thresholds were exceeded as computed here once more, from the parameters the USGS published.
 */
const names = [
  'seattle-cumulative',
  'seattle-id',
  'seattle-wetness',
  'caine-1980',
  'guzzetti-2008',
  'cadses-2007',
  'piedmont-2004',
];
const inchMm = 25.4;
/** All models hear one gauge, so the sums of one are drawn. */
const draws = (stream: string) => /^(gauge|seattle-cumulative)\/|\/attention$/.test(stream);

function rainSite(name: string, intervalMs: number): Site {
  const site = {
    site: 'gauge',
    name,
    devices: [
      {
        id: 'gauge',
        format: 'json-path',
        topic: 'field/gauge',
        intervalMs,
        channels: [{ id: 'rain', path: '$.rain', unit: 'mm' }],
      },
    ],
    models: names.map((threshold) => ({ id: threshold, type: 'rain', input: 'gauge/rain', thresholds: [threshold] })),
    rules: [],
  };
  const checked = checkSite(JSON.stringify(site), 'the gauge', '0'.repeat(64));
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.site;
}

/** Local days on which attention stood, also those it lasted through without a word. */
function attentionDays(samples: readonly Sample[] = []): Set<string> {
  const on = samples.flatMap(([atMs, value], i) => {
    if (value < 1) return [];
    const untilMs = samples[i + 1]?.[0] ?? atMs;
    return [[atMs, Math.max(atMs, untilMs - 1)] as const];
  });
  return daysOf(on);
}

function seattleHours(): { hours: Hourly; csv: string } {
  const hours: Hourly = [];
  const lines = ['time,mm'];
  for (const line of readFileSync(join(data, 'slope/seattle_usgs/KSEA_hourly.txt'), 'utf8').split('\n')) {
    const cells = /^.{2}(\d{4})(\d\d)(\d\d)(\d\d)([ \d-]{3})/.exec(line);
    if (!cells) continue;
    const [year, month, day, hour, hundredths] = cells.slice(1).map(Number) as [number, number, number, number, number];
    const atMs = Date.UTC(year, month - 1, day, hour);
    // Negative or blank is a missing hour, not a dry one.
    if (!(hundredths >= 0)) continue;
    hours.push([atMs, hundredths / 100]);
    lines.push(`${new Date(atMs).toISOString()},${((hundredths / 100) * inchMm).toFixed(3)}`);
  }
  return { hours, csv: lines.join('\n') };
}

function landslideDays(): string[] {
  const text = readFileSync(join(data, 'slope/seattle_usgs/landslide_dates_mukilteo_2010_2011.txt'), 'utf8');
  return [...text.matchAll(/(\d\d)\/(\d\d)\/(\d{4})/g)].map(([, month, day, year]) => `${year}-${month}-${day}`);
}

/** The same day or the one after: rain of the evening loosens the slope of the night. */
const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

async function seattle(svg: string | undefined): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-recordings-'));
  const { hours, csv } = seattleHours();
  const file = join(folder, 'seattle.csv');
  writeFileSync(file, csv);
  const slides = landslideDays();
  const notes = slides.map((day) => ({ atMs: Date.parse(day), text: `landslide ${day.slice(5)}` }));
  const { values } = await play({
    source: sourceOf({ file, time: 'time', maps: ['mm=gauge/rain:mm'] }),
    site: rainSite('Seattle-Tacoma airport', 3_600_000),
    keep: (stream) => stream.endsWith('/attention'),
    draws,
    name: 'rain-seattle',
    plot: {
      title: 'Seattle 2010–2011: hourly rain against published thresholds',
      notes,
      credit: 'Rain and dates: USGS, public domain.',
    },
    svg,
  });
  rmSync(folder, { recursive: true });
  const total = new Set(hours.map(([atMs]) => new Date(atMs).toISOString().slice(0, 10))).size;
  const truth = usgsDays(hours);
  const claims: Finding['claims'] = [];
  const rows = names.map((name) => {
    const said = attentionDays(values.get(`${name}/attention`));
    const hits = slides.filter((day) => said.has(day)).length;
    const near = slides.filter((day) => said.has(day) || [...said].some((one) => dayAfter(one) === day)).length;
    const falseDays = [...said].filter((day) => !slides.includes(day)).length;
    const again = truth[name as keyof typeof truth];
    if (again !== undefined) {
      const differ = [...new Set([...said, ...again])].filter((day) => said.has(day) !== again.has(day));
      claims.push({
        what: `Seattle rain, ${name}: exceedance days that differ from the formula${differ.length > 0 ? ` (${differ.slice(0, 4).join(' ')})` : ''}, of ${again.size}`,
        measured: differ.length,
        target: '0',
        met: differ.length === 0,
      });
    }
    return {
      recording: `Seattle rain, ${name}`,
      'days exceeded': said.size,
      'landslide days hit': hits,
      'or the day after': near,
      missed: slides.length - hits,
      'false days': falseDays,
      of: `${total} days, ${slides.length} with landslides`,
    };
  });
  return { rows, claims };
}

async function mukilteo(svg: string | undefined): Promise<Finding> {
  const source = sourceOf({
    file: 'slope/seattle_usgs/waMVD116_rain.txt',
    time: '1+2+3+4+5',
    header: 'no',
    // Steps of 0.01 and a sum of 17 in four and a half months: inches, though the folder says mm.
    maps: ['6=gauge/rain:[in_i]'],
  });
  const { values, summary } = await play({
    source,
    site: rainSite('Mukilteo bluff', 900_000),
    keep: (stream) => stream.endsWith('/attention'),
    draws,
    name: 'rain-mukilteo',
    plot: { title: 'Mukilteo bluff 2015: rain every 15 minutes', credit: 'Rain: USGS, public domain.' },
    svg,
  });
  const rows = names.map((name) => ({
    recording: `Mukilteo bluff 2015, ${name}`,
    'days exceeded': attentionDays(values.get(`${name}/attention`)).size,
    of: `${Math.round((summary.lastAtMs! - summary.firstAtMs!) / 86_400_000)} days, no dated landslides`,
  }));
  return { rows, claims: [] };
}

/** Rain thresholds on both gauges. */
export async function rains(svg: string | undefined): Promise<Finding[]> {
  return [await seattle(svg), await mukilteo(svg)];
}
