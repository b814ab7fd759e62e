import { Fault } from '@tocsin/contracts';
import { numberOption } from '../command.ts';
import type { ReplaySource } from './rows.ts';
import { durationMs } from './times.ts';

/** Where a recording without dates is placed; any fixed instant will do, as long as it is always the same. */
export const defaultStart = '2001-01-01T00:00:00Z';

/** The options of `tocsin replay` that say how the file is read; `file` is empty when only a controller's log is replayed. */
export function sourceFrom(file: string, options: Record<string, unknown>, timeZone: string | undefined): ReplaySource {
  const { time, every, start, tracks } = options as Record<string, string | undefined>;
  const maps = (options.map as string[] | undefined) ?? [];
  if (maps.length === 0 && tracks === undefined && file !== '') {
    throw new Fault('ARGUMENT_INVALID', 'Nothing says what the columns measure.', {
      remedy: 'Give --map COLUMN=device/channel or --tracks.',
    });
  }
  if (time === undefined && every === undefined && tracks === undefined && file !== '') {
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
