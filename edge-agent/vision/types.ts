import type { Track } from '@tocsin/contracts';

/**
 * The words of the way from a picture to people on the ground:
 * source → Frame → eyes (a process of their own: decode, infer) → Seen → supervision, tracks, ground, zones → readings and tracks.
 * Pixels are of the whole picture as the camera gave it, origin at its top left corner, x to the right, y downwards.
 */

/** One picture of a camera as it came: JPEG bytes and when it was taken. */
export type Frame = {
  jpeg: Uint8Array;
  /** When the picture was taken as far as anybody knows: the camera's own word where it is believable, else its arrival. */
  capturedAtMs: number;
  /** Counts the pictures of one camera since its source was opened, dropped ones included. */
  number: number;
};

/** What Tocsin tells apart in a picture; everything else a model knows is mapped to one of these or ignored. */
export const kinds = ['person', 'bicycle', 'vehicle', 'flame', 'smoke'] as const;
export type Kind = (typeof kinds)[number];

/** A rectangle in pixels of the whole picture. */
export type Box = { x: number; y: number; width: number; height: number };

/** One thing a detector found; `score` lies between 0 and 1. */
export type Detection = { kind: Kind; score: number; box: Box };

/** Shares of a picture that look like each kind, from a classifier; between 0 and 1. */
export type Likelihoods = Partial<Record<Kind, number>>;

/**
 * A picture made small, for watching the camera itself and for flames: `columns × rows` cells row by row, each the mean of its pixels.
 * Luma and chroma are full-range BT.601 (JFIF): y 0…255, cb and cr 0…255 with 128 as grey.
 */
export type Grid = {
  columns: number;
  rows: number;
  y: Uint8Array;
  cb: Uint8Array;
  cr: Uint8Array;
  /** Mean squared Laplacian of the luma at the size of the model's input; a sharp street has hundreds, a covered lens next to none. */
  sharpness: number;
  /** Mean absolute difference of neighbouring luma pixels after a 3 × 3 median, in levels: what noise alone makes. */
  noise: number;
};
/** Cells of a grid; 16 : 9 like most cameras, other shapes are stretched to it. */
export const gridColumns = 64;
export const gridRows = 36;

/** Everything the eyes say about one frame. */
export type Seen = {
  number: number;
  capturedAtMs: number;
  picture: { width: number; height: number };
  /** Absent when no detector looks at this camera. */
  detections?: Detection[];
  /** Absent when no classifier looks at this camera. */
  likelihoods?: Likelihoods;
  grid: Grid;
  /** Time spent in the process of the eyes, by stage. */
  timesMs: { decode: number; infer: number; post: number };
};

/** A thing followed over frames. `id` lives as long as the track and says nothing about who it is. */
export type Followed = {
  id: number;
  kind: Kind;
  box: Box;
  score: number;
  /** Seen in this very frame; false while it is only believed to be there (coasting). */
  isSeen: boolean;
};

/** A followed person or vehicle on the ground plane, in metres; speed by least squares over 1 to 2 s, absent while unknown. */
export type Placed = Track & { kind: Kind; isSeen: boolean };
