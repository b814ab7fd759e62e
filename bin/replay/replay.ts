import type { FaultCode } from '@tocsin/contracts';
import { createPipeline, type Pipeline, type PipelineEffect, type PipelineEvent } from '@tocsin/edge-agent/pipeline';
import type { Site } from '@tocsin/edge-agent/site';
import { mergedRows } from './merge.ts';
import { type RefusedRow, type ReplayRow, type ReplaySource, trackDevice } from './rows.ts';

/** Ticks come every second of event time, but never more than this many in one silence, so that a month of daily data is quick. */
const ticksPerGapMax = 3_600;
const tickMs = 1_000;

export type ReplaySummary = {
  rows: number;
  readings: number;
  frames: number;
  /** States of the signal that came from elsewhere than the file, and pictures with nobody on them, which no file has rows for. */
  signals: number;
  emptyFrames: number;
  refused: Record<string, number>;
  firstAtMs?: number;
  lastAtMs?: number;
  effects: Record<string, number>;
  /** What models asked for, granted, ended and refused. */
  remarks: Record<string, number>;
};

/** A summary before anything was read. */
export const emptySummary = (): ReplaySummary => ({
  rows: 0,
  readings: 0,
  frames: 0,
  signals: 0,
  emptyFrames: 0,
  refused: {},
  effects: {},
  remarks: {},
});

export type ReplayHooks = {
  effect(effect: PipelineEffect, atMs: number): void;
  refused(row: RefusedRow): void;
  progress?(summary: ReplaySummary): void;
};

function isRefused(row: ReplayRow | RefusedRow): row is RefusedRow {
  return 'why' in row;
}

/**
 * Runs a recording through the edge's own decision pipeline, offline and as fast as it can. Time is the recording's: a row arrives
 * when it was taken (or with the newest row so far, if it is older), ticks pass in between. Nothing can be moved: the site runs in
 * shadow mode. Same file, same site: same effects.
 */
export async function replay(source: ReplaySource, site: Site, hooks: ReplayHooks): Promise<ReplaySummary> {
  const shadow: Site = { ...site, mode: 'shadow' };
  const pipeline = createPipeline(shadow);
  const summary = emptySummary();
  const device = source.tracks ? trackDevice(site, source.tracks.device) : undefined;
  const feed = feeder(pipeline, summary, hooks);
  let frame: ReplayRow[] = [];
  const flushFrame = () => {
    if (frame.length === 0 || device === undefined) return;
    const tracks = frame.map(({ track }) => track!);
    feed({ kind: 'tracks', device, tracks, atMs: frame[0]!.atMs, receivedAtMs: summary.lastAtMs! });
    summary.frames += 1;
    frame = [];
  };
  for await (const row of mergedRows(source, site)) {
    if (isRefused(row)) {
      summary.refused.PAYLOAD_MALFORMED = (summary.refused.PAYLOAD_MALFORMED ?? 0) + 1;
      hooks.refused(row);
      continue;
    }
    if (row.made === 'signal') summary.signals += 1;
    else if (row.made === undefined) {
      summary.rows += 1;
      summary.firstAtMs ??= row.atMs;
    }
    if (frame.length > 0 && frame[0]!.atMs !== row.atMs) flushFrame();
    passTime(feed, summary, row.atMs);
    for (const { device: from, channel, value } of row.values) {
      feed({ kind: 'reading', device: from, channel, value, atMs: row.atMs, receivedAtMs: summary.lastAtMs! });
      if (row.made === undefined) summary.readings += 1;
    }
    if (row.made === 'emptyPicture') {
      feed({ kind: 'tracks', device: device!, tracks: [], atMs: row.atMs, receivedAtMs: summary.lastAtMs! });
      summary.emptyFrames += 1;
    }
    if (row.track) frame.push(row);
    if ((summary.rows & 1023) === 0) hooks.progress?.(summary);
  }
  flushFrame();
  return summary;
}

function feeder(pipeline: Pipeline, summary: ReplaySummary, hooks: ReplayHooks) {
  return (event: PipelineEvent) => {
    for (const effect of pipeline.step(event)) {
      summary.effects[effect.kind] = (summary.effects[effect.kind] ?? 0) + 1;
      if (effect.kind === 'remark')
        summary.remarks[effect.remark.what] = (summary.remarks[effect.remark.what] ?? 0) + 1;
      if (effect.kind === 'refused') {
        const code: FaultCode = effect.code;
        summary.refused[code] = (summary.refused[code] ?? 0) + 1;
      }
      hooks.effect(effect, summary.lastAtMs!);
    }
  };
}

/** Lets time pass up to a row: one tick a second, or fewer and evenly spaced ones over a long silence. */
function passTime(feed: (event: PipelineEvent) => void, summary: ReplaySummary, atMs: number): void {
  if (summary.lastAtMs === undefined) {
    summary.lastAtMs = atMs;
    return;
  }
  const fromMs = summary.lastAtMs;
  const stepMs = Math.max(tickMs, Math.ceil((atMs - fromMs) / ticksPerGapMax / tickMs) * tickMs);
  for (let t = fromMs + stepMs; t < atMs; t += stepMs) {
    summary.lastAtMs = t;
    feed({ kind: 'tick', atMs: t });
  }
  summary.lastAtMs = Math.max(fromMs, atMs);
}
