import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createPlot, type PlotOptions } from '../../bin/replay/plot/plot.ts';
import { type ReplaySummary, replay } from '../../bin/replay/replay.ts';
import type { ReplaySource } from '../../bin/replay/rows.ts';
import type { AlertTransition } from '../../contracts/alert.ts';
import type { PipelineEffect } from '../../edge-agent/pipeline/types.ts';
import type { Site } from '../../edge-agent/site/load.ts';
import type { Claim } from '../harness/report.ts';

/** Where the recordings are; they are not part of the project. */
export const data = resolve(import.meta.dirname, '../../../shared/data');
/** Second 0 of recordings without a date, the same as `tocsin replay` takes. */
export const startMs = Date.UTC(2001, 0, 1);

/** A row of the table, and the promises it was held against. */
export type Finding = { rows: Record<string, string | number>[]; claims: Claim[] };

export type Sample = readonly [atMs: number, value: number];
export type RemarkEffect = Extract<PipelineEffect, { kind: 'remark' }>;

/** What a replay said. `values` holds the streams that were asked for, oldest first. */
export type Played = {
  site: Site;
  summary: ReplaySummary;
  transitions: AlertTransition[];
  values: Map<string, Sample[]>;
  remarks: RemarkEffect[];
};

/** A source with what most recordings share. */
export function sourceOf(more: Partial<ReplaySource> & { file: string }): ReplaySource {
  return { startMs, timeZone: 'UTC', maps: [], header: 'auto', ...more, file: resolve(data, more.file) };
}

export type Play = {
  source: ReplaySource;
  site: Site;
  /** Streams whose values are kept. */
  keep(stream: string): boolean;
  /** Streams that are drawn; without it all that the plot knows. */
  draws?(stream: string): boolean;
  /** Name of the plot's file, without `.svg`. */
  name: string;
  plot: PlotOptions;
  /** Folder of the plots; without it nothing is drawn. */
  svg: string | undefined;
};

/** Replays a recording exactly as `tocsin replay` does, keeps what was asked for, and draws it where wanted. */
export async function play({ source, site, keep, draws = () => true, name, plot, svg }: Play): Promise<Played> {
  const played: Omit<Played, 'summary'> = { site, transitions: [], values: new Map(), remarks: [] };
  const drawing = svg === undefined ? undefined : createPlot(site, plot);
  const summary = await replay(source, site, {
    effect(effect) {
      if (effect.kind !== 'store' || draws(`${effect.reading.device}/${effect.reading.channel}`)) drawing?.take(effect);
      if (effect.kind === 'alert') played.transitions.push(effect.transition);
      else if (effect.kind === 'remark') played.remarks.push(effect);
      else if (effect.kind === 'store') {
        const { device, channel, takenAtMs, value } = effect.reading;
        const stream = `${device}/${channel}`;
        if (!keep(stream)) return;
        const samples = played.values.get(stream) ?? [];
        samples.push([takenAtMs, value]);
        played.values.set(stream, samples);
      }
    },
    refused() {},
  });
  if (drawing !== undefined && svg !== undefined) {
    mkdirSync(svg, { recursive: true });
    writeFileSync(join(svg, `${name}.svg`), drawing.svg());
  }
  return { ...played, summary };
}

/** Ids of the site's models of one type. */
export function modelsOf({ models }: Site, type: string): string[] {
  return models.filter((model) => model.type === type).map(({ id }) => id);
}

/** When a stream first reached a value, or undefined. */
export function firstAtLeast(samples: readonly Sample[] | undefined, limit: number): number | undefined {
  return samples?.find(([, value]) => value >= limit)?.[0];
}

/** How often a stream rose from below a limit to it or above. */
export function risesTo(samples: readonly Sample[] | undefined, limit: number): number[] {
  let high = false;
  return (samples ?? []).flatMap(([atMs, value]) => {
    const rises = value >= limit && !high;
    high = value >= limit;
    return rises ? [atMs] : [];
  });
}

/** Troubles that were raised, by name and subject, without repeats. */
export function troublesOf({ transitions }: Played): string {
  const names = transitions.flatMap((t) =>
    t.class === 'trouble' && t.kind === 'raise' ? [`${t.rule} ${t.subject}`] : [],
  );
  const all = [...new Set(names)];
  return all.length === 0
    ? 'none'
    : all.length <= 4
      ? all.join(', ')
      : `${all.slice(0, 3).join(', ')}, … (${all.length})`;
}

/** Rows of a comma-separated file as objects of text. */
export function csvRows(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? String(at), cell])));
}
