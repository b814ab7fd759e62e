import { Fault } from '@tocsin/contracts';
import { formatProblems, loadSite, type Site } from '@tocsin/edge-agent/site';
import { type CliCommand, fileArgument, type Io, numberOption } from '../command.ts';
import { createProgress } from '../progress.ts';
import { type CrossingReplay, prepareCrossing } from '../replay/crossing.ts';
import { effectLine } from '../replay/lines.ts';
import { replayLive } from '../replay/live.ts';
import { plotFile } from '../replay/plot/file.ts';
import { siteOfRecording } from '../replay/recording-site.ts';
import { type ReplaySummary, replay as runReplay } from '../replay/replay.ts';
import { defaultStart, sourceFrom } from '../replay/source.ts';
import { summaryText } from '../replay/summary.ts';

const usage =
  'tocsin replay (--site SITE.yaml | --pack NAME) --time COLUMN[:unit] --map COLUMN=device/channel[:unit] … FILE';

export const replay: CliCommand = {
  name: 'replay',
  usage,
  example: [
    'tocsin replay --site slope.yaml --time date --map displacement_mm=ext-1/displacement:mm creep.csv',
    'tocsin replay --pack slope --time date --map displacement_mm=ext-1/displacement:mm creep.csv',
    'tocsin replay --site room.yaml --time TIME:s --map TCA_1=d1/temperature:Cel burn.csv',
    'tocsin replay --tracks 1,2,3,5:m --fps 15 --phases controller.csv tracks.txt',
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
    phases: { type: 'string' },
    phase: { type: 'string' },
    'vehicle-phase': { type: 'string' },
    controller: { type: 'string' },
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
    tracks: {
      value: 'TIME,ID,X,Y[:unit]',
      says: 'Columns of positions on the ground; without --site the pack crossing decides, and a crossing is laid through them.',
    },
    'tracks-device': { value: 'DEVICE', says: 'Device that sees the tracks; default is the site’s only one.' },
    fps: { value: 'N', says: 'The time column of --tracks counts frames of this rate.' },
    phases: {
      value: 'FILE',
      says: 'A signal controller’s event log (TimeStamp, DeviceId, EventId, Parameter) beside it.',
    },
    phase: { value: 'N', says: 'With --phases: the pedestrian phase; default is the one that walks most.' },
    'vehicle-phase': {
      value: 'N',
      says: 'With --phases: the vehicle phase that waits for it; default is found in the log.',
    },
    controller: { value: 'ID', says: 'With --phases: the DeviceId, where the log holds several.' },
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
    const hasOnlyLog = args.length === 0 && options.phases !== undefined && options.tracks === undefined;
    const file = hasOnlyLog ? '' : fileArgument(args, 'recording', usage);
    const prepared = await prepare(file, options, io);
    if (prepared === undefined) return 2;
    const { source, site, notes, marks } = prepared;
    const isDated = prepared.isDated || options.start !== undefined;
    const isSilent = options.quiet === true || options.json === true;
    if (!isSilent && notes.length > 0) io.err(`${notes.join('\n')}\n`);
    const progress = createProgress(io, options.quiet !== true, file);
    const speed = numberOption(options, 'speed') ?? 1;
    if (!(speed > 0)) throw new Fault('ARGUMENT_INVALID', '--speed must be greater than 0.');
    const began = performance.now();
    const refused: string[] = [];
    const plot = svgOption(options, { source, site, dated: isDated });
    const hooks = {
      effect: (effect: Parameters<typeof effectLine>[0]) => {
        plot?.take(effect);
        const line = effectLine(effect, options.evidence === true, marks);
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
    const seconds = (performance.now() - began) / 1000;
    if (!options.quiet)
      io.err(options.json ? `${JSON.stringify({ ...summary, notes })}\n` : summaryText(summary, refused, seconds));
    return summary.rows + summary.signals === 0 ? 1 : 0;
  },
};

function siteOption(path: unknown, io: Io): Site | undefined {
  if (typeof path !== 'string')
    throw new Fault('ARGUMENT_INVALID', 'Neither --site nor --pack was given.', { remedy: `Usage: ${usage}` });
  const loaded = loadSite(path);
  if (loaded.ok) return loaded.site;
  io.err(`${formatProblems(loaded.problems)}\n`);
  return undefined;
}

/** Joins the recording to the site whose rules decide: a file's, or one made of the recording's own columns and a pack. */
async function prepare(file: string, options: Record<string, unknown>, io: Io): Promise<CrossingReplay | undefined> {
  const { pack, phases } = options as Record<string, string | undefined>;
  if (options.site !== undefined && pack !== undefined)
    throw new Fault('ARGUMENT_INVALID', '--site and --pack were both given.', { remedy: 'Leave one of them out.' });
  for (const needs of ['phase', 'vehicle-phase', 'controller'])
    if (options[needs] !== undefined && phases === undefined)
      throw new Fault('ARGUMENT_INVALID', `--${needs} says which part of a log counts.`, {
        remedy: 'Give --phases FILE.',
      });
  const hasPeople = options.tracks !== undefined || phases !== undefined;
  const needsSite = pack === undefined && !hasPeople;
  const site = options.site !== undefined || needsSite ? siteOption(options.site, io) : undefined;
  if (site === undefined && (options.site !== undefined || needsSite)) return undefined;
  if (site === undefined && options.live)
    throw new Fault('ARGUMENT_INVALID', '--live needs a gateway, and a pack makes none.', { remedy: 'Give --site.' });
  const source = sourceFrom(file, options, site?.timeZone);
  const facts = (options.fact as string[] | undefined) ?? [];
  if (site !== undefined && facts.length > 0)
    throw new Fault('ARGUMENT_INVALID', '--fact is for a pack; with --site the site file says everything.');
  if (hasPeople && (pack === undefined || pack === 'crossing'))
    return prepareCrossing(source, {
      ...(site ? { site } : {}),
      facts,
      isStartGiven: options.start !== undefined,
      ...logOption(options),
    });
  if (site !== undefined) return { source, site, notes: [], marks: {}, isDated: false };
  if (phases !== undefined) throw new Fault('ARGUMENT_INVALID', `--phases is for the pack crossing, not for ${pack}.`);
  return { source, site: await siteOfRecording(source, { pack: pack!, facts }), notes: [], marks: {}, isDated: false };
}

function logOption(options: Record<string, unknown>): { log?: Parameters<typeof prepareCrossing>[1]['log'] } {
  if (options.phases === undefined) return {};
  const [phase, vehiclePhase] = ['phase', 'vehicle-phase'].map((name) => numberOption(options as never, name));
  const controller = options.controller as string | undefined;
  return {
    log: {
      file: String(options.phases),
      ...(phase === undefined ? {} : { phase }),
      ...(vehiclePhase === undefined ? {} : { vehiclePhase }),
      ...(controller === undefined ? {} : { controller }),
    },
  };
}

function svgOption(options: Record<string, unknown>, what: Parameters<typeof plotFile>[1]) {
  if (options.svg === undefined) return undefined;
  if (options.live) throw new Fault('ARGUMENT_INVALID', '--svg draws what is decided here; --live decides elsewhere.');
  return plotFile(String(options.svg), what);
}
