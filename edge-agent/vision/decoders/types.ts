/** One output of a model as plain numbers, row by row. */
export type Tensor = { dims: readonly number[]; data: Float32Array };

/** What a model gave for one picture, by the names of its outputs. */
export type Outputs = ReadonlyMap<string, Tensor>;

/** A tensor a decoder reads: its dimensions without the batch; undefined where any length is good. */
export type Shape = { name: string; dims: readonly (number | undefined)[] };

/** A box in pixels of the model's input by two corners, with the index of its class and a score between 0 and 1. */
export type RawDetection = { class: number; score: number; x1: number; y1: number; x2: number; y2: number };

/** What a decoder must know: its parameters, the size of the input in pixels, how many classes there are and which of them count. */
export type DecoderSpec<O> = {
  output: O;
  width: number;
  height: number;
  classes: number;
  /** Indices of the classes that are mapped to something; a decoder looks at no others. */
  wanted: readonly number[];
};

/** A value, or one sentence that says why there is none; a refusal is never mistaken for an empty picture. */
export type Decoded<T> = { ok: true; value: T } | { ok: false; why: string };

type Part<O> = {
  kind: string;
  /** The tensors it reads and their dimensions. */
  shapes(spec: DecoderSpec<O>): Shape[];
};

/** A family of detectors: pure, from output tensors to boxes with at least `scoreMin`, before any suppression of doubles. */
export type DetectorDecoder<O> = Part<O> & {
  task: 'detect';
  decode(outputs: Outputs, spec: DecoderSpec<O>, scoreMin: number): Decoded<RawDetection[]>;
};

/** A family of classifiers: pure, from one tensor to a share between 0 and 1 for every class. */
export type ClassifierDecoder<O> = Part<O> & {
  task: 'classify';
  decode(outputs: Outputs, spec: DecoderSpec<O>): Decoded<Float32Array>;
};
