import { boxesScores } from './boxes-scores/boxes-scores.ts';
import type { BoxesScoresOutput } from './boxes-scores/config.ts';
import { classifier } from './classifier/classifier.ts';
import type { ClassifierOutput } from './classifier/config.ts';
import type { End2endOutput } from './end2end/config.ts';
import { end2end } from './end2end/end2end.ts';
import type { NanodetOutput } from './nanodet-dfl/config.ts';
import { nanodetDfl } from './nanodet-dfl/nanodet-dfl.ts';
import type { ClassifierDecoder, DetectorDecoder } from './types.ts';
import type { YoloV5Output } from './yolo-v5/config.ts';
import { yoloV5 } from './yolo-v5/yolo-v5.ts';
import type { YoloV8Output } from './yolo-v8/config.ts';
import { yoloV8 } from './yolo-v8/yolo-v8.ts';
import type { YoloxOutput } from './yolox/config.ts';
import { yolox } from './yolox/yolox.ts';

/** Parameters of any decoder, told apart by `kind`. */
export type OutputSpec =
  | NanodetOutput
  | YoloV5Output
  | YoloV8Output
  | YoloxOutput
  | End2endOutput
  | BoxesScoresOutput
  | ClassifierOutput;

/** Every way of reading a model’s output; a new one is a folder and a line here. */
export const decoders = [
  nanodetDfl,
  yoloV5,
  yoloV8,
  yolox,
  end2end,
  boxesScores,
  classifier,
] as const satisfies readonly (DetectorDecoder<never> | ClassifierDecoder<never>)[];

/** The decoder of that kind; a manifest that was checked always has one. */
export function decoderOf(kind: OutputSpec['kind']): DetectorDecoder<OutputSpec> | ClassifierDecoder<OutputSpec> {
  return decoders.find((decoder) => decoder.kind === kind) as
    | DetectorDecoder<OutputSpec>
    | ClassifierDecoder<OutputSpec>;
}
