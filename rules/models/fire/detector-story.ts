import type { ModelEvent, Surroundings } from '../../engine/types.ts';
import { type ChannelKind, channelKinds, type FireConfig } from './config.ts';
import { fire } from './fire.ts';

/**
 * A detector's story for tests: every channel is a line through points [s, value], read at one interval. Two points at one time
 * are a step; outside its points a channel is silent, and `null` as a value breaks the line.
 */
export type Line = readonly (readonly [atS: number, value: number | null])[];
export type Channels = Partial<Record<ChannelKind, Line>>;

/** What the detector said after a sample. */
export type Word = { atS: number; reasons: readonly string[] } & Record<string, number | readonly string[]>;

/** A configuration as a site would give it, with a stream for each channel. */
export function configOf(
  kinds: readonly ChannelKind[],
  more: Partial<FireConfig> = {},
  site: Partial<Surroundings> = {},
) {
  const streams = Object.fromEntries(kinds.map((kind) => [kind, `place/${kind}`]));
  return fire.prepare!({ ...streams, ...more }, { unitOf: () => '%/m', intervalMsOf: () => undefined, ...site });
}

function valueAt(line: Line, atS: number): number | null {
  for (let i = line.length - 1; i >= 0; i -= 1) {
    const [fromS, from] = line[i]!;
    if (atS < fromS) continue;
    const next = line[i + 1];
    if (next === undefined) return atS === fromS ? from : null;
    if (from === null || next[1] === null) return from;
    return from + ((next[1] - from) * (atS - fromS)) / (next[0] - fromS);
  }
  return null;
}

/** The readings of a story in the order in which they come: at each instant the channels in the order of the inputs. */
export function readingsOf(channels: Channels, stepS: number, startMs = 1_700_000_000_000): ModelEvent[] {
  const kinds = channelKinds.filter((kind) => channels[kind] !== undefined);
  const endS = Math.max(...kinds.map((kind) => channels[kind]!.at(-1)![0]));
  const events: ModelEvent[] = [];
  for (let atS = 0; atS <= endS; atS += stepS)
    kinds.forEach((kind, input) => {
      const value = valueAt(channels[kind]!, atS);
      if (value !== null) events.push({ kind: 'reading', input, value, takenAtMs: startMs + atS * 1000, late: false });
    });
  return events;
}

/** Everything the model says to these events, and its last state. */
export function hear(events: readonly ModelEvent[], config: FireConfig, startMs = 1_700_000_000_000) {
  let state = fire.initial(config);
  const words: Word[] = [];
  for (const event of events) {
    const answer = fire.step(state, event, config);
    state = answer.state;
    const atMs = event.kind === 'tick' ? event.atMs : event.takenAtMs;
    if (answer.outputs !== undefined)
      words.push({ ...answer.outputs, atS: (atMs - startMs) / 1000, reasons: answer.reasons ?? [] });
  }
  return { words, state };
}

/** When a level was reached first, in seconds, or undefined. */
export function firstAt(words: readonly Word[], level: number, channel = 'level'): number | undefined {
  return words.find((word) => (word[channel] as number) >= level)?.atS;
}
