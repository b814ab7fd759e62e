import { Fault } from '@tocsin/contracts';
import { formatProblems, loadSite, type Site } from '@tocsin/edge-agent/site';
import { type CliCommand, fileArgument, type Io, numberOption } from '../command.ts';
import { createProgress } from '../progress.ts';
import { effectLine } from '../replay/lines.ts';
import { replayLive } from '../replay/live.ts';
import { plotFile } from '../replay/plot/file.ts';
import { siteOfRecording } from '../replay/recording-site.ts';
import { type ReplaySummary, replay as runReplay } from '../replay/replay.ts';
import type { ReplaySource } from '../replay/rows.ts';
import { durationMs } from '../replay/times.ts';

const usage =
  'tocsin replay (--site SITE.yaml | --pack NAME) --time COLUMN[:unit] --map COLUMN=device/channel[:unit] … FILE';

/** Where a recording without dates is placed; any fixed instant will do, as long as it is always the same. */
const defaultStart = '2001-01-01T00:00:00Z';

export const replay: CliCommand = {
  name: 'replay',
  usage,
  example: [
    'tocsin replay --site slope.yaml --time date --map displacement_mm=ext-1/displacement:mm creep.csv',
    'tocsin replay --pack slope --time date --map displacement_mm=ext-1/displacement:mm creep.csv',
    'tocsin replay --site room.yaml --time TIME:s --map TCA_1=d1/temperature:Cel burn.csv',
    'tocsin replay --site street.yaml --tracks 1,2,3,5:m --fps 15 tracks.txt',
    'tocsin replay --site slope.yaml --live --speed 60 --time date --map displacement_mm=ext-1/displacement:mm creep.csv',
  ].join('\n'),
  options: {
    site: { type: 'string' },
    pack: { type: 'string' },
    fact: { type: 'string', multiple: true },
    time: { type: 'string' },
    map: { type: 'string', multiple: true },
    tracks: { type: 'string' },
    'tracks-device': { type: 'string' },
    fps: { type: 'string' },
    start: { type: 'string' },
    every: { type: 'string' },
    zone: { type: 'string' },
    'no-header': { type: 'boolean' },
    widths: { type: 'string' },
    evidence: { type: 'boolean' },
    svg: { type: 'string' },
    live: { type: 'boolean' },
    speed: { type: 'string' },
    broker: { type: 'string' },
    quiet: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  help: {
    site: { value: 'FILE', says: 'The site file whose rules decide.' },
    pack: {
      value: 'NAME',
      says: 'Instead of a site file: slope, fire or crossing with expert defaults; --map needs units.',
    },
    fact: { value: 'KEY=VALUE', says: 'With --pack: a fact of the site, as often as needed, e.g. reactionMs=3600000.' },
    time: {
      value: 'COLUMN[:unit]',
      says: 'Column of the time: ISO, local date, epoch, or :s :ms :min :h :d from --start; :dmy, :mdy.',
    },
    map: {
      value: 'COLUMN=device/channel[:unit]',
      says: 'What a column measures, as often as needed; columns by name or position.',
    },
    tracks: { value: 'TIME,ID,X,Y[:unit]', says: 'Columns of positions on the ground (people, vehicles).' },
    'tracks-device': { value: 'DEVICE', says: 'Device that sees the tracks; default is the site’s only one.' },
    fps: { value: 'N', says: 'The time column of --tracks counts frames of this rate.' },
    start: { value: 'INSTANT', says: `When second 0 was; default ${defaultStart}.` },
    every: { value: 'LENGTH', says: 'Rows have no time; they come this far apart, e.g. 1s.' },
    zone: { value: 'ZONE', says: 'Zone of local dates; default is the site’s, else UTC.' },
    'no-header': { says: 'The first line holds data; columns are named by position.' },
    widths: { value: 'N,N,…', says: 'The file has columns of fixed width.' },
    evidence: { says: 'Print the samples behind each alert too.' },
    svg: { value: 'FILE', says: 'Draw what was measured, made of it and decided, as one SVG.' },
    live: { says: 'Publish the recording to the site’s field broker instead, stamped with the present time.' },
    speed: { value: 'N', says: 'With --live: how many times faster than it was recorded; default 1.' },
    broker: { value: 'URL', says: 'With --live: the field broker; default is the one in the site file.' },
    quiet: { says: 'No summary and no progress.' },
    json: { says: 'The summary as JSON (effects are always JSON lines).' },
  },
  async run({ args, options, io }) {
    const file = fileArgument(args, 'recording', usage);
    const loaded = options.pack === undefined ? siteOption(options.site, io) : undefined;
    if (options.pack === undefined && !loaded) return 2;
    const source = sourceFrom(file, options, loaded?.timeZone);
    const site = loaded ?? (await siteOfPack(options, source));
    const progress = createProgress(io, options.quiet !== true, file);
    const speed = numberOption(options, 'speed') ?? 1;
    if (!(speed > 0)) throw new Fault('ARGUMENT_INVALID', '--speed must be greater than 0.');
    const began = performance.now();
    const refused: string[] = [];
    const plot = svgOption(options, source, site);
    const hooks = {
      effect: (effect: Parameters<typeof effectLine>[0]) => {
        plot?.take(effect);
        const line = effectLine(effect, options.evidence === true);
        if (line !== undefined) io.out(`${line}\n`);
      },
      refused: ({ line, why }: { line: number; why: string }) => {
        if (refused.length < 3) refused.push(`line ${line}: ${why}`);
      },
      progress: (summary: ReplaySummary) =>
        progress.show(`${summary.rows} rows, ${summary.effects.alert ?? 0} alert transitions`),
    };
    const summary = options.live
      ? await replayLive(source, site, { ...hooks, speed, env: io.env, broker: options.broker as string | undefined })
      : await runReplay(source, site, hooks);
    progress.done();
    plot?.write();
    if (!options.quiet)
      io.err(summaryText(summary, refused, (performance.now() - began) / 1000, options.json === true));
    return summary.rows === 0 ? 1 : 0;
  },
};

function siteOption(path: unknown, io: Io): Site | undefined {
  if (typeof path !== 'string') throw new Fault('ARGUMENT_INVALID', 'No --site given.', { remedy: `Usage: ${usage}` });
  const loaded = loadSite(path);
  if (loaded.ok) return loaded.site;
  io.err(`${formatProblems(loaded.problems)}\n`);
  return undefined;
}

/** A site of the recording's own columns; --tracks come from the device `camera`. */
function siteOfPack(options: Record<string, unknown>, source: ReplaySource): Promise<Site> {
  if (options.site !== undefined)
    throw new Fault('ARGUMENT_INVALID', '--site and --pack were both given.', { remedy: 'Leave one of them out.' });
  if (options.live)
    throw new Fault('ARGUMENT_INVALID', '--live needs a gateway, and --pack makes none.', { remedy: 'Give --site.' });
  const facts = (options.fact as string[] | undefined) ?? [];
  const trackDevice = source.tracks && (source.tracks.device ?? 'camera');
  return siteOfRecording(source, { pack: String(options.pack), facts, trackDevice });
}

function svgOption(options: Record<string, unknown>, source: ReplaySource, site: Site) {
  if (options.svg === undefined) return undefined;
  if (options.live) throw new Fault('ARGUMENT_INVALID', '--svg draws what is decided here; --live decides elsewhere.');
  return plotFile(String(options.svg), { source, site, dated: options.start !== undefined });
}

function sourceFrom(file: string, options: Record<string, unknown>, timeZone: string | undefined): ReplaySource {
  const { time, every, start, tracks } = options as Record<string, string | undefined>;
  const maps = (options.map as string[] | undefined) ?? [];
  if (maps.length === 0 && tracks === undefined) {
    throw new Fault('ARGUMENT_INVALID', 'Nothing says what the columns measure.', {
      remedy: 'Give --map COLUMN=device/channel or --tracks.',
    });
  }
  if (time === undefined && every === undefined && tracks === undefined) {
    throw new Fault('ARGUMENT_INVALID', 'Nothing says when the rows were taken.', {
      remedy: 'Give --time COLUMN[:unit] or --every 1s.',
    });
  }
  const startMs = Date.parse(start ?? defaultStart);
  if (Number.isNaN(startMs)) {
    throw new Fault('ARGUMENT_INVALID', `--start ${start} is not an instant.`, {
      remedy: `Write it like ${defaultStart}.`,
    });
  }
  const fps = numberOption(options as never, 'fps');
  if (fps !== undefined && !(fps > 0)) throw new Fault('ARGUMENT_INVALID', '--fps must be greater than 0.');
  const widths = (options.widths as string | undefined)?.split(',').map(Number);
  if (widths?.some((width) => !Number.isInteger(width) || width < 1)) {
    throw new Fault('ARGUMENT_INVALID', '--widths takes whole numbers, for example --widths 2,4,2,2.');
  }
  return {
    file,
    maps,
    startMs,
    timeZone: (options.zone as string | undefined) ?? timeZone ?? 'UTC',
    header: options['no-header'] ? 'no' : 'auto',
    ...(time === undefined ? {} : { time }),
    ...(every === undefined ? {} : { everyMs: durationMs(every, 'every') }),
    ...(widths ? { widths } : {}),
    ...(tracks === undefined
      ? {}
      : { tracks: { spec: tracks, device: options['tracks-device'] as string | undefined, fps } }),
  };
}

function summaryText(summary: ReplaySummary, refused: string[], seconds: number, json: boolean): string {
  if (json) return `${JSON.stringify(summary)}\n`;
  const { rows, readings, frames, firstAtMs, lastAtMs, effects } = summary;
  const span =
    firstAtMs === undefined ? '' : `, ${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs!).toISOString()}`;
  const bad = Object.entries(summary.refused).map(([code, count]) => `${count} × ${code}`);
  const lines = [
    `${rows} rows (${readings} readings${frames > 0 ? `, ${frames} frames` : ''})${span}, in ${seconds.toFixed(2)} s.`,
    `${effects.alert ?? 0} alert transitions, ${effects.command ?? 0} commands.`,
  ];
  if (bad.length > 0)
    lines.push(`Refused: ${bad.join(', ')}${refused.length > 0 ? ` (${refused.join('; ')}, …)` : ''}.`);
  return `${lines.join('\n')}\n`;
}
