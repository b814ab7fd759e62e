/**
 * What the calibration page and the small server behind it (`tocsin camera calibrate`) say to each other.
 * Pixels are of the whole picture, origin at its top left corner; metres are on the ground, in axes the engineer chose.
 */

/** A place in the picture (pixels) or on the ground (metres). */
export type Pair = [number, number];
export type Size = { width: number; height: number };
/** A homography, row by row; its third coordinate is positive before the camera. */
export type Matrix3 = [number, number, number, number, number, number, number, number, number];

/** A place that was both clicked and measured; a label of the file is carried along. */
export type MeasuredPoint = { px: Pair; m: Pair; label?: string };
/** An area of the ground, corners in metres in the order in which one walks around it; its name is for people. */
export type Zone = { id: string; name?: string; outline: Pair[] };

/** How good or bad something is; never told by colour alone. */
export type Tone = 'good' | 'warn' | 'bad';
export type Remark = { tone: Tone; says: string };

/** A size in which pictures reach a model. */
export type ModelInput = Size & { name: string };

/** A picture the server holds; `number` changes with every new one. */
export type Picture = Size & { number: number; takenAtMs: number };

/** The still against which "moved" will be judged. */
export type Reference = { pictureNumber: number; remark: Remark };

export type Session = {
  camera: { id: string; name: string };
  /** Where the pictures come from, in words. */
  source: string;
  picture: Picture;
  inputs: ModelInput[];
  /** Index in `inputs` of what the site uses. */
  input: number;
  points: MeasuredPoint[];
  zones: Zone[];
  /** What the engineer should know of what was loaded. */
  remarks: Remark[];
  reference?: Reference;
  /** A reference view of an earlier calibration is there. */
  hasReference: boolean;
};

export type SolveRequest = { points: MeasuredPoint[]; zones: Zone[]; picture: Size; input: Size };

/** How small a standing person can be in a zone, in pixels of the network's input. */
export type ZoneVerdict = Remark & { id: string; adultPx?: number; childPx?: number };

export type Solved = {
  ok: true;
  toGround: Matrix3;
  toPicture: Matrix3;
  rmsM: number;
  /** Root mean square of how far each point lies from where the others put it; absent with four points. */
  leaveOneOutRmsM?: number;
  /** In the order of the request. */
  points: { errorM: number; leaveOneOutM?: number }[];
  /** How well the points fit, and what to do where they do not; never empty. */
  remarks: Remark[];
  zones: ZoneVerdict[];
};
export type Refused = { ok: false; says: string };
export type Solution = Solved | Refused;

export type SaveRequest = SolveRequest;
export type Saved = { files: string[]; yaml: string; remarks: Remark[] };
