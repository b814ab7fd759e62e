import { BoxesScoresOutput } from './boxes-scores/config.ts';
import { ClassifierOutput } from './classifier/config.ts';
import { End2endOutput } from './end2end/config.ts';
import { NanodetOutput } from './nanodet-dfl/config.ts';
import { YoloV5Output } from './yolo-v5/config.ts';
import { YoloV8Output } from './yolo-v8/config.ts';
import { YoloxOutput } from './yolox/config.ts';

/** Schemas of `output` in a manifest, one per decoder; apart from the decoders, so that the process of the eyes carries no schemas. */
export const outputSchemas = [
  NanodetOutput,
  YoloV5Output,
  YoloV8Output,
  YoloxOutput,
  End2endOutput,
  BoxesScoresOutput,
  ClassifierOutput,
] as const;
