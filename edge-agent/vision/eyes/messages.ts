import type { LoadedManifest } from '../manifest/load.ts';
import type { Box, Seen } from '../types.ts';

/** What agent and eyes say to each other; structured clones over the channel of a forked process. */

/** A model as it was loaded, for descriptors and evidence. */
export type LoadedModel = {
  ref: string;
  name: string;
  sha256: string;
  licence: string;
  task: 'detect' | 'classify';
  width: number;
  height: number;
};

/** A box to be drawn, with its label as plain text. */
export type Mark = { box: Box; label?: string };

/** What is to be drawn on a picture, and how large the JPEG may be. */
export type DrawRequest = {
  jpeg: Uint8Array;
  marks: readonly Mark[];
  /** Parts that are made unrecognisable, such as the boxes of people. */
  blur?: readonly Box[];
  /** Widest picture in pixels; 1280 unless given. */
  widthMax?: number;
  /** Most bytes of the JPEG; 200 kB unless given. */
  bytesMax?: number;
};

export type StartOrder = {
  type: 'start';
  models: readonly LoadedManifest[];
  provider: string;
  threads: number;
  scoreMin?: number;
  pixelsMax: number;
};
export type LookOrder = {
  type: 'look';
  id: number;
  jpeg: Uint8Array;
  number: number;
  capturedAtMs: number;
  detector?: string;
  classifier?: string;
};
export type DrawOrder = { type: 'draw'; id: number } & DrawRequest;
/** From the agent to the eyes. */
export type Order = StartOrder | LookOrder | DrawOrder;

/** From the eyes to the agent; `rssBytes` lets the agent watch memory where the system does not tell. */
export type Answer =
  | { type: 'ready'; models: LoadedModel[] }
  | { type: 'refused'; detail: string }
  | { type: 'seen'; id: number; seen: Seen; rssBytes: number }
  | { type: 'drawn'; id: number; jpeg: Uint8Array; rssBytes: number }
  | { type: 'failed'; id: number; code: 'MODEL_FAILED' | 'PICTURE_INVALID'; detail: string };
