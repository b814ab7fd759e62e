export { checkFile, checkModel, type Finding, quoted } from './check/check.ts';
export { guessKinds } from './check/guess.ts';
export { type Fit, fitPicture, type Size } from './decoders/fit.ts';
export type { OutputSpec } from './decoders/index.ts';
export {
  createEyes,
  type DrawRequest,
  type Eyes,
  type EyesCounters,
  type EyesOptions,
  type EyesState,
  type LoadedModel,
  type LookOptions,
  type Mark,
} from './eyes/eyes.ts';
export { samplePicture } from './eyes/sample.ts';
export * from './ground/ground.ts';
export { type LoadedManifest, loadManifest, type ManifestRef, manifestPath } from './manifest/load.ts';
export { readModel } from './manifest/read-model.ts';
export { type Manifest, ManifestFile } from './manifest/schema.ts';
export { type OnnxFile, readOnnx } from './onnx/read.ts';
export * from './types.ts';
