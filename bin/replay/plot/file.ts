import { closeSync, openSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { PipelineEffect } from '@tocsin/edge-agent/pipeline';
import type { Site } from '@tocsin/edge-agent/site';
import type { ReplaySource } from '../rows.ts';
import { timeColumn } from '../times.ts';
import { createPlot } from './plot.ts';

/** Recordings that count seconds are shown in time since their start, all others in UTC. */
function countsFromStart({ time, everyMs, tracks }: ReplaySource): boolean {
  if (time !== undefined) return ['ms', 's', 'min', 'h', 'd'].includes(timeColumn(time).form);
  return everyMs !== undefined || tracks !== undefined;
}

/**
 * The file of `--svg`: gathers the effects of a replay and writes them as a plot at the end. That it can be written is known before
 * the replay begins.
 */
export function plotFile(path: string, { source, site, dated }: { source: ReplaySource; site: Site; dated: boolean }) {
  const unwritable = (cause: unknown) =>
    new Fault('ARGUMENT_INVALID', `--svg ${path} cannot be written: ${(cause as Error).message}.`, { cause });
  try {
    closeSync(openSync(path, 'a'));
  } catch (cause) {
    throw unwritable(cause);
  }
  const originMs = !dated && countsFromStart(source) ? source.startMs : undefined;
  const plot = createPlot(site, { title: basename(source.file) || 'Signal log', originMs });
  return {
    take: (effect: PipelineEffect) => plot.take(effect),
    write() {
      try {
        writeFileSync(path, plot.svg());
      } catch (cause) {
        throw unwritable(cause);
      }
    },
  };
}
