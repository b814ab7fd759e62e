/** The door of the cameras: what runs them, and the parts that tools use on their own. */
export { type Cameras, type CamerasDeps, createCameras } from './cameras.ts';
export * from './jpeg.ts';
export { sourceOf, sources } from './sources/index.ts';
export {
  type Supervision,
  type SupervisionConfig,
  type SupervisionState,
  stepSupervision,
  type TroubleName,
  unwatched,
  usualSupervision,
  type View,
  viewOf,
} from './supervision/supervision.ts';
export type * from './types.ts';
